import { encodeBatch } from '@millrace/columnar'
import { type Append, bugError, type LogTransaction, type MillraceError } from '@millrace/core'
import { consumerKey, entryKey, pairKey, partitionKey, positionKey } from './key.ts'
import { type PartitionRecord, packPartition, packPosition, unpackPartition } from './record.ts'
import type { TopicRegistry } from './topic-registry.ts'
import type { Tree } from './tree.ts'

/** Greatest size of one encoded batch. */
export const ENTRY_BYTES_MAX = 64 * 1024 * 1024
/** Greatest length of a key of the key-value store, in UTF-8. */
export const PAIR_KEY_BYTES_MAX = 1900

interface OpenPartition {
  readonly key: Buffer
  readonly topicId: number
  readonly partition: number
  record: PartitionRecord
  changed: boolean
}

/** The writes of one `transact`; partition records are read once and written at the end. */
export class TreeTransaction implements LogTransaction {
  readonly #tree: Tree
  readonly #topics: TopicRegistry
  readonly #open = new Map<string, OpenPartition>()
  #closed = false

  constructor(tree: Tree, topics: TopicRegistry) {
    this.#tree = tree
    this.#topics = topics
  }

  append(append: Append): number {
    const { topic, partition, batch, watermarkAfter, ingestedAt, eventTime } = append
    const bytes = encodeBatch(batch, { watermarkAfter, ingestedAt, eventTime: batch.rows === 0 ? undefined : eventTime })
    return this.appendEncoded(topic, partition, { bytes, span: Math.max(1, batch.rows) })
  }

  appendEncoded(topic: string, partition: number, encoded: { readonly bytes: Uint8Array; readonly span: number }): number {
    const open = this.#partition(topic, partition)
    const { bytes, span } = encoded
    if (bytes.length > ENTRY_BYTES_MAX || !(span >= 1 && span <= 0xffffffff && Number.isInteger(span)))
      throw badEntry(topic, bytes.length, span)
    const { first, next, bytes: before } = open.record
    this.#tree.put(entryKey(open.topicId, partition, { offset: next, span, size: bytes.length }), bytes)
    open.record = { first, next: next + span, bytes: before + bytes.length }
    open.changed = true
    return next
  }

  setPosition(consumer: string, topic: string, partition: number, next: number): void {
    const open = this.#partition(topic, partition)
    if (!Number.isInteger(next) || next < 0 || next > open.record.next) {
      throw bugError(
        'log/position-out-of-range',
        `Consumer ${consumer} sets position ${next} in \`${topic}\`/${partition}, which ends at ${open.record.next}.`,
        {
          asked: next,
          found: open.record.next,
        },
      )
    }
    this.#tree.put(positionKey(consumer, open.topicId, partition), packPosition(next))
  }

  put(key: string, value: Uint8Array): void {
    this.#mustBeOpen()
    this.#tree.put(checkedPairKey(key), value)
  }

  remove(key: string): void {
    this.#mustBeOpen()
    this.#tree.remove(checkedPairKey(key))
  }

  forgetConsumer(consumer: string, topic: string): void {
    this.#mustBeOpen()
    const { id, partitions } = this.#topics.get(topic)
    this.#tree.remove(consumerKey(consumer, id))
    for (let partition = 0; partition < partitions; partition++) this.#tree.remove(positionKey(consumer, id, partition))
  }

  get(key: string): Uint8Array | undefined {
    this.#mustBeOpen()
    return this.#tree.get(checkedPairKey(key))
  }

  /** Writes the partition records that changed. */
  finish(): void {
    for (const { key, record, changed } of this.#open.values()) if (changed) this.#tree.put(key, packPartition(record))
  }

  /** From here on every use is refused. */
  close(): void {
    this.#closed = true
  }

  #partition(topic: string, partition: number): OpenPartition {
    this.#mustBeOpen()
    const name = `${partition}/${topic}`
    const known = this.#open.get(name)
    if (known !== undefined) return known
    const { id } = this.#topics.get(topic, partition)
    const key = partitionKey(id, partition)
    const opened = { key, topicId: id, partition, record: unpackPartition(this.#tree.get(key)), changed: false }
    this.#open.set(name, opened)
    return opened
  }

  #mustBeOpen(): void {
    if (this.#closed) throw bugError('log/transaction-over', 'A log transaction was used after the function it was given to had returned.')
  }
}

export function checkedPairKey(key: string): Buffer {
  const encoded = pairKey(key)
  if (encoded.length - 1 <= PAIR_KEY_BYTES_MAX) return encoded
  throw bugError('log/key-too-long', `A key of ${encoded.length - 1} bytes was given; at most ${PAIR_KEY_BYTES_MAX} are allowed.`, {
    asked: key.slice(0, 80),
    found: encoded.length - 1,
  })
}

function badEntry(topic: string, bytes: number, span: number): MillraceError {
  return bugError(
    'log/entry-out-of-range',
    `An entry of ${bytes} bytes and ${span} offsets was given for \`${topic}\`; at most ${ENTRY_BYTES_MAX} bytes and at least one offset are allowed.`,
    {
      asked: { bytes, span },
      found: ENTRY_BYTES_MAX,
      do: 'Write smaller batches.',
    },
  )
}
