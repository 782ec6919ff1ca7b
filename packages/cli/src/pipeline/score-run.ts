import { type Batch, columnOf, decodeBatch, encodeBatch } from '@millrace/columnar'
import type { EventLog } from '@millrace/core'
import type { ScoreStage } from '@millrace/ml/serving'
import { forgetOnlineRows, ONLINE_KEEP_MS, type OnlineTable, onlineRows } from './online-row.ts'
import { closingTopic } from './table-spec.ts'
import { topicPartitions } from './topic-partitions.ts'

/** Bytes read from a partition at once. */
const READ_BYTES_MAX = 1024 * 1024
/** Bytes of scored rows in one transaction, about. */
const COMMIT_BYTES_MAX = 4 * 1024 * 1024
const FORGET_EVERY_MS = 600_000
/** Times of batches that are kept until somebody takes them. */
const BATCH_TIMES_MAX = 256

/** A model and the view whose rows it scores. */
export interface ScoreTask extends OnlineTable {
  /** The view's topic; the model's has its own name. */
  readonly view: string
  /** Whether the latest row of each key is kept for requests. */
  readonly online: boolean
}

/** The consumer under which it is kept how far a model has scored its view. */
export function scoreConsumer(model: string): string {
  return `score:${model}`
}

interface Append {
  readonly topic: string
  readonly partition: number
  readonly bytes: Uint8Array
  readonly span: number
}

interface Pending {
  appends: Append[]
  bytes: number
  readonly online: Map<string, Uint8Array>
}

/** Carries the rows of a view's topic, scored, into the topic of a model: rows, positions and latest rows are one transaction. */
export class ScoreRun {
  readonly task: ScoreTask
  readonly #log: EventLog
  readonly #stage: ScoreStage
  #next: number[] = []
  #pending: Pending = newPending()
  #flushing: Promise<unknown> = Promise.resolve()
  #latestEnd = Number.NEGATIVE_INFINITY
  #forgetAt = performance.now() + FORGET_EVERY_MS
  #batchMs: number[] = []

  constructor(parts: { readonly log: EventLog; readonly task: ScoreTask; readonly stage: ScoreStage }) {
    this.#log = parts.log
    this.task = parts.task
    this.#stage = parts.stage
  }

  /** Goes on where the last commit ended. */
  async open(): Promise<void> {
    const { view, model } = this.task
    const partitions = topicPartitions(this.#log, view)
    await this.#log.openTopic(model, { partitions })
    await this.#log.openTopic(closingTopic(model), { partitions })
    await this.#log.registerConsumer(scoreConsumer(model), view)
    this.#next = Array.from(
      { length: partitions },
      (_, partition) => this.#log.position(scoreConsumer(model), view, partition) ?? this.#log.range(view, partition).first,
    )
  }

  get counters(): Readonly<ScoreStage['counters']> {
    return this.#stage.counters
  }

  /** Scores some of what waits in each partition and commits it; false when nothing waited. */
  async step(): Promise<boolean> {
    let moved = false
    for (let partition = 0; partition < this.#next.length; partition++) {
      moved = (await this.#readOn(partition)) || moved
      if (this.#pending.bytes >= COMMIT_BYTES_MAX) await this.#commit()
    }
    if (moved) await this.#commit()
    else await this.#flushing
    if (this.task.online && performance.now() >= this.#forgetAt) await this.#forget()
    return moved
  }

  async #readOn(partition: number): Promise<boolean> {
    const { view, model, online } = this.task
    const entries = this.#copied(view, partition, this.#next[partition])
    for (const { bytes, offset, span } of entries) {
      const scored = await this.#scored(bytes)
      this.#append({ topic: model, partition, bytes: scored.bytes, span })
      if (online && scored.batch.rows > 0) this.#keep(scored.batch)
      this.#next[partition] = offset + span
    }
    return entries.length > 0
  }

  /** What the log hands out is valid only until its next read. */
  #copied(topic: string, partition: number, from: number): { bytes: Uint8Array; offset: number; span: number }[] {
    const entries = this.#log.read({ topic, partition, from, bytesMax: READ_BYTES_MAX })
    return entries.map(({ bytes, offset, span }) => ({ bytes: new Uint8Array(bytes), offset, span }))
  }

  async #scored(bytes: Uint8Array): Promise<{ readonly bytes: Uint8Array; readonly batch: Batch }> {
    const { batch, watermarkAfter, ingestedAt } = decodeBatch(bytes)
    const started = performance.now()
    const scored = await this.#stage.score(batch)
    if (batch.rows > 0) this.#timed(performance.now() - started)
    const eventTime = columnOf(scored, '_event_time') === undefined ? undefined : '_event_time'
    return { bytes: encodeBatch(scored, { watermarkAfter, ingestedAt, eventTime }), batch: scored }
  }

  #timed(ms: number): void {
    if (this.#batchMs.push(ms) > BATCH_TIMES_MAX) this.#batchMs.shift()
  }

  /** Times of scoring of the latest batches since the last call, ms. */
  takeBatchMs(): number[] {
    const taken = this.#batchMs
    this.#batchMs = []
    return taken
  }

  #append(append: Append): void {
    this.#pending.appends.push(append)
    this.#pending.bytes += append.bytes.length
  }

  #keep(batch: Batch): void {
    for (const [key, value] of onlineRows(batch, this.task)) this.#pending.online.set(key, value)
    const ends = columnOf(batch, 'window_end')
    if (ends?.kind === 'timestamp') for (const end of ends.values) this.#latestEnd = Math.max(this.#latestEnd, end)
  }

  /** Hands over what was scored; the next rows are scored while it becomes durable. */
  async #commit(): Promise<void> {
    const { appends, online } = this.#pending
    const next = [...this.#next]
    const { view, model } = this.task
    this.#pending = newPending()
    await this.#flushing
    this.#flushing = this.#log.transact((transaction) => {
      for (const { topic, partition, bytes, span } of appends) transaction.appendEncoded(topic, partition, { bytes, span })
      for (const [partition, offset] of next.entries()) transaction.setPosition(scoreConsumer(model), view, partition, offset)
      for (const [key, value] of online) transaction.put(key, value)
    })
    this.#flushing.catch(() => {})
  }

  /** Waits until everything that was scored is durable. */
  async flushed(): Promise<void> {
    await this.#flushing
  }

  async #forget(): Promise<void> {
    const { rows, write } = forgetOnlineRows(this.#log, this.task.model, this.#latestEnd - ONLINE_KEEP_MS)
    if (rows > 0) await this.#log.transact(write)
    this.#forgetAt = performance.now() + FORGET_EVERY_MS
  }

  /** Scores what the closing of the view put aside, from these offsets on, into the model's closing topic. */
  async close(from: readonly number[] | undefined): Promise<void> {
    const { view, model } = this.task
    for (let partition = 0; from !== undefined && partition < from.length; partition++) {
      for (let at = from[partition]; ; ) {
        const entries = this.#copied(closingTopic(view), partition, at)
        if (entries.length === 0) break
        const appends: Append[] = []
        for (const { bytes, offset, span } of entries) {
          appends.push({ topic: closingTopic(model), partition, bytes: (await this.#scored(bytes)).bytes, span })
          at = offset + span
        }
        await this.#log.transact((transaction) => {
          for (const one of appends) transaction.appendEncoded(one.topic, one.partition, one)
        })
      }
    }
  }
}

function newPending(): Pending {
  return { appends: [], bytes: 0, online: new Map() }
}
