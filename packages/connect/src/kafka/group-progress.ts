import { type KafkaConnection, TopicAdmin } from '@millrace/log-kafka'

/** How often the cluster is told at most. */
const TELL_MS_MIN = 5_000

/**
 * Tells the cluster how far a topic was taken, as the offsets of a consumer group, so that Kafka's own tools show the lag. Nothing is read from there: the
 * positions that count are with the records.
 */
export class GroupProgress {
  readonly #admin: TopicAdmin
  readonly #group: string
  readonly #topic: string
  #told: readonly number[] = []
  #at = Number.NEGATIVE_INFINITY

  constructor(connection: KafkaConnection, group: string, topic: string) {
    this.#admin = new TopicAdmin(connection)
    this.#group = group
    this.#topic = topic
  }

  /** @throws as `kafkaError` */
  async tell(next: readonly number[]): Promise<void> {
    const now = performance.now()
    if (now - this.#at < TELL_MS_MIN || next.every((offset, partition) => offset === this.#told[partition])) return
    this.#at = now
    await this.#admin.setGroupOffsets(this.#group, this.#topic, next)
    this.#told = [...next]
  }

  async close(): Promise<void> {
    await this.#admin.close()
  }
}
