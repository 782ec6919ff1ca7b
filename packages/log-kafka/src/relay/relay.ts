import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, type Field, keyPartitions, splitByPartition } from '@millrace/columnar'
import { type EventLog, type LogTransaction, operatingError, userError } from '@millrace/core'
import { type CarrierStatus, SteadyRun } from '../carry/steady-run.ts'
import type { KafkaConnection } from '../client/kafka-connection.ts'
import { withAdmin } from '../client/topic-admin.ts'
import { type ReadPortion, TopicReader } from '../client/topic-reader.ts'
import { batchOfJson, type RowForm } from '../record/json-batch.ts'
import { type RelayNote, type RelayProgress, relayKey, relayProgress } from './relay-progress.ts'

export interface RelayOptions {
  readonly log: EventLog
  readonly connection: KafkaConnection
  /** Topic on Kafka, of JSON objects. */
  readonly from: string
  /** Whether its records are rows, or changes of rows, which `_op` among the fields then tells apart. Rows when left out. */
  readonly form?: RowForm
  /** Topic of the embedded log, which is there already; its partitions. */
  readonly to: string
  readonly partitions: number
  /** Columns of the rows. Other members of the objects are left out. */
  readonly fields: readonly Field[]
  /** Columns that say into which partition a row goes. */
  readonly key: readonly string[]
  /** Column of event time, whose bounds the log's batches tell. */
  readonly eventTime?: string
  /** Adds what rows have beside what the topic holds. */
  readonly complete?: (batch: Batch) => Batch
  /** Decides, in the transaction that writes them, which rows are taken; all when left out. */
  readonly share?: RelayShare
  /** Wall clock, epoch ms. */
  readonly now?: () => number
}

/** The rows of a batch that are taken, and what is to be known of them from then on; undefined: not yet, they are read again a little later. */
export type RelayShare = (
  transaction: LogTransaction,
  batch: Batch,
  note: RelayNote | undefined,
) => { readonly batch: Batch; readonly note: RelayNote | undefined } | undefined

/** Rows of a relayed topic have no stamp, so they carry no watermark. */
const NO_WATERMARK = 0
/** Until rows are read again that were not to be taken yet. */
const LATER_MS = 500

/**
 * Copies what is committed in a topic on Kafka, such as one that Flink writes, into a topic of the embedded log. How far it has got is in the transaction with the rows,
 * so each row is there once. A topic that is not there yet is waited for, one that grows is read whole.
 *
 * @example
 * const relay = new Relay({ log, connection, from: 'suspicious-ip', to: 'suspicious_ip', partitions: 4, fields, key: ['ip'] })
 * const done = relay.run(stop.signal)
 */
export class Relay {
  readonly #options: RelayOptions
  readonly #run: SteadyRun
  #reader: TopicReader | undefined
  #topicId = ''
  #note: RelayNote | undefined
  #lag = 0

  constructor(options: RelayOptions) {
    this.#options = options
    this.#run = new SteadyRun({ open: () => this.#open(), step: () => this.#step(), close: () => this.#close() })
  }

  get status(): CarrierStatus & { /** Offsets of the partitions read last that are not in the log yet. */ readonly waiting: number } {
    return { ...this.#run.status, waiting: this.#lag }
  }

  /** What ended the run for good, if it did. */
  get refusal(): Error | undefined {
    return this.#run.refusal
  }

  /** Runs until `signal`, or until it is refused. Never rejects for a failure of Kafka. */
  run(signal: AbortSignal): Promise<void> {
    return this.#run.run(signal)
  }

  async #open(): Promise<void> {
    const { connection, from } = this.#options
    await withAdmin(connection, async (admin) => {
      if (!(await admin.exists(from))) throw notYet(from)
      this.#topicId = await admin.topicId(from)
      const kept = relayProgress(this.#options.log, this.#options)
      if (kept !== undefined && kept.topicId !== this.#topicId) throw recreated(this.#options)
      this.#note = kept?.note
      const first = await admin.offsets(from, 'first')
      this.#reader = new TopicReader({ connection, topic: from })
      for (const [partition, offset] of first.entries()) this.#reader.seek(partition, kept?.next[partition] ?? offset)
    })
  }

  async #step(): Promise<number | undefined> {
    const reader = this.#reader as TopicReader
    const before = new Map(reader.positions)
    const portions = await reader.read()
    for (let partition = reader.positions.size; partition < reader.partitions; partition++) reader.seek(partition, 0)
    if (portions.length === 0) return undefined
    const { log, from, form, fields, complete = (batch: Batch) => batch } = this.#options
    const batches = portions
      .filter(({ records }) => records.length > 0)
      .map(({ partition, records }) => complete(batchOfJson(records, fields, { topic: from, partition, form })))
    const next = Array.from({ length: reader.positions.size }, (_, partition) => reader.positions.get(partition) as number)
    const taken = await log.transact((transaction) => this.#write(transaction, batches, next))
    if (taken === undefined) {
      for (const [partition, offset] of before) reader.seek(partition, offset)
      await sleep(LATER_MS)
      return undefined
    }
    this.#note = taken.note
    this.#lag = portions.reduce((sum, { stable, next: at }: ReadPortion) => sum + Math.max(0, stable - at), 0)
    return taken.rows
  }

  /** Appends what is taken of the batches; undefined, with nothing written, where something is not to be taken yet. */
  #write(transaction: LogTransaction, batches: readonly Batch[], next: readonly number[]) {
    const { share = (_, batch, note) => ({ batch, note }) } = this.#options
    const ingestedAt = (this.#options.now ?? Date.now)()
    const taken: Batch[] = []
    let note = this.#note
    for (const batch of batches) {
      const own = share(transaction, batch, note)
      if (own === undefined) return undefined
      note = own.note
      taken.push(own.batch)
    }
    for (const part of taken.flatMap((batch) => (batch.rows === 0 ? [] : this.#parts(batch))))
      transaction.append({ ...part, watermarkAfter: NO_WATERMARK, ingestedAt })
    const progress: RelayProgress = { topicId: this.#topicId, next, ...(note === undefined ? {} : { note }) }
    transaction.put(relayKey(this.#options), Buffer.from(JSON.stringify(progress)))
    return { note, rows: taken.reduce((sum, { rows }) => sum + rows, 0) }
  }

  #parts(batch: Batch) {
    const { to: topic, key, partitions, eventTime } = this.#options
    const parts = splitByPartition(batch, keyPartitions(batch, key, partitions), partitions)
    return parts.flatMap((part, partition) => (part === undefined ? [] : [{ topic, partition, batch: part, eventTime }]))
  }

  async #close(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await reader?.close()
  }
}

function notYet(topic: string): Error {
  return operatingError('kafka/no-topic-yet', `The topic ${topic} is not on Kafka yet.`, {
    asked: topic,
    found: 'no topic of this name',
    do: 'Submit the plan that writes it; it is read by itself once it is there.',
  })
}

function recreated({ from, to }: RelayOptions): Error {
  return userError('kafka/topic-recreated', `The topic ${from} was deleted and created again, so ${to} cannot go on from it.`, {
    asked: from,
    found: 'another topic of the same name',
    do: 'Write to a topic of another name, and relay that one.',
  })
}
