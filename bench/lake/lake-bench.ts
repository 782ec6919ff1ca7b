import { deepStrictEqual } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch } from '@millrace/columnar'
import type { TableName } from '@millrace/core'
import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import { type Lake, openLake } from '@millrace/lake'
import { openStore } from '@millrace/store'
import { benchRows, DAY_MS, DAYS, FIELDS, FIRST_DAY_MS } from './bench-rows.ts'
import { type LakeCase, lakeCase, type Pair, timed } from './lake-case.ts'
import { PEER_COMMANDS, PEER_SETTINGS, PeerSide } from './peer-side.ts'

const TARGETS = { append: 0.5, scan: 0.8 }
const READER_MEMORY_MAX = 4 * 1024 ** 3
const HOUR_MS = 3_600_000
const name: TableName = { namespace: 'bench', table: 'requests' }

export interface LakeBenchOptions {
  readonly rows: number
  readonly repeats: number
  readonly onStep: (text: string) => void
}

interface Sides {
  readonly lake: Lake
  readonly duckdb: Duckdb
  readonly peer: PeerSide
  readonly options: LakeBenchOptions
}

export interface LakeBenchResult {
  readonly order: 'interleaved'
  readonly repeats: number
  readonly same_result: boolean
  readonly cases: readonly LakeCase[]
  readonly commands: { readonly peer: typeof PEER_COMMANDS }
  readonly peer_settings: typeof PEER_SETTINGS
}

/** A table of the lake beside bare DuckDB on Parquet files: the same rows, in turn, each result compared. */
export async function lakeBench(options: LakeBenchOptions): Promise<LakeBenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-lake-'))
  const store = await openStore({ stateDir: join(folder, 'state') })
  const lake = await openLake({
    pool: store.pool,
    catalog: 'millrace',
    warehouse: join(folder, 'state', 'lake'),
    memoryMax: '2GB',
    threads: 2,
  })
  const duckdb = await openDuckdb({ memoryMax: READER_MEMORY_MAX, threads: 2, tempDir: join(folder, 'spill') })
  const peer = await PeerSide.open(join(folder, 'peer'))
  const sides: Sides = { lake, duckdb, peer, options }
  try {
    await lake.openTable(name, { fields: FIELDS, partitionByDay: 'event_time' })
    const cases = [await appendCase(sides), ...(await scanCases(sides)), await overwriteCase(sides), ...(await compactCases(sides))]
    return {
      order: 'interleaved',
      repeats: options.repeats,
      same_result: true,
      cases,
      commands: { peer: PEER_COMMANDS },
      peer_settings: PEER_SETTINGS,
    }
  } finally {
    peer.close()
    duckdb.close()
    await lake.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A day at a time, from columns in memory to flushed files and a committed snapshot. */
async function appendCase(sides: Sides): Promise<LakeCase> {
  const { lake, peer, options } = sides
  const rows = Math.ceil(options.rows / DAYS)
  const pairs: Pair[] = []
  for (let day = 0; day < DAYS; day++) {
    const batches = benchRows({ seed: day + 1, rows, fromMs: FIRST_DAY_MS + day * DAY_MS, toMs: FIRST_DAY_MS + (day + 1) * DAY_MS })
    const ours = await timed(() => lake.append(name, { batches, positions: { requests: { 0: (day + 1) * rows } } }))
    await peer.load(await dayRows(lake, day))
    const theirs = await timed(() => peer.append())
    pairs.push({ ours: ours.seconds, peer: theirs.seconds })
    options.onStep(`append of day ${day + 1}: ours ${ours.seconds.toFixed(2)} s, peer ${theirs.seconds.toFixed(2)} s`)
  }
  await compareAll(sides)
  return lakeCase('append', rows, pairs, TARGETS.append)
}

async function dayRows(lake: Lake, day: number): Promise<string> {
  const from = FIRST_DAY_MS + day * DAY_MS
  return (await lake.scan(name, { bounds: [{ column: 'event_time', min: from, max: from + DAY_MS - 1 }] })).sql
}

interface Question {
  readonly name: string
  readonly select: string
  readonly rest: string
  readonly bounds: readonly { readonly column: string; readonly min: number; readonly max: number }[]
}

const between = (from: number, to: number) => `event_time >= make_timestamptz(${from}000) AND event_time < make_timestamptz(${to}000)`
const NOON = FIRST_DAY_MS + 4 * DAY_MS + 12 * HOUR_MS

const QUESTIONS: readonly Question[] = [
  {
    name: 'scan of all rows',
    select: 'status, count(*), sum(response_bytes), count(DISTINCT ip)',
    rest: 'GROUP BY ALL ORDER BY ALL',
    bounds: [],
  },
  {
    name: 'scan of one day',
    select: 'path, count(*) AS hits, sum(response_bytes)',
    rest: `WHERE ${between(FIRST_DAY_MS + 4 * DAY_MS, FIRST_DAY_MS + 5 * DAY_MS)} GROUP BY ALL ORDER BY hits DESC, path LIMIT 20`,
    bounds: [{ column: 'event_time', min: FIRST_DAY_MS + 4 * DAY_MS, max: FIRST_DAY_MS + 5 * DAY_MS - 1 }],
  },
  {
    name: 'scan of one hour',
    select: 'ip, count(*) AS hits, max(response_bytes)',
    rest: `WHERE ${between(NOON, NOON + HOUR_MS)} GROUP BY ALL ORDER BY hits DESC, ip LIMIT 20`,
    bounds: [{ column: 'event_time', min: NOON, max: NOON + HOUR_MS - 1 }],
  },
]

/** Ours is planned anew each time: the pointer in PostgreSQL, metadata, manifests, then DuckDB over the files that are left. */
async function scanCases(sides: Sides): Promise<LakeCase[]> {
  const { lake, duckdb, peer, options } = sides
  const cases: LakeCase[] = []
  for (const question of QUESTIONS) {
    const ask = async () => {
      const { sql } = await lake.scan(name, { bounds: question.bounds })
      return queried(duckdb, `SELECT ${question.select} FROM ${sql} ${question.rest}`)
    }
    const askPeer = () => peer.query(`SELECT ${question.select} FROM ${peer.table} ${question.rest}`)
    deepStrictEqual(await ask(), await askPeer())
    const pairs: Pair[] = []
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      const [ours, theirs] = [await timed(ask), await timed(askPeer)]
      deepStrictEqual(ours.value, theirs.value)
      pairs.push({ ours: ours.seconds, peer: theirs.seconds })
    }
    options.onStep(`${question.name}: ${pairs.map((pair) => `${pair.ours.toFixed(3)} s, ${pair.peer.toFixed(3)} s`).join('; ')}`)
    cases.push(lakeCase(question.name, options.rows, pairs, TARGETS.scan))
  }
  return cases
}

/** An hour of a day is replaced by other rows; `rows` are those of the day. */
async function overwriteCase(sides: Sides): Promise<LakeCase> {
  const { lake, peer, options } = sides
  const dayCount = Math.ceil(options.rows / DAYS)
  const files = peer.files()
  const pairs: Pair[] = []
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    const day = repeat % DAYS
    const fromMs = FIRST_DAY_MS + day * DAY_MS + 9 * HOUR_MS
    const batches = benchRows({ seed: 100 + repeat, rows: Math.ceil(dayCount / 24), fromMs, toMs: fromMs + HOUR_MS })
    await peer.load(await scratch(lake, batches, repeat))
    const where = {
      fn: 'and',
      args: [
        { fn: 'gte', args: [{ col: 'event_time' }, { lit: String(fromMs), type: 'timestamp' }] },
        { fn: 'lt', args: [{ col: 'event_time' }, { lit: String(fromMs + HOUR_MS), type: 'timestamp' }] },
      ],
    }
    const ours = await timed(() => lake.overwrite(name, { where, batches }))
    const theirs = await timed(() => peer.overwrite(files[day], between(fromMs, fromMs + HOUR_MS)))
    pairs.push({ ours: ours.seconds, peer: theirs.seconds })
    options.onStep(`overwrite of an hour: ours ${ours.seconds.toFixed(2)} s, peer ${theirs.seconds.toFixed(2)} s`)
  }
  await compareAll(sides)
  return lakeCase('overwrite of an hour', dayCount, pairs)
}

/** The rows in a table of their own, from which the peer takes them. */
async function scratch(lake: Lake, batches: readonly Batch[], number: number): Promise<string> {
  const table = { namespace: name.namespace, table: `hour_${number}` }
  await lake.openTable(table, { fields: FIELDS })
  await lake.append(table, { batches, positions: {} })
  return (await lake.scan(table)).sql
}

/** All rows, written anew once as they are and once sorted by address within each day. */
async function compactCases(sides: Sides): Promise<LakeCase[]> {
  const { lake, peer, options } = sides
  const cases: LakeCase[] = []
  for (const [title, sortBy, order] of [
    ['compaction', undefined, ''],
    ['compaction, sorted by ip', ['ip'], ' ORDER BY ip'],
  ] as const) {
    const { files } = await lake.scan(name)
    const byDay = await filesByDay(lake)
    // A day that is one file already is not compacted, only sorted.
    const rewritten = byDay.filter((paths) => sortBy !== undefined || paths.length > 1)
    const left = byDay.filter((paths) => !rewritten.includes(paths)).flat()
    const theirs = await timed(async () => {
      const folders: string[] = []
      for (const paths of rewritten) folders.push(await peer.compact(paths, order))
      return folders
    })
    const ours = await timed(() => lake.compact(name, sortBy === undefined ? {} : { sortBy }))
    options.onStep(`${title} of ${files.length} files: ours ${ours.seconds.toFixed(1)} s, peer ${theirs.seconds.toFixed(1)} s`)
    const list = [...theirs.value.map((folder) => join(folder, '*.parquet')), ...left].map((path) => `'${path}'`).join(', ')
    deepStrictEqual(await facts(sides), await peer.query(FACTS.replace('$', `read_parquet([${list}])`)))
    for (const folder of theirs.value) rmSync(folder, { recursive: true })
    const rows = Math.ceil((options.rows * rewritten.length) / DAYS)
    if (rows > 0) cases.push(lakeCase(title, rows, [{ ours: ours.seconds, peer: theirs.seconds }]))
  }
  return cases
}

async function filesByDay(lake: Lake): Promise<string[][]> {
  const byDay: string[][] = []
  for (let day = 0; day < DAYS; day++) {
    const from = FIRST_DAY_MS + day * DAY_MS
    const { files } = await lake.scan(name, { bounds: [{ column: 'event_time', min: from, max: from + DAY_MS - 1 }] })
    byDay.push(files.map((file) => file.path))
  }
  return byDay
}

/** How many rows, and sums over all of their columns. */
const FACTS = `SELECT count(*), sum(epoch_ms(event_time)), sum(hash(ip) % 1000000), sum(hash(path) % 1000000), sum(status), sum(response_bytes),
  count(response_bytes), sum(hash(duration) % 1000000) FROM $`

async function facts({ lake, duckdb }: Sides): Promise<unknown[][]> {
  return queried(duckdb, FACTS.replace('$', (await lake.scan(name)).sql))
}

/** Both hold the same rows, else no figure is told. */
async function compareAll(sides: Sides): Promise<void> {
  deepStrictEqual(await facts(sides), await sides.peer.query(FACTS.replace('$', sides.peer.table)))
}

function queried(duckdb: Duckdb, sql: string): Promise<unknown[][]> {
  return duckdb.with(async (connection) => (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][])
}
