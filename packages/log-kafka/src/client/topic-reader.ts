import { operatingError } from '@millrace/core'
import { type ClusterTopicMetadata, FetchIsolationLevels, findErrorBy, type KafkaRecord, type RecordsBatch } from '@platformatic/kafka'
import { clientOptions, type KafkaConnection } from './kafka-connection.ts'
import { kafkaError } from './kafka-error.ts'
import { type FetchedPartition, ReadCommittedConsumer } from './read-committed.ts'
import { TopicAdmin } from './topic-admin.ts'

/** A record as it lies in a partition. */
export interface IncomingRecord {
  readonly offset: number
  /** Epoch ms, as the producer or the broker says. */
  readonly timestamp: number
  readonly key: Buffer | null
  /** Null is a tombstone. */
  readonly value: Buffer | null
  readonly headers: KafkaRecord['headers']
}

/** What a partition had next. */
export interface ReadPortion {
  readonly partition: number
  /** Of committed transactions and of none, in their order. */
  readonly records: readonly IncomingRecord[]
  /** Where to read on: behind the records, and behind all that counts for nothing. */
  readonly next: number
  /** How far a reader gets at the moment: the first offset of the earliest open transaction, or the end. */
  readonly stable: number
  /** The partition's end. */
  readonly latest: number
}

export interface TopicReaderOptions {
  readonly connection: KafkaConnection
  readonly topic: string
  /** Bytes of one partition in one answer, about; 1 MiB when left out. A larger batch of records comes whole. */
  readonly partitionBytesMax?: number
  /** How long a broker may hold an answer back while there is nothing new; 250 ms when left out. */
  readonly waitMsMax?: number
}

interface Leader {
  readonly node: number
  readonly partitions: readonly number[]
}

const PARTITION_BYTES_MAX = 1024 * 1024
const ANSWER_BYTES_MAX = 16 * 1024 * 1024
const WAIT_MS_MAX = 250
const IS_LOG_APPEND_TIME = 0x08

/**
 * Reads partitions of a topic from offsets that the caller keeps: what is committed, in order, once.
 *
 * @example
 * const reader = new TopicReader({ connection, topic: 'orders' })
 * reader.seek(0, 12)
 * for (const { records, next } of await reader.read()) …
 */
export class TopicReader {
  readonly #options: TopicReaderOptions
  readonly #consumer: ReadCommittedConsumer
  readonly #positions = new Map<number, number>()
  #partitions = 0

  constructor(options: TopicReaderOptions) {
    this.#options = options
    this.#consumer = new ReadCommittedConsumer({
      ...clientOptions(options.connection, 'millrace-reader'),
      // Offsets are kept by the caller; the client asks for a group's name all the same.
      groupId: 'millrace-reader',
      autocommit: false,
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
      maxBytes: ANSWER_BYTES_MAX,
      minBytes: 1,
      maxWaitTime: options.waitMsMax ?? WAIT_MS_MAX,
    })
    this.#consumer.topics.trackAll(options.topic)
  }

  /** Partitions that are read, and where each goes on. */
  get positions(): ReadonlyMap<number, number> {
    return this.#positions
  }

  /** How many partitions the topic had when it was looked at last; it may grow. */
  get partitions(): number {
    return this.#partitions
  }

  /** Reads a partition from this offset on. */
  seek(partition: number, offset: number): void {
    this.#positions.set(partition, offset)
  }

  /** Reads a partition no more. */
  leave(partition: number): void {
    this.#positions.delete(partition)
  }

  /**
   * What comes next, at most one portion a partition; partitions that did not move are left out.
   *
   * @throws operating `kafka/offset-gone` where an offset is not in the topic any more, or not yet; others as `kafkaError`
   */
  async read(): Promise<ReadPortion[]> {
    const { connection, topic } = this.#options
    try {
      const metadata = await this.#consumer.metadata({ topics: [topic] })
      const described = metadata.topics.get(topic) as ClusterTopicMetadata
      this.#partitions = described.partitionsCount
      const answers = await Promise.all(this.#leaders(described).map((leader) => this.#fetch(described.id, leader)))
      return answers.flat()
    } catch (error) {
      if (findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null) throw await this.#offsetGone(error)
      this.#consumer.clearMetadata()
      throw kafkaError(error, { connection, asked: `read the topic ${topic}` })
    }
  }

  async close(): Promise<void> {
    await this.#consumer.close(true)
  }

  #leaders({ partitions }: ClusterTopicMetadata): Leader[] {
    const led = new Map<number, number[]>()
    for (const partition of this.#positions.keys()) {
      const node = partitions[partition]?.leader
      if (node === undefined) continue
      led.set(node, [...(led.get(node) ?? []), partition])
    }
    return [...led].map(([node, owned]) => ({ node, partitions: owned }))
  }

  async #fetch(topicId: string, { node, partitions }: Leader): Promise<ReadPortion[]> {
    const partitionMaxBytes = this.#options.partitionBytesMax ?? PARTITION_BYTES_MAX
    const asked = partitions.map((partition) => ({
      partition,
      fetchOffset: BigInt(this.#positions.get(partition) as number),
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    }))
    const { responses } = await this.#consumer.fetch({ node, topics: [{ topicId, partitions: asked }] })
    return responses.flatMap((response) => response.partitions.flatMap((partition) => this.#portion(partition)))
  }

  #portion({ partitionIndex, records, lastStableOffset, highWatermark }: FetchedPartition): ReadPortion[] {
    const from = this.#positions.get(partitionIndex)
    if (from === undefined) return []
    const found: IncomingRecord[] = []
    let next = from
    for (const batch of records ?? []) {
      addRecords(batch, from, found)
      next = Math.max(next, Number(batch.firstOffset) + batch.lastOffsetDelta + 1)
    }
    if (next === from) return []
    this.#positions.set(partitionIndex, next)
    return [{ partition: partitionIndex, records: found, next, stable: Number(lastStableOffset), latest: Number(highWatermark) }]
  }

  async #offsetGone(cause: unknown): Promise<Error> {
    const { connection, topic } = this.#options
    const admin = new TopicAdmin(connection)
    try {
      const [first, latest] = await Promise.all([admin.offsets(topic, 'first'), admin.offsets(topic, 'latest')])
      const [partition, offset] = [...this.#positions].find(([place, at]) => at < first[place] || at > latest[place]) ?? [0, 0]
      return operatingError(
        'kafka/offset-gone',
        `Partition ${partition} of the topic ${topic} was to be read from offset ${offset}; it has those from ${first[partition]} to ${latest[partition]}.`,
        {
          asked: offset,
          found: [first[partition], latest[partition]],
          do: 'Give the topic a longer retention; where it was created anew, read it under another name.',
          details: { topic, partition },
          cause,
        },
      )
    } finally {
      await admin.close()
    }
  }
}

/** A fetch begins with the batch that holds the offset, so what lies before it is left out. */
function addRecords(
  { firstOffset, firstTimestamp, maxTimestamp, attributes, records }: RecordsBatch,
  from: number,
  found: IncomingRecord[],
): void {
  const base = Number(firstOffset)
  const first = Number(firstTimestamp)
  const appended = (attributes & IS_LOG_APPEND_TIME) !== 0 ? Number(maxTimestamp) : undefined
  for (const { offsetDelta, timestampDelta, key, value, headers } of records) {
    const offset = base + offsetDelta
    if (offset >= from) found.push({ offset, timestamp: appended ?? first + Number(timestampDelta), key, value, headers })
  }
}
