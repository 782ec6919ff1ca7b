import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { openStore, type Store } from '@millrace/store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  appendRows,
  CORRECTED,
  KEYS,
  nameOf,
  openLakeOf,
  openTopics,
  openWriters,
  PLAIN,
  RULES,
  SPECS,
  upkeepOf,
} from '../../test/lake/kept-lake.ts'
import { currentRows } from '../query/current-rows.ts'
import type { TableSpec } from './table-spec.ts'

const PROCESS = fileURLToPath(new URL('../../test/lake/upkeep-process.ts', import.meta.url))
const CASE_MS_MAX = 120_000
/** Between commits: a fiftieth of what `dev` takes. */
const PAUSE_MS = 100

let folder = ''
let log: EmbeddedLog
let store: Store
let lake: Lake
let keeping: Lake
let duckdb: Duckdb
const warehouse = () => join(folder, 'lake')
const logPath = () => join(folder, 'log')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-upkeep-'))
  log = openLog({ path: logPath() })
  await openTopics(log)
  store = await openStore({ stateDir: folder })
  lake = await openLakeOf(store, warehouse())
  keeping = await openLakeOf(store, warehouse(), { tempDir: join(folder, 'upkeep-tmp') })
  duckdb = await openDuckdb({ threads: 1 })
})
afterEach(async () => {
  duckdb.close()
  for (const one of [lake, keeping]) await one.close()
  await store.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The numbers that stand in a table, in order. */
async function numbersOf(spec: TableSpec): Promise<number[]> {
  const { sql } = await lake.scan(nameOf(spec))
  const query = `SELECT num1 FROM ${currentRows(spec, sql)} ORDER BY num1`
  return duckdb.with(async (connection) => (await connection.runAndReadAll(query)).getRowsJson().map(([number]) => Number(number)))
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
const filesOf = async (spec: TableSpec) => (await lake.scan(nameOf(spec))).files
const stored = (spec: TableSpec) => ['data', 'metadata'].flatMap((part) => readdirSync(join(warehouse(), 'dev', spec.name, part))).length

it('keeps files, snapshots and changes few through many commits, which lose nothing and wait for nothing', {
  timeout: CASE_MS_MAX,
}, async () => {
  const troubles: string[] = []
  const upkeep = upkeepOf(keeping, { onTrouble: (table, code) => troubles.push(`${table} ${code}`) })
  const writers = await openWriters(log, lake)
  upkeep.start()
  const most = { files: 0, stored: 0 }
  const waits: number[] = []
  const commits = 120
  for (let commit = 0; commit < commits; commit++) {
    await appendRows(log, commit * 10, commit * 10 + 10)
    for (const writer of writers) {
      const started = performance.now()
      await writer.flush(1_000)
      waits.push(performance.now() - started)
    }
    await sleep(PAUSE_MS)
    for (const spec of SPECS) most.files = Math.max(most.files, (await filesOf(spec)).length)
    most.stored = Math.max(most.stored, stored(PLAIN))
  }
  await upkeep.stop()
  console.log(`${commits} commits: ${most.files} files and ${most.stored} on the disk at most, slowest ${Math.max(...waits).toFixed(0)} ms`)
  expect(troubles).toEqual([])
  expect(await numbersOf(PLAIN)).toEqual(range(0, commits * 10))
  expect(await numbersOf(CORRECTED)).toEqual(range(commits * 10 - KEYS, commits * 10))
  expect(most.files).toBeLessThan(commits / 3)
  expect(Math.max(...waits)).toBeLessThan(5_000)
  const quiet = upkeepOf(keeping)
  for (let round = 0; round < 5; round++) await quiet.round()
  expect((await filesOf(PLAIN)).length).toBeLessThanOrEqual(RULES.compact.filesMin)
  expect((await lake.snapshots(nameOf(PLAIN))).length).toBeLessThanOrEqual(RULES.keepSnapshots + 1)
  const rows = (await filesOf(CORRECTED)).reduce((sum, file) => sum + file.rows, 0)
  expect(rows).toBeLessThan(commits * 20 * 0.3)
  for (const spec of SPECS) expect(await lake.sweepOrphans(nameOf(spec))).toEqual([])
})

it('keeps changes for as long as it should, and leaves files alone where it is told to', { timeout: CASE_MS_MAX }, async () => {
  const writers = await openWriters(log, lake)
  for (let commit = 0; commit < 12; commit++) {
    await appendRows(log, commit * 10, commit * 10 + 10)
    for (const writer of writers) await writer.flush(1_000)
  }
  const before = await filesOf(PLAIN)
  await upkeepOf(keeping, { rules: { ...RULES, compact: undefined } }).round()
  expect(await filesOf(PLAIN)).toEqual(before)
  expect((await lake.snapshots(nameOf(PLAIN))).length).toBe(RULES.keepSnapshots)
  await upkeepOf(keeping, { rules: { ...RULES, keepChangesMs: 3_600_000 } }).round()
  const changes = (await filesOf(CORRECTED)).reduce((sum, file) => sum + file.rows, 0)
  expect(changes).toBe(12 * 20 - KEYS)
  await upkeepOf(keeping, { rules: { ...RULES, compact: { ...RULES.compact, filesMin: 1 } } }).round()
  expect((await filesOf(CORRECTED)).reduce((sum, file) => sum + file.rows, 0)).toBe(KEYS)
  expect(await numbersOf(CORRECTED)).toEqual(range(12 * 10 - KEYS, 12 * 10))
})

it('tells what fails once, and goes on with the other tables', { timeout: CASE_MS_MAX }, async () => {
  const writers = await openWriters(log, lake)
  for (let commit = 0; commit < 5; commit++) {
    await appendRows(log, commit * 10, commit * 10 + 10)
    for (const writer of writers) await writer.flush(1_000)
  }
  const [{ path }] = await filesOf(PLAIN)
  rmSync(path)
  const troubles: string[] = []
  const upkeep = upkeepOf(keeping, { onTrouble: (table, code) => troubles.push(`${table} ${code}`) })
  for (let round = 0; round < 3; round++) await upkeep.round()
  expect(troubles).toEqual(['plain lake/file-missing'])
  expect((await filesOf(CORRECTED)).length).toBe(1)
})

it('loses nothing and doubles nothing although its process is killed again and again', { timeout: CASE_MS_MAX }, async () => {
  const seed = Number(process.env.MILLRACE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`seed ${seed}`)
  let rows = 0
  let state = seed
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state / 2 ** 32
  }
  for (let kill = 0; kill < 8; kill++) {
    const child = spawn(process.execPath, [PROCESS, logPath(), folder, store.url, warehouse()], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended])
    const until = performance.now() + 200 + random() * 1_200
    while (performance.now() < until) {
      await appendRows(log, rows, rows + 20)
      rows += 20
      await sleep(random() * 30)
    }
    child.kill('SIGKILL')
    await ended
  }
  for (const writer of await openWriters(log, lake)) while ((await writer.flush(100_000)) > 0);
  expect(await numbersOf(PLAIN)).toEqual(range(0, rows))
  expect(await numbersOf(CORRECTED)).toEqual(range(rows - KEYS, rows))
  for (const spec of SPECS) await lake.sweepOrphans(nameOf(spec))
  const upkeep = upkeepOf(keeping)
  for (let round = 0; round < 10; round++) await upkeep.round()
  expect(await numbersOf(PLAIN)).toEqual(range(0, rows))
  expect(await numbersOf(CORRECTED)).toEqual(range(rows - KEYS, rows))
  expect((await filesOf(PLAIN)).length).toBeLessThan(2 * RULES.compact.filesMin)
})
