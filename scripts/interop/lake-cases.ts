import { deepStrictEqual } from 'node:assert/strict'
import { join } from 'node:path'
import { batchFromRows, type Field } from '@millrace/columnar'
import type { TableName } from '@millrace/core'
import { openDuckdb } from '@millrace/engine-duckdb'
import { type Lake, openLake } from '@millrace/lake'
import { openStore } from '@millrace/store'
import type { CaseReport } from './case-report.ts'
import { EVENT_DAYS, EVENT_FIELDS, EVENTS_PER_DAY, eventsOf, NAMESPACE, shownRows, VALUE_FIELDS, VALUE_ROWS } from './lake-data.ts'
import { runPyiceberg } from './pyiceberg.ts'
import { checkStructs } from './struct-cases.ts'
import { checkTurns } from './turn-cases.ts'

const CATALOG = 'millrace'
const ICEBERG_TYPES: Readonly<Record<string, string>> = {
  int64: 'long',
  boolean: 'boolean',
  int32: 'int',
  double: 'double',
  string: 'string',
  json: 'string',
  bytes: 'binary',
  timestamp: 'timestamptz',
  date: 'date',
}

const table = (name: string): TableName => ({ namespace: NAMESPACE, table: name })

/** Reads a scan's rows as JSON values. */
type Read = (name: TableName, columns: string, snapshotId?: number) => Promise<unknown[][]>

/** pyiceberg and Millrace on the same tables in turn, through Millrace's PostgreSQL. */
export async function checkPyiceberg(python: string, stateDir: string, report: CaseReport): Promise<void> {
  const store = await openStore({ stateDir })
  const warehouse = join(stateDir, 'lake')
  const lake = await openLake({ pool: store.pool, catalog: CATALOG, warehouse })
  const address = { name: CATALOG, url: store.url, warehouse: `file://${warehouse}` }
  const duckdb = await openDuckdb({ threads: 1 })
  const read: Read = async (name, columns, snapshotId) => {
    const { sql } = await lake.scan(name, snapshotId === undefined ? {} : { snapshotId })
    const [list, order] = columns.split(' ORDER BY ')
    const query = `SELECT ${list} FROM ${sql}${order === undefined ? '' : ` ORDER BY ${order}`}`
    return duckdb.with(async (connection) => (await connection.runAndReadAll(query)).getRowsJson() as unknown[][])
  }
  try {
    const facts = await writeTables(lake)
    runPyiceberg(python, address, 'read', facts, report)
    runPyiceberg(python, address, 'write', facts, report)
    await readBack(lake, read, report)
    runPyiceberg(python, address, 'reread', facts, report)
    const turns = table('turns')
    await checkTurns({
      python,
      address,
      lake,
      report,
      read: (column, snapshotId) => read(turns, `num1, "${column}" ORDER BY num1`, snapshotId),
    })
    const structs = () => read(table('structs'), 'num1, to_json(place), to_json(lines) ORDER BY num1')
    await checkStructs({ python, address, lake, report, read: structs })
  } finally {
    duckdb.close()
    await lake.close()
    await store.close()
  }
}

/** Tables of every type, by day, empty, and with a snapshot left behind; returns what a reader must find in them. */
async function writeTables(lake: Lake): Promise<Record<string, unknown>> {
  const snapshots = await writeEveryType(lake)
  await lake.openTable(table('by_day'), { fields: EVENT_FIELDS, partitionByDay: 'event_time' })
  for (let day = 0; day < EVENT_DAYS.length; day += 2) {
    await lake.append(table('by_day'), {
      batches: [eventsOf(day), eventsOf(day + 1)],
      positions: { events: { 0: (day + 2) * EVENTS_PER_DAY } },
    })
  }
  await lake.openTable(table('empty'), { fields: EVENT_FIELDS })
  const leftBehind = await writeRebased(lake)
  const events = EVENT_DAYS.length * EVENTS_PER_DAY
  return {
    namespace: NAMESPACE,
    tables: ['by_day', 'empty', 'every_type', 'rebased'],
    schema: VALUE_FIELDS.map(({ name, type, nullable }, place) => [place + 1, name, ICEBERG_TYPES[type], nullable]),
    values: shownRows(VALUE_FIELDS, VALUE_ROWS),
    snapshots,
    snapshot_rows: [2, 2, VALUE_ROWS.length],
    events,
    event_sum: (events * (events - 1)) / 2,
    event_texts: 37,
    event_days: EVENT_DAYS,
    event_files: EVENT_DAYS.length,
    statistics: {
      txt1: ['x'.repeat(16), '😀 ü \u0000 end', 1],
      ts1: [String(-62_135_596_800_000), String(253_402_300_799_999), 1],
      int1: [-1, 0, 1],
    },
    rebased: [1, 3],
    left_behind: leftBehind,
    left_behind_rows: [1, 2],
    evolved: [
      [1, 'one', null],
      [3, 'three', null],
      [4, 'four', 44],
    ],
  }
}

async function writeEveryType(lake: Lake): Promise<number[]> {
  const name = table('every_type')
  await lake.openTable(name, { fields: VALUE_FIELDS })
  const first = await lake.append(name, { batches: [batchFromRows(VALUE_FIELDS, VALUE_ROWS.slice(0, 2))], positions: { values: { 0: 2 } } })
  const second = await lake.append(name, { batches: [], positions: { values: { 0: 3 } } })
  const third = await lake.append(name, { batches: [batchFromRows(VALUE_FIELDS, VALUE_ROWS.slice(2))], positions: { values: { 0: 6 } } })
  return [first.id, second.id, third.id]
}

async function writeRebased(lake: Lake): Promise<number> {
  const name = table('rebased')
  await lake.openTable(name, { fields: EVENT_FIELDS })
  const one = (number: number, text: string) => [batchFromRows(EVENT_FIELDS, [[number * 1000, number, text]])]
  const kept = await lake.append(name, { batches: one(1, 'one'), positions: {} })
  const left = await lake.append(name, { batches: one(2, 'two'), positions: {} })
  await lake.append(name, { batches: one(3, 'three'), positions: {}, parent: kept.id })
  return left.id
}

/** What pyiceberg wrote, read by Millrace, and rows of Millrace on top of it. */
async function readBack(lake: Lake, read: Read, report: CaseReport): Promise<void> {
  await report.run('millrace reads what pyiceberg appended and deleted', async () => {
    deepStrictEqual(await read(table('by_day'), "count(*), count(*) FILTER (txt1 = 'from python'), min(num1)"), [
      [String(EVENT_DAYS.length * EVENTS_PER_DAY + 9), '10', '1'],
    ])
  })
  await report.run('millrace keeps its positions under a foreign snapshot', async () => {
    const current = await lake.current(table('by_day'))
    deepStrictEqual(current?.positions, { events: { 0: EVENT_DAYS.length * EVENTS_PER_DAY } })
    deepStrictEqual(current?.summary['millrace.positions'], undefined)
  })
  await report.run('millrace prunes a table that pyiceberg wrote to', async () => {
    const { files, pruned } = await lake.scan(table('by_day'), { bounds: [{ column: 'event_time', min: 0, max: 86_399_999 }] })
    deepStrictEqual([files.length, pruned], [2, EVENT_DAYS.length - 1])
  })
  await report.run('millrace appends on a foreign snapshot', async () => {
    const batch = eventsOf(0)
    const snapshot = await lake.append(table('by_day'), { batches: [batch], positions: { events: { 0: 9 * EVENTS_PER_DAY } } })
    deepStrictEqual(snapshot.rows, EVENT_DAYS.length * EVENTS_PER_DAY + 9 + EVENTS_PER_DAY)
  })
  await report.run('millrace reads renamed and added columns', async () => {
    deepStrictEqual(await read(table('rebased'), 'num1, renamed, added'), [
      ['1', 'one', null],
      ['3', 'three', null],
    ])
    const fields = [
      ...EVENT_FIELDS.slice(0, 2),
      { name: 'renamed', type: 'string', nullable: false },
      { name: 'added', type: 'int64', nullable: true },
    ]
    await lake.append(table('rebased'), { batches: [batchFromRows(fields, [[4000, 4, 'four', 44]])], positions: {} })
  })
  await report.run('millrace reads and appends to a table that pyiceberg made', async () => readForeign(lake, read))
}

async function readForeign(lake: Lake, read: Read): Promise<void> {
  const name = table('foreign')
  const fields: Field[] = [
    { name: 'k', type: 'string', nullable: true },
    { name: 'v', type: 'int64', nullable: true },
  ]
  await lake.openTable(name, { fields })
  const snapshots = await lake.snapshots(name)
  deepStrictEqual(
    snapshots.map((snapshot) => snapshot.rows),
    [1, 2, 3],
  )
  deepStrictEqual(await read(name, 'k, v'), [
    ['key 0', '0'],
    ['key 1', '1'],
    ['key 2', '2'],
  ])
  deepStrictEqual(await read(name, 'v', snapshots[1].id), [['0'], ['1']])
  await lake.append(name, { batches: [batchFromRows(fields, [['ours', 77]])], positions: { foreign: { 0: 1 } } })
  deepStrictEqual(await read(name, 'v', snapshots[1].id), [['0'], ['1']])
}
