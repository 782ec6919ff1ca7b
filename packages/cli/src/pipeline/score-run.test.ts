import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Batch, batchFromRows, batchHeader, decodeBatch, emptyBatch, rowsOf, type Value } from '@millrace/columnar'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { exportOnnx, type OpenDeployment, openScorer, ScoreStage } from '@millrace/ml'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forgetOnlineRows, readOnlineRow } from './online-row.ts'
import { ScoreRun, scoreConsumer } from './score-run.ts'

const FIELDS = [
  { name: 'window_start', type: 'timestamp', nullable: false },
  { name: 'window_end', type: 'timestamp', nullable: false },
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'num1', type: 'int64', nullable: true },
  { name: '_event_time', type: 'timestamp', nullable: false },
  { name: '_available_at', type: 'timestamp', nullable: false },
]
const MINUTE = 60_000
/** One tree: above 10 is likely. */
const MODEL = exportOnnx(
  {
    features: ['num1'],
    baseScore: 0,
    trees: [
      {
        feature: Int32Array.of(0, -1, -1),
        threshold: Float32Array.of(10, 0, 0),
        missingLeft: Uint8Array.of(1, 0, 0),
        left: Int32Array.of(1, -1, -1),
        right: Int32Array.of(2, -1, -1),
        value: Float32Array.of(0, -3, 3),
        cover: Float64Array.of(2, 1, 1),
      },
    ],
  },
  { name: 'one tree' },
)

let folder = ''
let log: EmbeddedLog
let deployment: OpenDeployment

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-score-run-'))
  log = openLog({ path: folder })
  await log.openTopic('view', { partitions: 2 })
  await log.openTopic('view@closing', { partitions: 2 })
  const features = ['num1']
  deployment = { version: 7, sha256: 'abc', threshold: 0.5, features, scorer: await openScorer(MODEL, { features }) }
})
afterEach(async () => {
  await deployment.scorer.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Rows of window `minute`: key, number. */
function windowRows(minute: number, rows: readonly (readonly [string | null, Value])[]): Batch {
  const end = (minute + 1) * MINUTE
  return batchFromRows(
    FIELDS,
    rows.map(([key, number]) => [end - MINUTE, end, key, number, end - 1, end + 5]),
  )
}

async function append(topic: string, partition: number, batch: Batch): Promise<void> {
  const stamps = { watermarkAfter: 1_000 + partition, ingestedAt: 2_000 + partition, eventTime: '_event_time' }
  await log.transact((transaction) => transaction.append({ topic, partition, batch, ...stamps }))
}

async function opened(options: { readonly online?: boolean } = {}): Promise<ScoreRun> {
  const stage = new ScoreStage({
    deployed: () => deployment,
    fallback: ({ rows }) => ({ kind: 'boolean', values: new Uint8Array(rows), nulls: null }),
  })
  const task = { model: 'model', view: 'view', entity: ['txt1'], online: options.online ?? false }
  const run = new ScoreRun({ log, stage, task })
  await run.open()
  return run
}

async function scoreAll(run: ScoreRun): Promise<void> {
  while (await run.step()) {
    /* until nothing waits */
  }
}

function scoredRows(topic: string, partition: number): Value[][] {
  return log.read({ topic, partition, from: 0, bytesMax: 1e9 }).flatMap(({ bytes }) => rowsOf(decodeBatch(new Uint8Array(bytes)).batch))
}

test('rows come out scored in their partition and order, with the stamps of their batch', async () => {
  await append(
    'view',
    0,
    windowRows(0, [
      ['a', 11],
      ['b', 10],
    ]),
  )
  await append('view', 1, windowRows(0, [['c', null]]))
  await append('view', 0, windowRows(1, [['a', 2n ** 60n]]))
  await scoreAll(await opened())
  const high = 1 / (1 + Math.exp(-3))
  const scored = scoredRows('model', 0)
  expect(scored.map((row) => [row[2], row[3], Number(row[4]).toFixed(5), ...row.slice(5, 9)])).toEqual([
    ['a', 11, high.toFixed(5), 0.5, true, 'model', 7],
    ['b', 10, (1 - high).toFixed(5), 0.5, false, 'model', 7],
    ['a', 2n ** 60n, high.toFixed(5), 0.5, true, 'model', 7],
  ])
  expect(scoredRows('model', 1).map((row) => [row[2], row[6]])).toEqual([['c', false]])
  const [entry] = log.read({ topic: 'model', partition: 1, from: 0, bytesMax: 1e9 })
  expect(batchHeader(new Uint8Array(entry.bytes))).toMatchObject({ watermarkAfter: 1_001, ingestedAt: 2_001, minEventTime: MINUTE - 1 })
})

test('a heartbeat is handed on and takes one offset', async () => {
  await append('view', 0, emptyBatch(FIELDS))
  await append('view', 0, windowRows(0, [['a', 1]]))
  const run = await opened()
  await scoreAll(run)
  expect(log.range('model', 0)).toEqual({ first: 0, next: 2 })
  expect(log.position(scoreConsumer('model'), 'view', 0)).toBe(2)
  expect(run.counters.rowsByModel).toBe(1)
})

test('a run that is started again at any point scores each row once', async () => {
  for (let minute = 0; minute < 12; minute++)
    await append(
      'view',
      minute % 2,
      windowRows(minute, [
        ['a', minute],
        ['b', minute * 2],
        ['c', null],
      ]),
    )
  let run = await opened()
  for (let turn = 0; turn < 6; turn++) {
    await append('view', turn % 2, windowRows(20 + turn, [['d', turn]]))
    await run.step()
    await run.flushed()
    run = await opened()
  }
  await scoreAll(run)
  for (const partition of [0, 1]) {
    const rows = scoredRows('model', partition)
    expect(rows.map((row) => row.slice(0, 4))).toEqual(scoredRows('view', partition).map((row) => row.slice(0, 4)))
    expect(rows).toHaveLength(21)
  }
})

test('more than one transaction holds is scored whole', async () => {
  const keys = Array.from({ length: 30_000 }, (_, i) => [`key ${i} ${'x'.repeat(60)}`, i] as const)
  for (let minute = 0; minute < 4; minute++) await append('view', 0, windowRows(minute, keys))
  const run = await opened()
  await scoreAll(run)
  expect([log.range('model', 0).next, run.counters.rowsByModel]).toEqual([120_000, 120_000])
})

test('the latest row of each key is kept for requests', async () => {
  const run = await opened({ online: true })
  await append(
    'view',
    0,
    windowRows(0, [
      ['a', 1],
      ['b', 2],
      [null, 3],
    ]),
  )
  await append('view', 0, windowRows(1, [['a', 2n ** 60n]]))
  await scoreAll(run)
  await append('view', 0, windowRows(2, [['b', 12]]))
  await scoreAll(run)
  await run.flushed()
  expect(readOnlineRow(log, 'model', ['a'])).toMatchObject({
    windowEnd: 2 * MINUTE,
    row: { txt1: 'a', num1: '1152921504606846976', decision: true },
  })
  expect(readOnlineRow(log, 'model', ['b'])?.row).toEqual({
    window_start: '1970-01-01T00:02:00.000Z',
    window_end: '1970-01-01T00:03:00.000Z',
    txt1: 'b',
    num1: 12,
    score: expect.closeTo(0.95257, 4),
    threshold: 0.5,
    decision: true,
    decided_by: 'model',
    model_version: 7,
  })
  expect(readOnlineRow(log, 'model', [null])?.row.num1).toBe(3)
  expect(readOnlineRow(log, 'model', ['c'])).toBeUndefined()
})

test('rows of keys that have long been quiet are forgotten', async () => {
  const run = await opened({ online: true })
  await append(
    'view',
    0,
    windowRows(0, [
      ['a', 1],
      ['b', 2],
    ]),
  )
  await append('view', 0, windowRows(9, [['b', 3]]))
  await scoreAll(run)
  await run.flushed()
  const { rows, write } = forgetOnlineRows(log, 'model', 5 * MINUTE)
  await log.transact(write)
  expect([rows, readOnlineRow(log, 'model', ['a']), readOnlineRow(log, 'model', ['b'])?.windowEnd]).toEqual([1, undefined, 10 * MINUTE])
})

test('keys of any length find their row', async () => {
  const run = await opened({ online: true })
  const long = 'ü'.repeat(5_000)
  await append('view', 0, windowRows(0, [[long, 1]]))
  await scoreAll(run)
  await run.flushed()
  expect(readOnlineRow(log, 'model', [long])?.row.num1).toBe(1)
})

test('a closing is scored aside, and the model goes on from before it', async () => {
  await append('view', 0, windowRows(0, [['a', 1]]))
  await append('view@closing', 0, windowRows(1, [['old', 1]]))
  const run = await opened()
  await scoreAll(run)
  await append('view@closing', 0, windowRows(1, [['a', 20]]))
  await append('view@closing', 1, windowRows(1, [['b', 20]]))
  await run.close([1, 0])
  expect([0, 1].map((partition) => scoredRows('model@closing', partition).map((row) => [row[2], row[6]]))).toEqual([
    [['a', true]],
    [['b', true]],
  ])
  expect(log.range('model', 0).next).toBe(1)
  expect(log.position(scoreConsumer('model'), 'view', 0)).toBe(1)
})
