import { statSync } from 'node:fs'
import { join } from 'node:path'
import {
  bugError,
  type EventLog,
  type LogEntry,
  type LogTransaction,
  type MillraceError,
  operatingError,
  type PartitionRange,
} from '@millrace/core'
import { consumerKey, entriesBackFrom, entriesFrom, entryPlaceOf, FORMAT_KEY, pairsWith } from './key.ts'
import type { LogStats, PartitionStats, TopicStats } from './log-stats.ts'
import { checkedPairKey, TreeTransaction } from './log-transaction.ts'
import { type Pair, pairPage } from './pair-page.ts'
import { packFormat, unpackFormat } from './record.ts'
import { consumersIn, DROP_ENTRIES_MAX, dropEntries, type PartitionPlace, partitionRecord, positionIn, releasePages } from './retention.ts'
import { checkPartitions, checkSamePartitions, TopicRegistry } from './topic-registry.ts'
import type { Bounds, Tree } from './tree.ts'

const FORMAT_VERSION = 1

/** The event log and key-value store on one LMDB tree. */
export class LmdbLog implements EventLog {
  readonly #tree: Tree
  readonly #topics: TopicRegistry
  readonly #readOnly: boolean

  constructor(tree: Tree, options: { readonly readOnly: boolean }) {
    this.#tree = tree
    this.#topics = new TopicRegistry(tree)
    this.#readOnly = options.readOnly
    this.#checkFormat()
  }

  async openTopic(topic: string, options: { readonly partitions: number }): Promise<void> {
    checkPartitions(topic, options.partitions)
    const record = this.#topics.find(topic) ?? this.#write(() => this.#topics.create(topic, options.partitions))
    checkSamePartitions(topic, options.partitions, record.partitions)
  }

  topics(): readonly { readonly topic: string; readonly partitions: number }[] {
    return this.#topics.list()
  }

  range(topic: string, partition: number): PartitionRange {
    const { first, next } = partitionRecord(this.#tree, this.#place(topic, partition))
    return { first, next }
  }

  read(request: { readonly topic: string; readonly partition: number; readonly from: number; readonly bytesMax: number }): LogEntry[] {
    const { topic, partition, from, bytesMax } = request
    const place = this.#place(topic, partition)
    return this.#tree.view(() => {
      const { first, next } = partitionRecord(this.#tree, place)
      if (from === next) return []
      if (!(from >= first && from < next)) throw offsetOutOfRange(topic, partition, from, { first, next })
      return this.#entriesAt(place, from, bytesMax)
    })
  }

  position(consumer: string, topic: string, partition: number): number | undefined {
    return positionIn(this.#tree, consumer, this.#place(topic, partition))
  }

  get(key: string): Uint8Array | undefined {
    return this.#tree.get(checkedPairKey(key))
  }

  *entries(prefix: string): Iterable<Pair> {
    let bounds: Bounds | undefined = pairsWith(prefix)
    while (bounds !== undefined) {
      const page = pairPage(this.#tree, bounds)
      yield* page.pairs
      bounds = page.rest
    }
  }

  async transact<T>(write: (transaction: LogTransaction) => T): Promise<T> {
    return this.#write(() => {
      const transaction = new TreeTransaction(this.#tree, this.#topics)
      try {
        const result = write(transaction)
        transaction.finish()
        return result
      } finally {
        transaction.close()
      }
    })
  }

  async trim(topic: string, partition: number, before: number): Promise<number> {
    const place = this.#place(topic, partition)
    this.#tree.forgetDeadReaders()
    let sum = 0
    let dropped = DROP_ENTRIES_MAX
    while (dropped === DROP_ENTRIES_MAX) {
      dropped = this.#write(() => dropEntries(this.#tree, place, before))
      sum += dropped
    }
    if (sum > 0) this.#write(() => releasePages(this.#tree, place))
    return partitionRecord(this.#tree, place).first
  }

  async registerConsumer(consumer: string, topic: string): Promise<void> {
    const key = consumerKey(consumer, this.#topics.get(topic).id)
    if (this.#tree.get(key) === undefined) this.#write(() => this.#tree.put(key, Buffer.of(1)))
  }

  stats(): LogStats {
    return this.#tree.view(() => {
      const { pageBytes, usedPages, freePages } = this.#tree.stats()
      return {
        path: this.#tree.path,
        fileBytes: statSync(join(this.#tree.path, 'data.mdb')).size,
        usedBytes: usedPages * pageBytes,
        freeBytes: freePages * pageBytes,
        topics: this.topics().map(({ topic, partitions }) => this.#topicStats(topic, partitions)),
      }
    })
  }

  async copyTo(path: string): Promise<void> {
    await this.#tree.copyTo(path)
  }

  async close(): Promise<void> {
    await this.#tree.close()
  }

  #checkFormat(): void {
    const bytes = this.#tree.get(FORMAT_KEY)
    if (bytes === undefined) {
      const format = packFormat({ version: FORMAT_VERSION, topics: 0 })
      if (!this.#readOnly) this.#write(() => this.#tree.get(FORMAT_KEY) ?? this.#tree.put(FORMAT_KEY, format))
      return
    }
    const { version } = unpackFormat(bytes)
    if (version === FORMAT_VERSION) return
    const message = `The log in ${this.#tree.path} has format ${version}; this program reads format ${FORMAT_VERSION}.`
    throw operatingError('log/newer-format', message, {
      asked: FORMAT_VERSION,
      found: version,
      do: 'Use the version of Millrace that wrote it.',
    })
  }

  #write<T>(body: () => T): T {
    if (this.#readOnly) throw bugError('log/read-only', `The log in ${this.#tree.path} was opened for reading only.`, { asked: 'write' })
    if (this.#tree.writing) throw bugError('log/nested-transaction', 'A write was begun inside a write transaction of the same log.')
    return this.#tree.write(body)
  }

  #place(topic: string, partition: number): PartitionPlace {
    return { topicId: this.#topics.get(topic, partition).id, partition }
  }

  #entriesAt({ topicId, partition }: PartitionPlace, from: number, bytesMax: number): LogEntry[] {
    const [holding] = this.#tree.keys(entriesBackFrom(topicId, partition, from), { limit: 1, reverse: true })
    const entries: LogEntry[] = []
    let bytes = 0
    this.#tree.scan(entriesFrom(topicId, partition, entryPlaceOf(holding).offset), (key, value) => {
      const { offset, span } = entryPlaceOf(key)
      entries.push({ offset, span, bytes: value })
      bytes += value.length
      return bytes < bytesMax
    })
    return entries
  }

  #topicStats(topic: string, count: number): TopicStats {
    const topicId = this.#topics.get(topic).id
    const places = Array.from({ length: count }, (_, partition): PartitionPlace => ({ topicId, partition }))
    const partitions = places.map((place): PartitionStats => ({ partition: place.partition, ...partitionRecord(this.#tree, place) }))
    const consumers = consumersIn(this.#tree, topicId).map((consumer) => ({
      consumer,
      positions: places.map((place) => positionIn(this.#tree, consumer, place)),
    }))
    return { topic, bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0), partitions, consumers }
  }
}

function offsetOutOfRange(topic: string, partition: number, from: number, range: PartitionRange): MillraceError {
  const message = `Offset ${from} of \`${topic}\`/${partition} was asked for; the log keeps ${range.first} to ${range.next}.`
  const trimmed = 'What lies before was trimmed: rebuild this consumer from the lake.'
  const ahead = 'The consumer is ahead of the log: restore both from one backup.'
  return operatingError('log/offset-out-of-range', message, { asked: from, found: range, do: from < range.first ? trimmed : ahead })
}
