import { type Batch, batchFromRows, murmur2, partitionOf } from '@millrace/columnar'
import { STAMP_FIELDS } from '@millrace/core'
import { afterEach, expect, test } from 'vitest'
import { CLUSTER, freshName, readAll } from '../../test/kafka-address.ts'
import { TopicAdmin } from '../client/topic-admin.ts'
import { StampedTopicWriter } from './stamped-topic-writer.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const INGESTED_AT = Date.parse('2026-01-31T12:00:00.005Z')

function stamped(...rows: readonly [arrival: number, watermark: number, key: string | null, id: bigint][]): Batch {
  return batchFromRows(
    [...STAMP_FIELDS, { name: 'txt1', type: 'string', nullable: true }, { name: 'num1', type: 'int64', nullable: false }],
    rows.map(([arrival, watermark, key, id]) => [arrival, 'a.log', arrival * 10, INGESTED_AT, 1, 'here', watermark, key, id]),
  )
}

async function writerOf(topic: string, partitions = 2): Promise<StampedTopicWriter> {
  const writer = new StampedTopicWriter({ connection: CLUSTER, topic, partitions, key: ['txt1'] })
  open.push(writer)
  await writer.create()
  return writer
}

test('rows lie where their key says, with their stamp, and heartbeats are in every partition', async () => {
  const topic = freshName('stamped')
  const writer = await writerOf(topic)
  await writer.rows(stamped([0, -62_135_596_800_000, 'ann', 1n], [1, 999, 'bob', 2n ** 62n], [2, 999, null, -5n]), {
    watermark: 999,
    ingestedAt: INGESTED_AT,
  })
  await writer.rows(stamped([3, 999, 'ann', 4n]), { watermark: 1500, ingestedAt: INGESTED_AT })
  await writer.end(INGESTED_AT)
  const partitions = (await readAll(topic)).map((records) => records.map(({ key, value }) => [key?.toString('latin1'), value?.toString()]))
  const row = (arrival: number, watermark: string, key: string | null, id: string): [string, string] => [
    key ?? '\x01',
    `{"_kind":"row","_arrival":${arrival},"_split":"a.log","_offset":${arrival * 10},"_ingested_at":"2026-01-31T12:00:00.005Z","_schema_version":1,"_producer":"here","_watermark":"${watermark}","txt1":${JSON.stringify(key)},"num1":${id}}`,
  ]
  const beat = (watermark: string): [undefined, string] => [
    undefined,
    `{"_kind":"heartbeat","_ingested_at":"2026-01-31T12:00:00.005Z","_watermark":"${watermark}"}`,
  ]
  const first = '1970-01-01T00:00:00.999Z'
  const batches = [
    [row(0, '0001-01-01T00:00:00.000Z', 'ann', '1'), row(1, first, 'bob', '4611686018427387904'), row(2, first, null, '-5')],
    [row(3, first, 'ann', '4')],
    [],
  ]
  const beats = [first, '1970-01-01T00:00:01.500Z', '9999-12-31T23:59:59.999Z']
  const expected = [0, 1].map((partition) =>
    batches.flatMap((rows, i) => [
      ...rows.filter(([key]) => partitionOf(murmur2(Buffer.from(key, 'latin1')), 2) === partition),
      beat(beats[i]),
    ]),
  )
  expect(partitions).toEqual(expected)
})

test('nothing follows the far heartbeat', async () => {
  const writer = await writerOf(freshName('stamped'), 1)
  await writer.end()
  await expect(writer.rows(stamped([0, 0, 'ann', 1n]), { watermark: 1, ingestedAt: 0 })).rejects.toMatchObject({
    code: 'kafka/topic-ended',
  })
})

test('a batch far above what one request may hold arrives whole and in order', async () => {
  const topic = freshName('stamped')
  const writer = await writerOf(topic, 1)
  const rows = 12_000
  const batch = batchFromRows(
    [...STAMP_FIELDS, { name: 'txt1', type: 'string', nullable: true }],
    Array.from({ length: rows }, (_, i) => [i, 's', i, 0, 1, 'p', 0, `${i}:${'x'.repeat(200)}`]),
  )
  await writer.rows(batch, { watermark: 0, ingestedAt: 0 })
  const [records] = await readAll(topic)
  const arrivals = records
    .map(({ value }) => JSON.parse(String(value)))
    .flatMap(({ _kind, _arrival }) => (_kind === 'row' ? [_arrival] : []))
  expect(arrivals).toEqual(Array.from({ length: rows }, (_, i) => i))
})

test('a topic with another number of partitions, and a compacted one, are refused', async () => {
  const admin = new TopicAdmin(CLUSTER)
  open.push(admin)
  const few = freshName('few')
  await admin.ensure({ topic: few, partitions: 1 })
  await expect(writerOf(few, 3)).rejects.toMatchObject({
    code: 'kafka/partitions-differ',
    message: `The topic ${few} has 1 partitions on Kafka; 3 are needed.`,
  })
  const compacted = freshName('compacted')
  await admin.ensure({ topic: compacted, partitions: 1, isCompacted: true })
  await expect(writerOf(compacted, 1)).rejects.toMatchObject({ code: 'kafka/compacted' })
})
