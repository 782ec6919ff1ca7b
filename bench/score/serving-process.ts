import { type ChildProcess, spawn } from 'node:child_process'
import { operatingError } from '@millrace/core'

const READY_MS_MAX = 60_000
const POLL_MS = 100
const OUTPUT_MAX = 4_000

export interface ServingOrder {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Answers 200 once the server can be asked. */
  readonly readyUrl: string
}

/** A server in a process of its own. */
export class ServingProcess {
  readonly #child: ChildProcess
  #output = ''

  private constructor(order: ServingOrder) {
    this.#child = spawn(order.command, order.args, {
      cwd: order.cwd,
      env: { ...process.env, ...order.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_MAX)
      })
    this.#child.on('error', (error) => {
      this.#output += error.message
    })
  }

  /** Starts it and waits until it answers. @throws `bench/server-not-ready` */
  static async start(order: ServingOrder): Promise<ServingProcess> {
    const serving = new ServingProcess(order)
    for (let end = performance.now() + READY_MS_MAX; performance.now() < end && serving.#child.exitCode === null; ) {
      if (await answers(order.readyUrl)) return serving
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    await serving.stop()
    throw operatingError('bench/server-not-ready', `${order.name} did not answer at ${order.readyUrl}: ${serving.#output.trim()}`, {
      asked: [order.command, ...order.args].join(' '),
      found: serving.#output,
      do: 'Start it alone to see what is wrong.',
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined)
  await response?.arrayBuffer()
  return response?.ok === true
}
