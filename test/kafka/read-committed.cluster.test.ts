import { TopicAdmin, TopicReader } from '@millrace/log-kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLUSTER, freshName } from '../../packages/log-kafka/test/kafka-address.ts'
import { KafkaTruth } from './kafka-truth.ts'

let truth: KafkaTruth
const admin = new TopicAdmin(CLUSTER)
beforeAll(() => {
  truth = new KafkaTruth(CLUSTER.brokers[0])
})
afterAll(() => Promise.all([truth.close(), admin.close()]))

/** What our reader finds in a partition from an offset on, in the form of Java's answers. */
async function read(topic: string, partition: number, from: number, partitionBytesMax?: number): Promise<string[]> {
  const end = (await admin.offsets(topic, 'stable'))[partition]
  const reader = new TopicReader({ connection: CLUSTER, topic, partitionBytesMax, waitMsMax: 50 })
  try {
    reader.seek(partition, from)
    const rows: string[] = []
    while ((reader.positions.get(partition) as number) < end)
      for (const { records } of await reader.read()) rows.push(...records.map(({ offset, key, value }) => `${offset} ${key} ${value}`))
    return rows
  } finally {
    await reader.close()
  }
}

/** Compares from the start and from offsets within, with answers of two sizes: what lies behind an offset does not depend on where reading began. */
async function agrees(topic: string, partition = 0, starts = 4): Promise<string[]> {
  const end = (await admin.offsets(topic, 'stable'))[partition]
  const whole = await truth.run('read', topic, partition, 0)
  for (const bytes of [16_384, 1_048_576]) expect(await read(topic, partition, 0, bytes)).toEqual(whole)
  for (let i = 1; i <= starts; i++) {
    const from = Math.floor((end * i) / (starts + 1))
    const behind = whole.filter((row) => Number.parseInt(row, 10) >= from)
    expect(await read(topic, partition, from, 16_384)).toEqual(behind)
  }
  return whole
}

test('a producer that aborts twice in one partition', async () => {
  const topic = freshName('two-aborts')
  await truth.run('two-aborts', topic)
  expect(await agrees(topic, 0, 12)).toHaveLength(10)
})

test('aborted transactions larger than an answer', async () => {
  const topic = freshName('long-abort')
  await truth.run('long-abort', topic)
  expect(await agrees(topic)).toHaveLength(16)
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'])('aborted and committed batches in %s', async (compression) => {
  const topic = freshName(compression)
  await truth.run('compressed', topic, compression)
  expect(await agrees(topic, 0, 1)).toHaveLength(900)
})

test.each([1, 2])('transactions that interleave, are fenced and stay open, seed %i', async (seed) => {
  const topic = freshName('mixed')
  await truth.run('mixed', topic, seed, 120)
  for (const partition of [0, 1]) {
    const rows = await agrees(topic, partition)
    expect(rows.length).toBeGreaterThan(50)
    expect(rows.filter((row) => /FENCED|OPEN/.test(row))).toEqual([])
  }
})
