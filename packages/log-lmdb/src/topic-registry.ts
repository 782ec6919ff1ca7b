import { bugError, type MillraceError, userError } from '@millrace/core'
import { FORMAT_KEY, TOPICS, topicKey, topicOfKey } from './key.ts'
import { packFormat, packTopic, type TopicRecord, unpackFormat, unpackTopic } from './record.ts'
import type { Tree } from './tree.ts'

const PARTITIONS_MAX = 1024

/** The topics of a log. A topic never changes, so what was once read holds. */
export class TopicRegistry {
  readonly #tree: Tree
  readonly #known = new Map<string, TopicRecord>()

  constructor(tree: Tree) {
    this.#tree = tree
  }

  list(): { readonly topic: string; readonly partitions: number }[] {
    const topics: { topic: string; partitions: number }[] = []
    this.#tree.scan(TOPICS, (key, value) => {
      topics.push({ topic: topicOfKey(key), partitions: unpackTopic(value).partitions })
      return true
    })
    return topics
  }

  find(topic: string): TopicRecord | undefined {
    const known = this.#known.get(topic)
    if (known !== undefined) return known
    const bytes = this.#tree.get(topicKey(topic))
    if (bytes === undefined) return undefined
    const record = unpackTopic(bytes)
    if (!this.#tree.writing) this.#known.set(topic, record)
    return record
  }

  /** The topic, which must have this partition. */
  get(topic: string, partition = 0): TopicRecord {
    const record = this.find(topic)
    if (record === undefined) throw this.#unknownTopic(topic)
    if (Number.isInteger(partition) && partition >= 0 && partition < record.partitions) return record
    throw bugError('log/unknown-partition', `Partition ${partition} of \`${topic}\` was asked for; it has ${record.partitions}, from 0.`, {
      asked: partition,
      found: record.partitions,
    })
  }

  /** Within a write transaction: the topic, made when missing. */
  create(topic: string, partitions: number): TopicRecord {
    const existing = this.find(topic)
    if (existing !== undefined) return existing
    const format = unpackFormat(this.#tree.get(FORMAT_KEY) as Uint8Array)
    const record = { id: format.topics + 1, partitions }
    this.#tree.put(topicKey(topic), packTopic(record))
    this.#tree.put(FORMAT_KEY, packFormat({ ...format, topics: record.id }))
    return record
  }

  #unknownTopic(topic: string): MillraceError {
    const found = this.list().map((known) => known.topic)
    const message = `Topic \`${topic}\` is not in the log, which has ${found.join(', ') || 'none'}.`
    return bugError('log/unknown-topic', message, { asked: topic, found, do: 'Open the topic first.' })
  }
}

export function checkPartitions(topic: string, partitions: number): void {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX) return
  const message = `Topic \`${topic}\` was asked for with ${partitions} partitions; 1 to ${PARTITIONS_MAX} are allowed.`
  throw userError('log/partitions-out-of-range', message, {
    asked: partitions,
    found: PARTITIONS_MAX,
    do: 'Ask for a number in this range.',
  })
}

export function checkSamePartitions(topic: string, asked: number, found: number): void {
  if (asked === found) return
  const message = `Topic \`${topic}\` was asked for with ${asked} partitions; it has ${found}.`
  throw userError('log/partitions-differ', message, { asked, found, do: 'Use the number it has, or another topic.' })
}
