import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Batch, batchFromRows, type Field, type Value } from '@millrace/columnar'
import { bugError, type EventLog } from '@millrace/core'
import { openLog } from '@millrace/log-lmdb'
import { onTestFinished } from 'vitest'

/** Rows as a feature view's topic has them: a system column, a key of two columns, values. */
export const ROW_FIELDS: readonly Field[] = [
  { name: '_available_at', type: 'timestamp', nullable: false },
  { name: 'ip', type: 'string', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
  { name: 'hits', type: 'int64', nullable: false },
  { name: 'score', type: 'double', nullable: true },
]

/** The columns that a sink gets. */
export const SINK_FIELDS: readonly Field[] = ROW_FIELDS.slice(1)

export const TOPIC = 'scores'

/** Row number `n`: every row has a key of its own. */
export function rowNumber(n: number): Value[] {
  return [n, `ip-${n % 97}`, n * 1000, n, n % 3 === 0 ? null : n / 7]
}

export function rowsBatch(from: number, to: number): Batch {
  return batchFromRows(
    ROW_FIELDS,
    Array.from({ length: to - from }, (_, i) => rowNumber(from + i)),
  )
}

/** Appends rows, and a control record after them. */
export async function appendRows(log: EventLog, batch: Batch, partition = 0): Promise<void> {
  const stamps = { watermarkAfter: 0, ingestedAt: 0 }
  await log.transact((transaction) => {
    transaction.append({ topic: TOPIC, partition, batch, ...stamps })
    transaction.append({ topic: TOPIC, partition, batch: batchFromRows(ROW_FIELDS, []), ...stamps })
  })
}

/** A folder that goes away after the test. */
export function scratchFolder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-sink-')))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A log with the topic, closed after the test. */
export async function scratchLog(partitions = 1): Promise<{ readonly log: EventLog; readonly path: string }> {
  const path = scratchFolder()
  const log = openLog({ path })
  onTestFinished(() => log.close())
  await log.openTopic(TOPIC, { partitions })
  return { log, path }
}

/** Numbers in [0, 1) that a seed decides. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** Asks until the answer is true. */
export async function until(asked: () => boolean | Promise<boolean>, msMax = 20_000): Promise<void> {
  const deadline = performance.now() + msMax
  while (!(await asked())) {
    if (performance.now() > deadline) throw bugError('test/too-late', `It did not come true within ${msMax} ms: ${asked}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
