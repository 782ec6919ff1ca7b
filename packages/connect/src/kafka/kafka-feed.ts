import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaSourceDeclaration, MillraceError, operatingError, userError } from '@millrace/core'
import { type KafkaConnection, type ReadPortion, TopicAdmin, TopicReader, withAdmin } from '@millrace/log-kafka'
import type { FeedPart, FeedProblem, FeedSplits, RecordFeed } from '../feed/record-feed.ts'
import type { IngestField } from '../ingest/ingest-field.ts'
import { GroupProgress } from './group-progress.ts'
import { KafkaRecords } from './kafka-records.ts'

/** How far a topic was taken. */
export interface KafkaFeedState {
  /** The identity that the cluster gave the topic. */
  readonly topicId: string
  /** Offset to go on from, by partition. */
  readonly next: readonly number[]
}

export interface KafkaFeedOptions {
  readonly stream: { readonly topic: string; readonly fields: readonly IngestField[]; readonly eventTime: string }
  readonly declaration: Omit<KafkaSourceDeclaration, 'cluster'>
  readonly connection: KafkaConnection
  readonly state: KafkaFeedState | undefined
}

type Part = FeedPart | FeedSplits | FeedProblem

const RETRY_MS = 500
const RETRY_MS_MAX = 10_000

/**
 * Reads a topic: what is committed, from the positions that were kept with the records. Each partition is a split `<topic>/<partition>`, which is idle
 * when it is read to its end; partitions that are added later are read from their beginning.
 */
export class KafkaFeed implements RecordFeed {
  readonly split = undefined
  readonly #options: KafkaFeedOptions
  readonly #records: KafkaRecords
  readonly #group: GroupProgress | undefined
  #topicId: string
  #next: number[]

  constructor(options: KafkaFeedOptions) {
    const { stream, declaration, connection, state } = options
    this.#options = options
    this.#records = new KafkaRecords(stream, declaration)
    this.#group = declaration.group === undefined ? undefined : new GroupProgress(connection, declaration.group, declaration.topic)
    this.#topicId = state?.topicId ?? ''
    this.#next = [...(state?.next ?? [])]
  }

  get place(): string {
    const { declaration, connection } = this.#options
    return `the topic ${declaration.topic} at ${connection.brokers.join(', ')}`
  }

  async *parts(signal: AbortSignal): AsyncGenerator<Part> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        for await (const part of this.#read(signal)) {
          failures = 0
          yield part
        }
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error
        failures++
        yield { kind: 'problem', error }
        await sleep(Math.min(RETRY_MS * 2 ** (failures - 1), RETRY_MS_MAX), undefined, { signal }).catch(() => {})
      }
    }
    await this.#group?.close()
  }

  async *#read(signal: AbortSignal): AsyncGenerator<Part> {
    const { declaration, connection } = this.#options
    const reader = new TopicReader({ connection, topic: declaration.topic })
    try {
      yield* this.#begin(reader)
      while (!signal.aborted) {
        const portions = await reader.read()
        for (const portion of portions) yield this.#part(portion)
        // A part that was asked for behind another says that the other is committed.
        await this.#group?.tell(this.#next)
        if (reader.partitions > this.#next.length) yield* this.#grow(reader)
      }
    } finally {
      await reader.close()
    }
  }

  /** Opens all splits, and tells of those that have nothing to read. */
  async *#begin(reader: TopicReader): AsyncGenerator<Part> {
    const { declaration, connection } = this.#options
    const { topic } = declaration
    const admin = new TopicAdmin(connection)
    let stable: number[]
    try {
      const id = await admin.topicId(topic)
      if (this.#topicId !== '' && this.#topicId !== id) throw recreated(topic)
      const isNew = this.#topicId === ''
      this.#topicId = id
      const first = await admin.offsets(topic, 'first')
      stable = await admin.offsets(topic, 'stable')
      if (isNew) this.#next = declaration.from === 'latest' ? [...stable] : [...first]
      for (const [partition, least] of first.entries()) {
        const next = this.#next[partition] ?? least
        this.#next[partition] = Math.max(next, least)
        if (next < least) yield { kind: 'problem', error: gone({ topic, partition, missed: least - next }) }
      }
    } finally {
      await admin.close()
    }
    yield { kind: 'splits', opened: this.#next.map((_, partition) => this.#splitOf(partition)) }
    for (const [partition, next] of this.#next.entries()) {
      reader.seek(partition, next)
      if (next >= stable[partition])
        yield { kind: 'part', decode: undefined, state: this.#state, split: this.#splitOf(partition), isIdle: true }
    }
  }

  async *#grow(reader: TopicReader): AsyncGenerator<Part> {
    const known = this.#next.length
    const stable = await this.#stableEnds()
    for (let partition = known; partition < stable.length; partition++) {
      this.#next[partition] = 0
      reader.seek(partition, 0)
    }
    const added = stable.map((_, partition) => partition).slice(known)
    yield { kind: 'splits', opened: added.map((partition) => this.#splitOf(partition)) }
    for (const partition of added)
      if (stable[partition] === 0)
        yield { kind: 'part', decode: undefined, state: this.#state, split: this.#splitOf(partition), isIdle: true }
  }

  #stableEnds(): Promise<number[]> {
    const { connection, declaration } = this.#options
    return withAdmin(connection, (admin) => admin.offsets(declaration.topic, 'stable'))
  }

  #part({ partition, records, next, stable }: ReadPortion): FeedPart {
    this.#next[partition] = next
    return {
      kind: 'part',
      decode: records.length === 0 ? undefined : () => this.#records.decode(records),
      state: this.#state,
      split: this.#splitOf(partition),
      isIdle: next >= stable,
    }
  }

  get #state(): KafkaFeedState {
    return { topicId: this.#topicId, next: [...this.#next] }
  }

  #splitOf(partition: number): string {
    return `${this.#options.declaration.topic}/${partition}`
  }
}

function recreated(topic: string): Error {
  return userError('kafka/topic-recreated', `The topic ${topic} was deleted and created again; its offsets mean other records now.`, {
    asked: topic,
    found: 'another topic of the same name',
    do: 'Read it as a stream of another name.',
  })
}

function gone({
  topic,
  partition,
  missed,
}: {
  readonly topic: string
  readonly partition: number
  readonly missed: number
}): MillraceError {
  return operatingError(
    'kafka/records-gone',
    `${missed} records of partition ${partition} of the topic ${topic} were deleted on Kafka before they were read.`,
    {
      asked: topic,
      found: missed,
      do: 'Give the topic a longer retention; reading goes on with what is left.',
      details: { topic, partition, missed },
    },
  )
}
