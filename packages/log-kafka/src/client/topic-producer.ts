import { type CompressionAlgorithmValue, type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka'
import { clientOptions, type KafkaConnection } from './kafka-connection.ts'
import { kafkaError } from './kafka-error.ts'
import { type OutgoingRecord, portionsOf } from './send-portion.ts'

export interface TopicProducerOptions {
  readonly connection: KafkaConnection
  /** `lz4` when left out. */
  readonly compression?: CompressionAlgorithmValue
}

/**
 * Writes records outside of transactions, each once as long as this lives. Without a producer's identity the client's repeats of a request leave records twice,
 * most of all in a topic that was just created.
 */
export class TopicProducer {
  readonly #connection: KafkaConnection
  readonly #producer: Producer
  #last: Promise<unknown> = Promise.resolve()

  constructor({ connection, compression = 'lz4' }: TopicProducerOptions) {
    this.#connection = connection
    this.#producer = new Producer({
      ...clientOptions(connection, 'millrace-producer'),
      idempotent: true,
      compression,
      producerId: -1n,
      producerEpoch: -1,
    })
  }

  /** Resolves when all replicas that are in step have the records. */
  send(records: readonly OutgoingRecord[]): Promise<void> {
    const turn = this.#last.then(() => this.#send(records))
    this.#last = turn.catch(() => {})
    return turn
  }

  async close(): Promise<void> {
    await this.#producer.close(true)
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    try {
      for (const messages of portionsOf(records))
        await this.#producer.send({ messages: messages as MessageToProduce<Buffer, Buffer, Buffer, Buffer>[], acks: ProduceAcks.ALL })
    } catch (error) {
      throw kafkaError(error, { connection: this.#connection, asked: `write to ${records[0].topic}` })
    }
  }
}
