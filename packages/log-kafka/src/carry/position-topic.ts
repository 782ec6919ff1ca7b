import { setTimeout as sleep } from 'node:timers/promises'
import { operatingError } from '@millrace/core'
import type { KafkaConnection } from '../client/kafka-connection.ts'
import type { OutgoingRecord } from '../client/send-portion.ts'
import { withAdmin } from '../client/topic-admin.ts'
import { TopicProducer } from '../client/topic-producer.ts'
import { TopicReader } from '../client/topic-reader.ts'

/** Where positions stand when nothing else is said. */
export const POSITION_TOPIC = 'millrace-positions'

const SETTINGS = {
  // Small segments and an eager cleaner keep what is read at a start to some MB.
  'segment.bytes': String(8 * 1024 * 1024),
  'segment.ms': String(3_600_000),
  'min.cleanable.dirty.ratio': '0.1',
}
/** Longer than any transaction of ours may stay open. */
const HELD_MS_MAX = 90_000
const LOOK_MS = 100

/**
 * Positions in a compacted topic of one partition: the last record of each key counts. Positions that are records are part of the transaction that
 * they describe, never expire as those of consumer groups do, and are found whatever becomes of the records.
 */
export class PositionTopic {
  readonly #connection: KafkaConnection
  readonly #topic: string

  constructor(connection: KafkaConnection, topic = POSITION_TOPIC) {
    this.#connection = connection
    this.#topic = topic
  }

  /** Creates the topic if it is missing; errors as `TopicAdmin.ensure`. */
  async create(): Promise<void> {
    await withAdmin(this.#connection, (admin) => admin.ensure({ topic: this.#topic, partitions: 1, isCompacted: true, settings: SETTINGS }))
  }

  /** A position as a record of the transaction that it belongs to. `position` is JSON-safe. */
  record(key: string, position: unknown): OutgoingRecord {
    return { topic: this.#topic, partition: 0, key: Buffer.from(key), value: Buffer.from(JSON.stringify(position)) }
  }

  /**
   * The last committed position of each key that `isWanted`.
   *
   * Everything up to the topic's end, as it is now, is read, and what others have open there is waited for: behind a transaction that is open
   * a reader sees nothing, and a position that is not seen would repeat what it stands for.
   *
   * @throws operating `kafka/positions-held` where a transaction of others stays open
   */
  async read(isWanted: (key: string) => boolean): Promise<Map<string, unknown>> {
    const end = (await withAdmin(this.#connection, (admin) => admin.offsets(this.#topic, 'latest')))[0]
    const found = new Map<string, unknown>()
    if (end === 0) return found
    await this.#untilStable(end)
    const reader = new TopicReader({ connection: this.#connection, topic: this.#topic })
    try {
      reader.seek(0, (await withAdmin(this.#connection, (admin) => admin.offsets(this.#topic, 'first')))[0])
      while ((reader.positions.get(0) as number) < end) {
        for (const { key, value } of (await reader.read()).flatMap(({ records }) => records)) {
          if (key === null || !isWanted(key.toString())) continue
          if (value === null) found.delete(key.toString())
          else found.set(key.toString(), JSON.parse(value.toString()))
        }
      }
      return found
    } finally {
      await reader.close()
    }
  }

  /** Forgets positions: whoever asks for them begins anew. */
  async forget(keys: readonly string[]): Promise<void> {
    await this.create()
    const producer = new TopicProducer({ connection: this.#connection })
    try {
      await producer.send(keys.map((key) => ({ topic: this.#topic, partition: 0, key: Buffer.from(key), value: null })))
    } finally {
      await producer.close()
    }
  }

  async #untilStable(end: number): Promise<void> {
    for (let waited = 0; waited <= HELD_MS_MAX; waited += LOOK_MS) {
      const [stable] = await withAdmin(this.#connection, (admin) => admin.offsets(this.#topic, 'stable'))
      if (stable >= end) return
      await sleep(LOOK_MS)
    }
    throw operatingError(
      'kafka/positions-held',
      `Positions in the topic ${this.#topic} cannot be read: a transaction of another program is open there.`,
      {
        asked: this.#topic,
        found: `open for more than ${HELD_MS_MAX / 1000} s`,
        do: 'Stop that program, or let its transaction time out; then it goes on by itself.',
      },
    )
  }
}
