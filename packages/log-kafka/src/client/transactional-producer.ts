import { bugError } from '@millrace/core'
import { type CompressionAlgorithmValue, type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka'
import { clientOptions, type KafkaConnection } from './kafka-connection.ts'
import { kafkaError } from './kafka-error.ts'
import { type OutgoingRecord, portionsOf } from './send-portion.ts'

/** The client exports no name for it. */
type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>
type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>

export interface TransactionalProducerOptions {
  readonly connection: KafkaConnection
  /** One program at a time writes under it: who opens it last fences the others. */
  readonly transactionalId: string
  /** `lz4` when left out. */
  readonly compression?: CompressionAlgorithmValue
  /** How long the cluster waits for the end of a transaction; 60 s when left out. */
  readonly timeoutMs?: number
}

const TRANSACTION_MS_MAX = 60_000

/**
 * Writes transactions of records, one operation after another: the client completes a transaction although concurrent sends in it failed.
 *
 * After a failure the transaction is lost, and perhaps its end unknown: close this, open another, and look at what was committed.
 *
 * @example
 * await producer.open()
 * await producer.send(records)
 * await producer.commit()
 */
export class TransactionalProducer {
  readonly #options: TransactionalProducerOptions
  readonly #producer: Producer
  #transaction: Transaction | undefined
  #isDirty = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: TransactionalProducerOptions) {
    const { connection, transactionalId, compression = 'lz4', timeoutMs = TRANSACTION_MS_MAX } = options
    this.#options = options
    this.#producer = new Producer({
      ...clientOptions(connection, 'millrace-producer'),
      idempotent: true,
      transactionalId,
      compression,
      timeout: timeoutMs,
      // The client's own first values are those of a producer that exists, which fences this one after a restart.
      producerId: -1n,
      producerEpoch: -1,
    })
  }

  /** Fences those who had the transactional id before, and ends what they left open. */
  open(): Promise<void> {
    return this.#inTurn('open transactions', () => this.#begin())
  }

  /** Sends records in their order; resolves when the brokers have them. */
  send(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#inTurn(`write to ${topicsOf(records)}`, async () => {
      if (records.length === 0) return
      await this.#begin()
      this.#isDirty = true
      for (const messages of portionsOf(records)) await this.#open.send({ messages: messages as Message[], acks: ProduceAcks.ALL })
    })
  }

  /** Makes everything since the last commit visible at once. */
  commit(): Promise<void> {
    return this.#end('commit a transaction', (transaction) => transaction.commit())
  }

  /** Takes everything since the last commit back. */
  abort(): Promise<void> {
    return this.#end('abort a transaction', (transaction) => transaction.abort())
  }

  async close(): Promise<void> {
    await this.#producer.close(true)
  }

  get #open(): Transaction {
    if (this.#transaction === undefined) throw bugError('kafka/no-transaction', 'A transaction was used before it was begun.')
    return this.#transaction
  }

  async #begin(): Promise<void> {
    this.#transaction ??= await this.#producer.beginTransaction()
  }

  #end(asked: string, end: (transaction: Transaction) => Promise<void>): Promise<void> {
    return this.#inTurn(asked, async () => {
      if (!this.#isDirty) return
      await end(this.#open)
      this.#isDirty = false
      this.#transaction = undefined
    })
  }

  #inTurn(asked: string, action: () => Promise<void>): Promise<void> {
    const { connection, transactionalId } = this.#options
    const turn = this.#last.then(action).catch((error) => {
      throw kafkaError(error, { connection, asked: `${asked} as ${transactionalId}` })
    })
    this.#last = turn.catch(() => {})
    return turn
  }
}

function topicsOf(records: readonly OutgoingRecord[]): string {
  return [...new Set(records.map(({ topic }) => topic))].join(', ')
}
