import { randomUUID } from 'node:crypto'
import { murmur2, partitionOf } from '@millrace/columnar'
import { TopicAdmin, TopicReader } from '@millrace/log-kafka'
import { expect, onTestFinished, test } from 'vitest'
import { appendRows, rowsBatch, SINK_FIELDS, scratchLog, TOPIC } from '../../../test/sink-place.ts'
import { torture } from '../../../test/sink-torture.ts'
import { SinkRunner } from '../sink-runner.ts'
import type { SinkTarget } from '../sink-target.ts'
import { KafkaSink } from './kafka-sink.ts'

const connection = { brokers: [process.env.MILLRACE_KAFKA ?? ''] }

function fresh(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`
}

async function recordsOf(
  topic: string,
): Promise<{ readonly partition: number; readonly key: string; readonly row: Record<string, unknown> }[]> {
  const admin = new TopicAdmin(connection)
  const reader = new TopicReader({ connection, topic, waitMsMax: 50 })
  try {
    if (!(await admin.exists(topic))) return []
    const ends = await admin.offsets(topic, 'stable')
    const found = []
    for (const [partition, end] of ends.entries()) if (end > 0) reader.seek(partition, 0)
    while ([...reader.positions].some(([partition, at]) => at < ends[partition]))
      for (const { partition, records } of await reader.read())
        for (const { key, value } of records) found.push({ partition, key: String(key), row: JSON.parse(String(value)) })
    return found
  } finally {
    await Promise.all([admin.close(), reader.close()])
  }
}

/** Offsets that readers may see: those of records and of what ends transactions. */
async function offsetsOf(topic: string): Promise<number> {
  const admin = new TopicAdmin(connection)
  try {
    return (await admin.exists(topic)) ? (await admin.offsets(topic, 'stable')).reduce((sum, end) => sum + end, 0) : 0
  } finally {
    await admin.close()
  }
}

test('rows are JSON objects, keyed and placed as their key says', async () => {
  const { log } = await scratchLog()
  const topic = fresh('scores')
  await appendRows(log, rowsBatch(0, 100))
  const sink = new KafkaSink({ name: fresh('sink'), connection, topic, key: ['ip'], partitions: 3, fields: SINK_FIELDS })
  const runner = new SinkRunner({ log, sink, name: 'scores', topic: TOPIC, partitions: 1, columns: SINK_FIELDS.map(({ name }) => name) })
  const stop = new AbortController()
  const done = runner.run(stop.signal)
  while ((await recordsOf(topic)).length < 100) expect(runner.status.state).not.toBe('refused')
  stop.abort()
  await done
  const records = await recordsOf(topic)
  expect(records.every(({ partition, key }) => partitionOf(murmur2(Buffer.from(key)), 3) === partition)).toBe(true)
  expect(records.find(({ row }) => row.hits === 7)).toMatchObject({
    key: 'ip-7',
    row: { ip: 'ip-7', window_end: '1970-01-01T00:00:07.000Z', hits: 7, score: 1 },
  })
  expect(records.find(({ row }) => row.hits === 3)?.row).toEqual({
    ip: 'ip-3',
    window_end: '1970-01-01T00:00:03.000Z',
    hits: 3,
    score: null,
  })
})

test('a key that rows do not have is refused', async () => {
  const sink = new KafkaSink({ name: fresh('sink'), connection, topic: fresh('scores'), key: ['adress'], fields: SINK_FIELDS })
  onTestFinished(() => sink.close())
  await expect(sink.open()).rejects.toMatchObject({ code: 'sink/unknown-key' })
})

test('processes that are killed leave each row once', async () => {
  const { log, path } = await scratchLog(2)
  const topic = fresh('scores')
  const target: SinkTarget = { kind: 'kafka-topic', connection, topic, key: ['ip'], partitions: 2 }
  const rows = await torture({
    log,
    path,
    partitions: 2,
    target,
    seed: 5,
    kills: 6,
    hasAll: async (count) => (await offsetsOf(topic)) >= count && (await recordsOf(topic)).length >= count,
  })
  const hits = (await recordsOf(topic)).map(({ row }) => row.hits as number)
  expect(hits.toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i))
})
