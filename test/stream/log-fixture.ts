import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows, decodeBatch, emptyBatch, type Field, keyPartitions, rowsOf, splitByPartition } from '@millrace/columnar'
import { type EventLog, type PlanSource, STAMP_FIELDS, type StampedRow, type Value, WATERMARK_FLOOR } from '@millrace/core'
import type { RunLog, StreamRun } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { afterAll } from 'vitest'

export const PARTITIONS = 4
export const SOURCE: PlanSource = {
  name: 'requests',
  event_time: 'ts1',
  key: ['key1'],
  watermark_delay_ms: 0,
  late: 'keep',
  fields: [
    { name: 'ts1', type: 'timestamp' },
    { name: 'key1', type: 'string' },
    { name: 'big1', type: 'int64', nullable: true },
    { name: 'txt1', type: 'string', nullable: true },
  ],
}
export const FIELDS: readonly Field[] = [
  ...STAMP_FIELDS,
  ...SOURCE.fields.map((field): Field => ({ name: field.name, type: field.type, nullable: field.nullable === true })),
]

/** A small generator of numbers (mulberry32), so that a printed seed replays. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

export function stampedRows(random: (below: number) => number, count: number): StampedRow[] {
  let greatest: number | undefined
  return Array.from({ length: count }, (_, arrival) => {
    const time = arrival * 10 - random(3) * random(2500)
    const watermark = greatest === undefined ? WATERMARK_FLOOR : greatest - 2000
    greatest = Math.max(greatest ?? time, time)
    const values = [
      time,
      `key ${random(random(2) === 0 ? 5 : 200)}`,
      random(10) === 0 ? null : random(1000) - 500,
      random(10) === 0 ? null : `text ${random(30)}`,
    ]
    return { source: 'requests', split: 'input', arrival, watermark, values }
  })
}

export async function append(log: EventLog, rows: readonly StampedRow[], ingestedAt: number): Promise<void> {
  const batch = batchFromRows(
    FIELDS,
    rows.map((row) => [row.arrival, row.split, row.arrival, ingestedAt, 1, '', row.watermark, ...row.values]),
  )
  const parts = splitByPartition(batch, keyPartitions(batch, ['key1'], PARTITIONS), PARTITIONS)
  const watermarkAfter = rows[rows.length - 1].watermark
  await log.transact((transaction) => {
    for (const [partition, part] of parts.entries()) {
      transaction.append({ topic: 'requests', partition, batch: part ?? emptyBatch(FIELDS), watermarkAfter, ingestedAt, eventTime: 'ts1' })
    }
  })
}

/** The log as a process sees it that dies in its n-th commit, before or after the commit became durable. */
export function failing(log: EventLog, commits: number, durable: boolean): RunLog {
  let left = commits
  return withTransact(log, async (write) => {
    if (left-- > 0) return log.transact(write)
    if (durable) await log.transact(write)
    throw new Crash()
  })
}

/** A log that is read as it is, and written in another way. */
export function withTransact(log: EventLog, transact: RunLog['transact']): RunLog {
  return {
    openTopic: (topic, options) => log.openTopic(topic, options),
    topics: () => log.topics(),
    range: (topic, partition) => log.range(topic, partition),
    read: (request) => log.read(request),
    position: (consumer, topic, partition) => log.position(consumer, topic, partition),
    entries: (prefix) => log.entries(prefix),
    registerConsumer: (consumer, topic) => log.registerConsumer(consumer, topic),
    trim: (topic, partition, before) => log.trim(topic, partition, before),
    transact,
  }
}

export class Crash extends Error {}

export function rowText(values: readonly Value[]): string {
  return JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** All rows of a topic, without system columns. */
export function topicRows(log: EventLog, topic: string, width: number): string[] {
  const rows: string[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (let from = 0; from < log.range(topic, partition).next; ) {
      for (const entry of log.read({ topic, partition, from, bytesMax: 1_000_000 })) {
        rows.push(...rowsOf(decodeBatch(entry.bytes).batch).map((values) => rowText(values.slice(0, width))))
        from = entry.offset + entry.span
      }
    }
  }
  return rows
}

export async function closingRows(runs: readonly StreamRun[], topic: string, width: number): Promise<string[]> {
  const rows: string[] = []
  for (const run of runs) {
    await run.closeAside({
      onBatch: (one) => {
        if (one.topic === topic) rows.push(...rowsOf(one.batch).map((values) => rowText(values.slice(0, width))))
      },
    })
  }
  return rows
}

const folders: string[] = []

export async function freshLog(): Promise<ReturnType<typeof openLog>> {
  const path = mkdtempSync(join(tmpdir(), 'millrace-stream-'))
  folders.push(path)
  const log = openLog({ path })
  await log.openTopic('requests', { partitions: PARTITIONS })
  return log
}

afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true })
})

export function ends(log: EventLog): number[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => log.range('requests', partition).next)
}
