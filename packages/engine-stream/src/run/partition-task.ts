import { encodeBatch } from '@millrace/columnar'
import type { StatePage } from '../operator/window/state-pages.ts'
import { encodedSource } from './batch-source.ts'
import { PartitionRunner, type RunMode } from './partition-runner.ts'
import type { RunLog, RunLogTransaction, TopicBatch } from './run-log.ts'
import { consumerOf, lateTopicOf, type StreamJob, statePrefix } from './stream-job.ts'

/** Bytes read from the log at once. */
const READ_BYTES_MAX = 2 * 1024 * 1024

interface AssetRun {
  readonly name: string
  readonly runner: PartitionRunner
  /** Next offset the view needs. */
  next: number
}

/** Writes of one commit, prepared outside the write transaction. */
export interface PreparedCommit {
  readonly appends: readonly { readonly topic: string; readonly partition: number; readonly bytes: Uint8Array; readonly span: number }[]
  readonly pages: readonly StatePage[]
  readonly positions: readonly { readonly consumer: string; readonly topic: string; readonly partition: number; readonly next: number }[]
}

/** All views of a job over one partition of its source. */
export class PartitionTask {
  readonly partition: number
  readonly assets: readonly AssetRun[]
  readonly #log: RunLog
  readonly #topic: string
  readonly #columns: readonly string[]

  constructor(log: RunLog, job: StreamJob, options: { readonly partition: number; readonly mode: RunMode }) {
    this.#log = log
    this.#topic = job.topic
    this.partition = options.partition
    const { first } = log.range(job.topic, this.partition)
    this.assets = job.assets.map(({ name, plan }) => {
      const runner = new PartitionRunner(plan, options)
      const prefix = statePrefix(name, this.partition)
      runner.restore([...log.entries(prefix)].map(({ key, value }) => ({ key: key.slice(prefix.length), value: new Uint8Array(value) })))
      return { name, runner, next: log.position(consumerOf(name), job.topic, this.partition) ?? first }
    })
    this.#columns = [...new Set(this.assets.flatMap(({ runner }) => runner.columns))]
  }

  /** Next offset of the view that is furthest behind. */
  get next(): number {
    return Math.min(...this.assets.map((asset) => asset.next))
  }

  get changed(): boolean {
    return this.assets.some(({ runner }) => runner.changed)
  }

  get pendingRows(): number {
    return this.assets.reduce((sum, { runner }) => sum + runner.pendingRows, 0)
  }

  /** Output bytes that wait for a commit, about: eight a value. */
  get pendingBytes(): number {
    return this.assets.reduce((sum, { runner }) => sum + runner.pendingRows * runner.plan.batchFields.length * 8, 0)
  }

  /** Reads on and runs what it read, from a copy: what the log hands out is valid only until the next read. False at the end of the log. */
  readOn(): boolean {
    const entries = this.#log.read({ topic: this.#topic, partition: this.partition, from: this.next, bytesMax: READ_BYTES_MAX })
    for (const entry of entries) {
      const source = encodedSource(new Uint8Array(entry.bytes), this.#columns)
      for (const asset of this.assets) {
        if (asset.next > entry.offset) continue
        asset.runner.push(source)
        asset.next = entry.offset + entry.span
      }
    }
    return entries.length > 0
  }

  prepareCommit(): PreparedCommit {
    const changed = this.assets.filter(({ runner }) => runner.changed)
    return {
      appends: changed.flatMap((asset) => this.#drained(asset).map((one) => this.#encoded(one, asset))),
      pages: changed.flatMap(({ name, runner }) => {
        const prefix = statePrefix(name, this.partition)
        return [...runner.takePages()].map(({ key, value }) => ({ key: prefix + key, value }))
      }),
      positions: changed.map(({ name, next }) => ({ consumer: consumerOf(name), topic: this.#topic, partition: this.partition, next })),
    }
  }

  #drained({ name, runner }: AssetRun): TopicBatch[] {
    const { partition } = this
    return [
      ...runner.drainOutputs().map((batch) => ({ topic: name, partition, batch })),
      ...runner.drainLate().map((batch) => ({ topic: lateTopicOf(name), partition, batch })),
    ]
  }

  #encoded({ topic, partition, batch }: TopicBatch, { runner }: AssetRun): PreparedCommit['appends'][number] {
    const eventTime = batch.fields.some((field) => field.name === '_event_time') ? '_event_time' : undefined
    const bytes = encodeBatch(batch, { watermarkAfter: runner.watermark, ingestedAt: runner.ingestedAt, eventTime })
    return { topic, partition, bytes, span: batch.rows }
  }
}

/** Puts a prepared commit into a write transaction. */
export function writeCommit(transaction: RunLogTransaction, { appends, pages, positions }: PreparedCommit): void {
  for (const { topic, partition, bytes, span } of appends) transaction.appendEncoded(topic, partition, { bytes, span })
  for (const { key, value } of pages) {
    if (value === undefined) transaction.remove(key)
    else transaction.put(key, value)
  }
  for (const { consumer, topic, partition, next } of positions) transaction.setPosition(consumer, topic, partition, next)
}
