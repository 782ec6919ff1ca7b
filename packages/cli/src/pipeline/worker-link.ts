import { Worker } from 'node:worker_threads'
import { operatingError } from '@millrace/core'
import { fitCollector } from './collector-flags.ts'
import { LeaveFlag } from './leave-flag.ts'
import { type FailureMessage, failureOf } from './message.ts'

/** Messages a worker sends beside its own kinds. */
interface AnyMessage {
  readonly kind: string
}

/** Most of the heap of new objects, MiB: batches are typed arrays, which lie outside. */
const YOUNG_MIB = 24

export interface WorkerOptions<In> {
  readonly url: URL
  readonly name: string
  readonly data: unknown
  readonly onMessage: (message: In) => void
  /** Most of the worker's JavaScript heap, MiB. */
  readonly heapMax: number
}

/** A worker thread: its messages, and a promise that fails when it does. Its data gets `leave`, the buffer of its `LeaveFlag`. */
export class WorkerLink<Out, In extends AnyMessage> {
  readonly #worker: Worker
  readonly #leave = new LeaveFlag()
  readonly #ended: Promise<void>
  readonly #waiting: { readonly kind: string; readonly resolve: (message: In) => void }[] = []

  constructor(options: WorkerOptions<In>) {
    const { url, name, data, heapMax } = options
    fitCollector()
    this.#worker = new Worker(url, {
      workerData: { ...(data as object), leave: this.#leave.buffer },
      name,
      resourceLimits: { maxOldGenerationSizeMb: heapMax, maxYoungGenerationSizeMb: YOUNG_MIB },
      execArgv: process.execArgv.filter((arg) => !arg.startsWith('--cpu-prof-name')),
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: In | FailureMessage) => {
        if (message.kind === 'failed') reject(failureOf(message as FailureMessage))
        else this.#receive(message as In, options.onMessage)
      })
      this.#worker.on('error', (error: NodeJS.ErrnoException) => reject(workerFailure(name, error)))
      this.#worker.on('exit', () => resolve())
    })
    this.#ended.catch(() => {})
  }

  /** Fails when the worker does; fulfilled once it is gone. */
  get ended(): Promise<void> {
    return this.#ended
  }

  send(message: Out): void {
    this.#worker.postMessage(message)
  }

  /** The next message of this kind; fails when the worker fails or ends first. */
  next<K extends In['kind']>(kind: K): Promise<Extract<In, { kind: K }>> {
    const message = new Promise<In>((resolve) => this.#waiting.push({ kind, resolve }))
    const gone = this.#ended.then(() => {
      throw operatingError('run/worker-ended', `Worker \`${kind}\` ended before it was done.`, {
        do: 'Run the command again; it goes on where it stopped.',
      })
    })
    return Promise.race([message, gone]) as Promise<Extract<In, { kind: K }>>
  }

  /** Asks the worker to leave and waits until it has: it ends what it is doing, commits, and closes what it holds. */
  async leave(): Promise<void> {
    this.#leave.raise()
    this.#worker.postMessage({ kind: 'leave' })
    await this.#ended.catch(() => {})
  }

  #receive(message: In, onMessage: (message: In) => void): void {
    const at = this.#waiting.findIndex((one) => one.kind === message.kind)
    if (at >= 0) this.#waiting.splice(at, 1)[0].resolve(message)
    else onMessage(message)
  }
}

function workerFailure(name: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error
  return operatingError('run/out-of-memory', `The ${name} worker needs more memory than it may have.`, {
    asked: name,
    do: 'Use more workers, shorter windows or a smaller `max` of distinct counts.',
    cause: error,
  })
}
