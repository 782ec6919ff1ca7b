import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Batch, batchFromRows, keyPartitions } from '@millrace/columnar'
import { STAMP_FIELDS } from '@millrace/core'
import {
  avroForm,
  JSON_FORM,
  type KafkaConnection,
  type OutgoingRecord,
  rowRecords,
  type StampedForm,
  TopicAdmin,
  TopicProducer,
  TopicReader,
} from '@millrace/log-kafka'
import { startKafka, stopKafka } from '../../scripts/cluster/kafka-server.ts'
import { freePorts } from '../../scripts/process/free-port.ts'
import { type Spread, wholeSpread } from '../measure/spread.ts'
import { rawConsume, rawProduce } from './raw-client.ts'

const TARGET = 0.8
const BATCH_ROWS = 10_000
const PARTITIONS = 2
const KEY = ['key']
const OWN_FIELDS = [
  ...['key', 'note'].map((name) => ({ name, type: 'string', nullable: false })),
  { name: 'total', type: 'double', nullable: false },
]
const AVRO_FORM = avroForm(OWN_FIELDS)
/** With its stamp and names a row comes to some 280 bytes of JSON. */
const NOTE_CHARS = 60

export interface KafkaBenchOptions {
  readonly rows: number
  readonly repeats: number
  readonly onStep: (text: string) => void
}

interface KafkaCase {
  readonly name: string
  readonly unit: 'records/s'
  readonly ours: Spread
  readonly client: Spread
  readonly ratio: number
  readonly target: number
  readonly met: boolean
}

export interface KafkaBenchResult {
  readonly order: 'interleaved'
  readonly repeats: number
  /** Whether each side read as many records and bytes as were written, from what either wrote. */
  readonly same_result: boolean
  readonly cases: readonly KafkaCase[]
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * Our port to Kafka beside the client that it is built upon, on a broker of this machine. The client sends bytes that were made before; ours sends the same, and
 * once more with JSON, or Avro, keys and partitions made of columns on the way. Ours reads what is committed; the client's stream has its own filter.
 */
export async function kafkaBench({ rows, repeats, onStep }: KafkaBenchOptions): Promise<KafkaBenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-kafka-'))
  const connection = { brokers: [await startKafka({ folder, port: await freePorts(2) })] }
  const batches = stampedBatches(rows)
  const made = batches.map((batch) => recordsOf(batch, '', JSON_FORM))
  const seconds = {
    rowsOurs: [] as number[],
    avroOurs: [] as number[],
    produceOurs: [] as number[],
    produceClient: [] as number[],
    consumeOurs: [] as number[],
    consumeClient: [] as number[],
  }
  const counts: number[] = []
  try {
    // The first round warms both up and does not count.
    for (let repeat = 0; repeat <= repeats; repeat++) {
      onStep(repeat === 0 ? 'warming up' : `${repeat} of ${repeats}`)
      const [ours, theirs, rowsTopic, avroTopic] = await Promise.all(
        ['ours', 'client', 'rows', 'avro'].map((who) => freshTopic(connection, `${who}-${repeat}`)),
      )
      seconds.rowsOurs.push(await timed(() => produce(connection, batches, (batch) => recordsOf(batch, rowsTopic, JSON_FORM))))
      seconds.avroOurs.push(await timed(() => produce(connection, batches, (batch) => recordsOf(batch, avroTopic, AVRO_FORM))))
      seconds.produceOurs.push(
        await timed(() => produce(connection, made, (records) => records.map((record) => ({ ...record, topic: ours })))),
      )
      seconds.produceClient.push(
        await timed(() =>
          rawProduce(
            connection,
            made.map((records) => records.map((record) => ({ ...record, topic: theirs }))),
          ),
        ),
      )
      for (const topic of [rowsTopic, theirs]) {
        seconds.consumeOurs.push(await timed(async () => counts.push(await consume(connection, topic))))
        seconds.consumeClient.push(
          await timed(async () => counts.push(await rawConsume(connection, topic, { records: rows, partitions: PARTITIONS }))),
        )
      }
    }
  } finally {
    await stopKafka(folder)
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    order: 'interleaved',
    repeats,
    same_result: counts.every((count) => count === rows),
    cases: [
      caseOf('produce records', rows, seconds.produceOurs.slice(1), seconds.produceClient.slice(1)),
      caseOf('produce rows of columns', rows, seconds.rowsOurs.slice(1), seconds.produceClient.slice(1)),
      caseOf('produce rows of columns in Avro', rows, seconds.avroOurs.slice(1), seconds.produceClient.slice(1)),
      caseOf('consume records', rows, seconds.consumeOurs.slice(2), seconds.consumeClient.slice(2)),
    ],
    settings: {
      rows,
      batch_rows: BATCH_ROWS,
      partitions: PARTITIONS,
      acks: 'all',
      idempotent: true,
      compression: 'lz4',
      bytes_a_record: bytesOf(made[0]),
      bytes_a_record_in_avro: bytesOf(recordsOf(batches[0], '', AVRO_FORM)),
    },
  }
}

function stampedBatches(rows: number): Batch[] {
  const fields = [...STAMP_FIELDS, ...OWN_FIELDS]
  return Array.from({ length: Math.ceil(rows / BATCH_ROWS) }, (_, i) => {
    const from = i * BATCH_ROWS
    const numbers = Array.from({ length: Math.min(BATCH_ROWS, rows - from) }, (_, j) => from + j)
    const row = (n: number) => [
      n,
      'a.log',
      n * 100,
      1_700_000_000_000,
      1,
      'here',
      1_700_000_000_000 + n,
      `key-${n % 5_000}`,
      `${n}`.padEnd(NOTE_CHARS, 'x'),
      n / 7,
    ]
    return batchFromRows(fields, numbers.map(row))
  })
}

function recordsOf(batch: Batch, topic: string, form: StampedForm): OutgoingRecord[] {
  const places = keyPartitions(batch, KEY, PARTITIONS)
  return rowRecords(batch, { topic, key: KEY, form, partitionOf: (row) => places[row] })
}

async function freshTopic(connection: KafkaConnection, topic: string): Promise<string> {
  const admin = new TopicAdmin(connection)
  try {
    await admin.ensure({ topic, partitions: PARTITIONS })
    return topic
  } finally {
    await admin.close()
  }
}

async function produce<T>(connection: KafkaConnection, parts: readonly T[], recordsOf: (part: T) => OutgoingRecord[]): Promise<void> {
  const producer = new TopicProducer({ connection })
  // One part is made while the brokers have the one before, as the forwarder does.
  let sending = Promise.resolve()
  for (const part of parts) {
    const records = recordsOf(part)
    await sending
    sending = producer.send(records)
  }
  await sending
  await producer.close()
}

async function consume(connection: KafkaConnection, topic: string): Promise<number> {
  const admin = new TopicAdmin(connection)
  const ends = await admin.offsets(topic, 'stable')
  const reader = new TopicReader({ connection, topic })
  let count = 0
  for (const [partition] of ends.entries()) reader.seek(partition, 0)
  while ([...reader.positions].some(([partition, at]) => at < ends[partition]))
    for (const { records } of await reader.read()) count += records.length
  await Promise.all([reader.close(), admin.close()])
  return count
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function caseOf(name: string, rows: number, ours: readonly number[], client: readonly number[]): KafkaCase {
  const rates = { ours: wholeSpread(ours.map((one) => rows / one)), client: wholeSpread(client.map((one) => rows / one)) }
  const ratio = Math.round((rates.ours.median / rates.client.median) * 100) / 100
  return { name, unit: 'records/s', ...rates, ratio, target: TARGET, met: ratio >= TARGET }
}

function bytesOf(records: readonly OutgoingRecord[]): number {
  return Math.round(records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) / records.length)
}
