import { type EventLog, userError } from '@millrace/core'
import { PositionTopic } from '../carry/position-topic.ts'
import { type CarrierStatus, SteadyRun } from '../carry/steady-run.ts'
import type { KafkaConnection } from '../client/kafka-connection.ts'
import type { OutgoingRecord } from '../client/send-portion.ts'
import { TopicAdmin } from '../client/topic-admin.ts'
import { TransactionalProducer } from '../client/transactional-producer.ts'
import { JSON_FORM, type StampedForm } from '../record/stamped-record.ts'
import { forwardConsumer } from './forward-consumer.ts'
import { AT_START, type ForwardPosition, nextPortion } from './forwarded-partition.ts'
import { type ForwardedTopic, formOf } from './forwarded-topic.ts'
import { stampedTopicShape } from './stamped-topic.ts'

export interface ForwarderOptions {
  readonly log: EventLog
  /** Identity of the log: offsets of another one mean other records. */
  readonly logId: string
  readonly connection: KafkaConnection
  /** Names the positions and the transactional id: one for each environment and cluster. */
  readonly name: string
  readonly topics: readonly ForwardedTopic[]
  readonly positionTopic?: string
}

/** The last position of a topic, as it is kept on Kafka. */
interface KeptPosition {
  readonly logId: string
  /** The identity that the cluster gave to the topic. */
  readonly topicId: string
  /** How its records are written; JSON when left out. */
  readonly form?: string
  readonly partitions: readonly ForwardPosition[]
}

/** Bytes of the log that go into one transaction, about, and of one partition in it. */
const TRANSACTION_BYTES_MAX = 8 * 1024 * 1024
const PARTITION_BYTES_MAX = 1024 * 1024

/**
 * Copies topics of the embedded log to stamped topics on Kafka: each record once for whoever reads what is committed, whenever this is killed and
 * however long the brokers are away.
 *
 * A transaction holds records and the position behind them. When it opens, it fences those who came before, which ends their transactions, and goes on from the last
 * committed position; what the embedded log says of it is for retention and for people alone.
 *
 * @example
 * const forwarder = new Forwarder({ log, logId, connection, name: 'production', topics: [{ topic: 'orders', to: 'orders', partitions: 4, key: ['customer'] }] })
 * const done = forwarder.run(stop.signal)
 */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #positionTopic: PositionTopic
  readonly #run: SteadyRun
  readonly #kept = new Map<string, KeptPosition>()
  readonly #forms: ReadonlyMap<string, StampedForm>
  #producer: TransactionalProducer | undefined
  /** Where the next transaction begins, so that no partition waits behind others for ever. */
  #turn = 0

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#forms = new Map(options.topics.map((from) => [from.topic, formOf(from)]))
    this.#positionTopic = new PositionTopic(options.connection, options.positionTopic)
    this.#run = new SteadyRun({ open: () => this.#open(), step: () => this.#step(), close: () => this.#close() })
  }

  get status(): CarrierStatus & { /** Records of the log that are not on Kafka yet. */ readonly waiting: number } {
    return { ...this.#run.status, waiting: this.#waiting() }
  }

  /** What ended the run for good, if it did. */
  get refusal(): Error | undefined {
    return this.#run.refusal
  }

  /** Runs until `signal`, or until it is refused. Never rejects for a failure of Kafka. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, name, topics } = this.#options
    for (const { topic } of topics) await log.registerConsumer(forwardConsumer(name), topic)
    await this.#run.run(signal)
  }

  async #open(): Promise<void> {
    const { connection, name, topics, logId } = this.#options
    const admin = new TopicAdmin(connection)
    const ids = new Map<string, string>()
    try {
      await this.#positionTopic.create()
      for (const { to, partitions, settings } of topics) {
        await admin.ensure(stampedTopicShape(to, partitions, settings))
        ids.set(to, await admin.topicId(to))
      }
    } finally {
      await admin.close()
    }
    this.#producer = new TransactionalProducer({ connection, transactionalId: `millrace.${forwardConsumer(name)}` })
    await this.#producer.open()
    const known = await this.#positionTopic.read((key) => key.startsWith(positionKey(name, '')))
    for (const from of topics) {
      const topicId = ids.get(from.to) as string
      const kept = known.get(positionKey(name, from.topic)) as KeptPosition | undefined
      const partitions = Array.from({ length: from.partitions }, (_, partition) => kept?.partitions[partition] ?? AT_START)
      this.#kept.set(from.topic, { logId, topicId, form: this.#form(from).name, partitions })
      this.#check(from, kept)
    }
  }

  #check(from: ForwardedTopic, kept: KeptPosition | undefined): void {
    const { log, name, logId } = this.#options
    const { topicId, partitions } = this.#kept.get(from.topic) as KeptPosition
    if (kept !== undefined && kept.logId !== logId) throw refused('kafka/other-log', from, 'it holds records of another state folder')
    if (kept !== undefined && kept.topicId !== topicId) throw refused('kafka/topic-recreated', from, 'it was deleted and created again')
    if (kept !== undefined && (kept.form ?? JSON_FORM.name) !== this.#form(from).name) throw otherForm(from, kept.form)
    for (const [partition, { next }] of partitions.entries())
      if (next < (log.position(forwardConsumer(name), from.topic, partition) ?? 0))
        throw refused('kafka/positions-lost', from, 'the cluster came back with less than it had confirmed')
  }

  /** One transaction. */
  async #step(): Promise<number | undefined> {
    const producer = this.#producer as TransactionalProducer
    const places = this.#options.topics.flatMap((from) => Array.from({ length: from.partitions }, (_, partition) => ({ from, partition })))
    const moved = new Map<string, ForwardPosition[]>()
    let bytes = 0
    let rows = 0
    let sending = Promise.resolve()
    for (let turns = 0; turns < places.length && bytes < TRANSACTION_BYTES_MAX; turns++) {
      const { from, partition } = places[this.#turn]
      this.#turn = (this.#turn + 1) % places.length
      const portion = this.#portion(from, partition)
      if (portion === undefined) continue
      // The next portion is made while the brokers have this one.
      await sending
      sending = producer.send(portion.records)
      sending.catch(() => {})
      rows += portion.rows
      bytes += portion.records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
      const positions = moved.get(from.topic) ?? [...(this.#kept.get(from.topic) as KeptPosition).partitions]
      positions[partition] = portion.position
      moved.set(from.topic, positions)
    }
    if (moved.size === 0) return undefined
    await sending
    await this.#commit(producer, moved)
    return rows
  }

  #portion(from: ForwardedTopic, partition: number) {
    const { log } = this.#options
    const position = (this.#kept.get(from.topic) as KeptPosition).partitions[partition]
    return nextPortion(log, { from, partition, position, bytesMax: PARTITION_BYTES_MAX, form: this.#form(from) })
  }

  #form({ topic }: ForwardedTopic): StampedForm {
    return this.#forms.get(topic) as StampedForm
  }

  async #commit(producer: TransactionalProducer, moved: ReadonlyMap<string, readonly ForwardPosition[]>): Promise<void> {
    const { log, name } = this.#options
    const kept = [...moved].map(([topic, partitions]) => ({ topic, position: { ...(this.#kept.get(topic) as KeptPosition), partitions } }))
    const records: OutgoingRecord[] = kept.map(({ topic, position }) => this.#positionTopic.record(positionKey(name, topic), position))
    await producer.send(records)
    await producer.commit()
    for (const { topic, position } of kept) this.#kept.set(topic, position)
    await log.transact((transaction) => {
      for (const [topic, positions] of moved)
        for (const [partition, { next }] of positions.entries()) transaction.setPosition(forwardConsumer(name), topic, partition, next)
    })
  }

  async #close(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await producer?.close()
  }

  #waiting(): number {
    const { log, name, topics } = this.#options
    let records = 0
    for (const { topic, partitions } of topics)
      for (let partition = 0; partition < partitions; partition++)
        records += log.range(topic, partition).next - (log.position(forwardConsumer(name), topic, partition) ?? 0)
    return records
  }
}

/** Under which a forwarder's position in a topic of the log stands on Kafka. */
export function positionKey(name: string, topic: string): string {
  return `forward/${name}/${topic}`
}

function refused(code: string, { topic, to }: ForwardedTopic, found: string): Error {
  return userError(code, `The stream ${topic} cannot go on in the topic ${to} on Kafka: ${found}.`, {
    asked: to,
    found,
    do: 'Forward the stream to a topic of another name, under another name of the environment, so that it begins anew.',
  })
}

/** Whoever reads a topic reads all of its records in one way. */
function otherForm({ topic, to, avro }: ForwardedTopic, found = JSON_FORM.name): Error {
  const [asked, held] = [avro === undefined ? 'JSON' : 'Avro', found === JSON_FORM.name ? 'JSON' : 'Avro']
  const difference = asked === held ? `is ${held} of other columns` : `is ${held}, and ${asked} is asked for`
  return userError(
    'kafka/other-form',
    `The stream ${topic} cannot go on in the topic ${to} on Kafka: what the topic holds ${difference}.`,
    {
      asked,
      found: held,
      do: 'Set `kafka.format` of the environment as it was, start over with `--reset`, or use another name of the environment.',
    },
  )
}
