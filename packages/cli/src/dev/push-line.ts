import type { PushAnswer, PushRequest } from '@millrace/connect'
import { type MillraceError, operatingError } from '@millrace/core'
import { failureOf } from '../pipeline/message.ts'
import type { PushDone, PushTask } from './push-message.ts'

interface Waiting {
  readonly resolve: (answer: PushAnswer) => void
  readonly reject: (error: unknown) => void
}

/** The requests of one stream between the server and the thread that takes them in. */
export class PushLine {
  readonly #stream: string
  readonly #waitingMax: number
  readonly #send: (task: PushTask) => void
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #ended = false

  constructor(options: { readonly stream: string; readonly waitingMax: number; readonly send: (task: PushTask) => void }) {
    this.#stream = options.stream
    this.#waitingMax = options.waitingMax
    this.#send = options.send
  }

  /** Hands the request on; resolves when its records are durable. Refused while too many wait, and once the session ends. */
  push(request: PushRequest): Promise<PushAnswer> {
    if (this.#ended) return Promise.reject(ending(this.#stream))
    if (this.#waiting.size >= this.#waitingMax) return Promise.reject(queueFull(this.#stream, this.#waitingMax))
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ kind: 'push', id, ...request })
    })
  }

  done({ id, outcome }: PushDone): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if ('kind' in outcome) waiting?.reject(failureOf(outcome))
    else waiting?.resolve(outcome)
  }

  /** The thread is gone: what still waits is not known to be taken in. */
  end(): void {
    this.#ended = true
    for (const { reject } of this.#waiting.values()) reject(ending(this.#stream))
    this.#waiting.clear()
  }
}

/** Seconds after which a sender that was refused may try again. */
const RETRY_SECONDS = 1

function queueFull(stream: string, waitingMax: number): MillraceError {
  return operatingError('ingest/queue-full', `Stream \`${stream}\` has ${waitingMax} requests waiting and takes no more now.`, {
    asked: stream,
    found: waitingMax,
    do: 'Send it again after the time in Retry-After; send more records with each request.',
    details: { retry_after_seconds: RETRY_SECONDS },
  })
}

function ending(stream: string): MillraceError {
  return operatingError('ingest/ending', `Stream \`${stream}\` is being ended and takes no more records.`, {
    asked: stream,
    found: 'a session that ends',
    do: 'Send it again, with the same Idempotency-Key, when the session runs again.',
    details: { retry_after_seconds: RETRY_SECONDS },
  })
}
