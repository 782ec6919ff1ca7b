import { encodeBatch } from '@millrace/columnar'
import type { FunctionSource } from '../operator/ordered/map-operator.ts'
import type { KeptPage, StatePage } from '../operator/state-page.ts'
import { StreamFault } from '../operator/stream-fault.ts'
import { type BatchSource, encodedSource } from './batch-source.ts'
import type { OpenGroup } from './open-job.ts'
import type { Clock } from './operator-times.ts'
import type { RunLog, RunLogEntry, RunLogTransaction, TopicBatch } from './run-log.ts'
import { INDEX_KEY } from './spill/sliced-runner.ts'
import { type RunMode, type SpillOptions, type StagePort, StageRunner } from './stage-runner.ts'
import {
  apartPrefix,
  consumerOf,
  deadTopicOf,
  exchangeConsumerOf,
  exchangeTopicOf,
  lateTopicOf,
  type StreamJob,
  sourceTopic,
  statePrefix,
} from './stream-job.ts'

/** Bytes read from an exchange at once. */
const EXCHANGE_READ_BYTES_MAX = 1024 * 1024
/** Entries taken from exchanges before others have their turn. */
const EXCHANGE_ENTRIES_MAX = 64
/** Rows on their way in an exchange beyond which the stage in front of it waits. */
const EXCHANGE_ROWS_MAX = 2_000_000

/** Writes of one commit, prepared outside the write transaction. */
export interface PreparedCommit {
  readonly appends: readonly { readonly topic: string; readonly partition: number; readonly bytes: Uint8Array; readonly span: number }[]
  readonly pages: readonly StatePage[]
  readonly positions: readonly Position[]
}

interface Position {
  readonly consumer: string
  readonly topic: string
  readonly partition: number
  readonly next: number
}

/** Where a port reads from one writing partition. */
export interface Channel {
  readonly topic: string
  readonly partition: number
  readonly consumers: readonly string[]
  /** Next offset the stage needs. */
  next: number
  /** The position that is committed. */
  committed: number
  /** What is kept before it has been dropped. */
  trimmed: number
  waiting: RunLogEntry[]
}

export interface StageTaskOptions {
  readonly log: RunLog
  readonly job: StreamJob
  readonly group: OpenGroup
  readonly stage: number
  readonly partition: number
  readonly mode: RunMode
  readonly clock?: Clock
  readonly functionOf?: FunctionSource
}

/** One stage of a group over one of its partitions, from where its last commit left it. */
export class StageTask {
  readonly group: OpenGroup
  readonly stage: number
  readonly partition: number
  readonly runner: StageRunner
  /** By port. */
  readonly channels: readonly (readonly Channel[])[]
  readonly #log: RunLog

  constructor({ log, ...place }: StageTaskOptions) {
    const { job, group, stage, partition } = place
    this.group = group
    this.stage = stage
    this.partition = partition
    this.#log = log
    this.runner = restoredRunner(log, place)
    this.channels = this.runner.ports.map((port) => this.#channelsOf(port, job))
    const moved = this.channels.flat().some(({ next, topic, partition: of }) => next > log.range(topic, of).first)
    if (moved && !this.runner.restored) {
      const message = `Views of ${group.graph.name} have read a part of their sources, but there is no state of this version.`
      throw new StreamFault('stream/older-state', `${message} Rebuild them.`)
    }
  }

  #channelsOf(port: StagePort, job: StreamJob): Channel[] {
    const { graph, partitions } = this.group
    if (port.source !== null) {
      const topic = sourceTopic(job, port.source)
      const readers = graph.assets.filter(({ plan }) => plan.sources.some(({ name }) => name === port.source))
      return [this.#channel({ topic, partition: this.partition, consumers: readers.map(({ name }) => consumerOf(name)) })]
    }
    const topic = exchangeTopicOf(graph.name, port.exchange as number)
    const consumers = [exchangeConsumerOf(graph.name)]
    return Array.from(port.watermarks, (_, from) =>
      this.#channel({ topic, partition: from * partitions[this.stage] + this.partition, consumers }),
    )
  }

  #channel(place: Pick<Channel, 'topic' | 'partition' | 'consumers'>): Channel {
    const { first } = this.#log.range(place.topic, place.partition)
    const next = this.#log.position(place.consumers[0], place.topic, place.partition) ?? first
    return { ...place, next, committed: next, trimmed: first, waiting: [] }
  }

  /** Rows that wait for a commit, and about how many bytes they take: eight a value. */
  get pending(): { readonly rows: number; readonly bytes: number } {
    const rows = this.runner.pendingRows
    return { rows, bytes: rows * Math.max(1, ...this.group.graph.assets.map(({ plan }) => plan.batchFields.length)) * 8 }
  }

  /** Takes in an entry of a source; entries that it has taken in before are passed over. */
  takeEntry(port: number, entry: RunLogEntry, source: BatchSource): void {
    const [channel] = this.channels[port]
    if (channel.next > entry.offset) return
    this.runner.settle()
    this.runner.push(port, 0, source)
    channel.next = entry.offset + entry.span
  }

  /** Takes in what came through exchanges, from the partition that is furthest behind first. False when nothing was there. */
  readExchanges(): boolean {
    let moved = false
    for (const [place, port] of this.runner.ports.entries()) {
      if (port.exchange === null) continue
      for (const channel of this.channels[place]) if (channel.waiting.length === 0) channel.waiting = this.#readOn(channel)
      for (let left = EXCHANGE_ENTRIES_MAX; left > 0 && this.#takeFurthestBehind(place, port); left--) moved = true
    }
    return moved
  }

  #takeFurthestBehind(place: number, port: StagePort): boolean {
    let behind = -1
    for (const [from, { waiting }] of this.channels[place].entries()) {
      if (waiting.length > 0 && (behind < 0 || port.watermarks[from] < port.watermarks[behind])) behind = from
    }
    if (behind < 0) return false
    const channel = this.channels[place][behind]
    const entry = channel.waiting.shift() as RunLogEntry
    this.runner.settle()
    this.runner.push(place, behind, encodedSource(entry.bytes, port.columns))
    channel.next = entry.offset + entry.span
    if (channel.waiting.length === 0) channel.waiting = this.#readOn(channel)
    return true
  }

  /** What the log hands out is valid only until the next read. */
  #readOn({ topic, partition, next }: Channel): RunLogEntry[] {
    const entries = this.#log.read({ topic, partition, from: next, bytesMax: EXCHANGE_READ_BYTES_MAX })
    return entries.map(({ offset, span, bytes }) => ({ offset, span, bytes: new Uint8Array(bytes) }))
  }

  /** Whether what it sent waits in such numbers that it should not go on yet. */
  get blocked(): boolean {
    const { graph, partitions } = this.group
    const waiting = graph.stages[this.stage].writes.map(({ ordinal, to }) => {
      const topic = exchangeTopicOf(graph.name, ordinal)
      return Array.from({ length: partitions[to] }, (_, target) => this.#waitingIn(topic, this.partition * partitions[to] + target)).reduce(
        (sum, rows) => sum + rows,
        0,
      )
    })
    return waiting.some((rows) => rows > EXCHANGE_ROWS_MAX)
  }

  #waitingIn(topic: string, partition: number): number {
    const { first, next } = this.#log.range(topic, partition)
    return next - (this.#log.position(exchangeConsumerOf(this.group.graph.name), topic, partition) ?? first)
  }

  prepareCommit(): PreparedCommit {
    const { graph, partitions } = this.group
    const views = graph.assets.flatMap(({ name }): TopicBatch[] => [
      ...this.runner.drainOutputs(name).map((batch) => ({ topic: name, partition: this.partition, batch })),
      ...this.runner.drainLate(name).map((batch) => ({ topic: lateTopicOf(name), partition: this.partition, batch })),
      ...this.runner.drainDead(name).map((batch) => ({ topic: deadTopicOf(name), partition: this.partition, batch })),
    ])
    const sent = this.runner.drainSent().map(({ exchange, partition, batch, ...header }) => ({
      topic: exchangeTopicOf(graph.name, exchange),
      partition: this.partition * partitions[graph.exchanges[exchange].to] + partition,
      bytes: encodeBatch(batch, header),
      span: Math.max(1, batch.rows),
    }))
    const prefix = statePrefix(graph.name, this.stage, this.partition)
    const apart = apartPrefix(graph.name, this.stage, this.partition)
    return {
      appends: [...views.map((one) => this.#encoded(one)), ...sent],
      pages: [...this.runner.takePages()].map((page) => ({ key: (page.apart === true ? apart : prefix) + page.key, value: page.value })),
      positions: this.#moved(),
    }
  }

  #encoded({ topic, partition, batch }: TopicBatch): PreparedCommit['appends'][number] {
    const eventTime = batch.fields.some((field) => field.name === '_event_time') ? '_event_time' : undefined
    const bytes = encodeBatch(batch, { watermarkAfter: this.runner.watermark, ingestedAt: this.runner.ingestedAt, eventTime })
    return { topic, partition, bytes, span: batch.rows }
  }

  #moved(): Position[] {
    return this.channels.flat().flatMap((channel) => {
      if (channel.next === channel.committed) return []
      channel.committed = channel.next
      return channel.consumers.map((consumer) => ({ consumer, topic: channel.topic, partition: channel.partition, next: channel.next }))
    })
  }

  /** Drops what it has taken out of its exchanges; everything is committed. */
  async trimExchanges(): Promise<void> {
    for (const [place, { exchange }] of this.runner.ports.entries()) {
      if (exchange === null) continue
      for (const channel of this.channels[place]) {
        if (channel.committed > channel.trimmed) await this.#log.trim(channel.topic, channel.partition, channel.committed)
        channel.trimmed = channel.committed
      }
    }
  }
}

/** A runner filled from what the log holds of it. */
export function restoredRunner(
  log: Pick<RunLog, 'entries'>,
  place: Pick<StageTaskOptions, 'job' | 'group' | 'stage' | 'partition' | 'mode' | 'clock' | 'functionOf'>,
): StageRunner {
  const { mode, clock, functionOf } = place
  const { graph, partitions } = place.group
  const pages = pagesUnder(log, statePrefix(graph.name, place.stage, place.partition))
  const apart = apartPrefix(graph.name, place.stage, place.partition)
  const store = { pages: (prefix: string) => pagesUnder(log, apart + prefix).map(({ key, value }) => ({ key: prefix + key, value })) }
  const spill = spillOf(place.job.stateBytes, { store, pages })
  const runner = new StageRunner(graph, graph.stages[place.stage], { mode, partitions, clock, functionOf, spill })
  runner.restore(pages)
  return runner
}

/** A budget, where there is one, or where the state was written within one. */
function spillOf(budgetBytes: number | undefined, kept: Omit<SpillOptions, 'budgetBytes'>): SpillOptions | undefined {
  const sliced = kept.pages.some(({ key }) => key.endsWith(`/${INDEX_KEY}`))
  return budgetBytes === undefined && !sliced ? undefined : { ...kept, budgetBytes: budgetBytes ?? Number.MAX_SAFE_INTEGER }
}

function pagesUnder(log: Pick<RunLog, 'entries'>, prefix: string): KeptPage[] {
  return Array.from(log.entries(prefix), ({ key, value }) => ({ key: key.slice(prefix.length), value: new Uint8Array(value) }))
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
