import { setTimeout as sleep } from 'node:timers/promises'
import { type EventLog, MillraceError } from '@millrace/core'
import { PartitionFeed } from './partition-feed.ts'
import { type RetryDelay, retryDelayMs } from './retry-delay.ts'
import type { Sink } from './sink.ts'
import { sinkConsumer, sinkLogId } from './sink-name.ts'

export interface SinkLimits {
  /** Rows handed over at once. */
  readonly batchRowsMax: number
  /** Encoded bytes read from a partition at once. */
  readonly readBytesMax: number
  /** Records that may wait in a partition for a sink that takes nothing; beyond it the oldest are passed over, and that is said. */
  readonly backlogMax: number
  /** How often the log is looked at when there was nothing. */
  readonly pollMs: number
  readonly retry: RetryDelay
  /** Time that a sink has to bring what it took to an end when it is stopped. */
  readonly stopMsMax: number
}

const LIMITS: SinkLimits = {
  batchRowsMax: 5_000,
  readBytesMax: 1 << 20,
  backlogMax: 100_000_000,
  pollMs: 200,
  retry: { firstMs: 250, msMax: 30_000 },
  stopMsMax: 5_000,
}

export interface SinkRunnerOptions {
  readonly log: EventLog
  readonly sink: Sink
  /** Name of the sink; its progress is kept under it. */
  readonly name: string
  readonly topic: string
  readonly partitions: number
  /** Columns handed over, in this order. */
  readonly columns: readonly string[]
  readonly limits?: Partial<SinkLimits>
}

/** How a sink fares. */
export interface SinkStatus {
  readonly name: string
  /** `refused`: the place cannot take these rows, and a restart is needed after mending it. */
  readonly state: 'starting' | 'running' | 'retrying' | 'refused' | 'stopped'
  /** Rows taken by the sink since the start, repeats included. */
  readonly rowsWritten: number
  /** Records in the log that the sink does not have durably yet; control records count too. */
  readonly waiting: number
  /** Records that were passed over because too many waited, or had left the log before the sink had them. */
  readonly missed: number
  /** Failures in a row. */
  readonly failures: number
  readonly lastError: string | undefined
}

/**
 * Carries a topic to a sink from where the sink stands. A failure of the sink is waited out and never reaches the rest; the log keeps what
 * the sink has not got.
 *
 * @example
 * const runner = new SinkRunner({ log, sink, name: 'scores_to_pg', topic: 'suspicious_ip', partitions: 4, columns: ['ip', 'score'] })
 * const done = runner.run(stop.signal)
 */
export class SinkRunner {
  readonly #options: SinkRunnerOptions
  readonly #limits: SinkLimits
  #feeds: readonly PartitionFeed[] = []
  #state: SinkStatus['state'] = 'starting'
  #rowsWritten = 0
  #missed = 0
  #failures = 0
  #lastError: MillraceError | Error | undefined

  constructor(options: SinkRunnerOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
  }

  get status(): SinkStatus {
    return {
      name: this.#options.name,
      state: this.#state,
      rowsWritten: this.#rowsWritten,
      waiting: this.#waiting(),
      missed: this.#missed + this.#feeds.reduce((sum, feed) => sum + feed.missed, 0),
      failures: this.#failures,
      lastError: this.#lastError?.message,
    }
  }

  /** Runs until `signal`, or until the place refuses the rows for good. Never rejects for a failure of the sink. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, name, topic, sink } = this.#options
    await log.registerConsumer(sinkConsumer(name), topic)
    signal.addEventListener('abort', () => setTimeout(() => sink.close().catch(() => {}), this.#limits.stopMsMax).unref(), { once: true })
    while (!signal.aborted) {
      try {
        await this.#open()
        await this.#carry(signal)
      } catch (error) {
        if (!this.#note(error as Error)) break
      } finally {
        await within(this.#limits.stopMsMax, sink.close()).catch(() => {})
      }
      if (!signal.aborted) await sleep(this.#delayMs(), undefined, { signal }).catch(() => {})
    }
    if (this.#state !== 'refused') this.#state = 'stopped'
  }

  async #open(): Promise<void> {
    const { log, sink, partitions } = this.#options
    this.#missed += this.#feeds.reduce((sum, feed) => sum + feed.missed, 0)
    this.#feeds = []
    await sink.open()
    const logId = await sinkLogId(log)
    const feeds = Array.from(
      { length: partitions },
      (_, partition) => new PartitionFeed({ ...this.#options, ...this.#limits, logId, partition }),
    )
    for (const feed of feeds) await feed.open()
    this.#feeds = feeds
  }

  async #carry(signal: AbortSignal): Promise<void> {
    const { sink } = this.#options
    while (!signal.aborted) {
      const moved = await this.#round(signal)
      await sink.settle('if-due')
      // Taking rows is no success yet: a sink may gather them and fail when it makes them durable.
      if ((await this.#commit()) || this.#failures === 0 || this.#waiting() === 0) this.#noteSuccess()
      if (!moved) await sleep(this.#limits.pollMs, undefined, { signal }).catch(() => {})
    }
    await within(this.#limits.stopMsMax, sink.settle('now'))
    await this.#commit()
  }

  async #round(signal: AbortSignal): Promise<boolean> {
    let moved = false
    for (const feed of this.#feeds) {
      if (signal.aborted) return moved
      const rows = await feed.handOver()
      moved ||= rows !== undefined
      this.#rowsWritten += rows ?? 0
    }
    return moved
  }

  /** Tells the log how far the sink has the rows; false when it knew. */
  async #commit(): Promise<boolean> {
    const writes = await Promise.all(this.#feeds.map((feed) => feed.progress()))
    const changed = writes.filter((write) => write !== undefined)
    if (changed.length === 0) return false
    await this.#options.log.transact((transaction) => {
      for (const write of changed) write(transaction)
    })
    return true
  }

  #waiting(): number {
    const { log, name, topic, partitions } = this.#options
    let records = 0
    for (let partition = 0; partition < partitions; partition++)
      records += Math.max(0, log.range(topic, partition).next - (log.position(sinkConsumer(name), topic, partition) ?? 0))
    return records
  }

  #noteSuccess(): void {
    this.#state = 'running'
    this.#failures = 0
    this.#lastError = undefined
  }

  /** False: it makes no sense to try again. */
  #note(error: Error): boolean {
    this.#failures++
    this.#lastError = error
    const refused = error instanceof MillraceError && error.family === 'user'
    this.#state = refused ? 'refused' : 'retrying'
    return !refused
  }

  #delayMs(): number {
    const asked = this.#lastError instanceof MillraceError ? this.#lastError.facts.details?.retry_after_ms : undefined
    return Math.max(retryDelayMs(Math.max(1, this.#failures), this.#limits.retry), typeof asked === 'number' ? asked : 0)
  }
}

/** Waits for work that may hang; its failure passes through while somebody waits. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const waiting = new AbortController()
  work.catch(() => {})
  try {
    await Promise.race([work, sleep(ms, undefined, { signal: waiting.signal }).catch(() => {})])
  } finally {
    waiting.abort()
  }
}
