import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batch, FIELDS, type LakeFixture, openFixture } from '../test/lake-fixture.ts'
import type { Queryable } from './catalog.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

let tables = 0
async function created(): Promise<{ namespace: string; table: string }> {
  const name = { namespace: 'dev', table: `t${tables++}` }
  await fixture.lake.openTable(name, { fields: FIELDS })
  return name
}

type Name = Awaited<ReturnType<typeof created>>
const rows = (value: number) => [batch([[0, value, 'a']])]
const at = (next: number, topic = 'requests') => ({ [topic]: { 0: next } })
const numbers = async (name: Name) =>
  (await fixture.read(await fixture.lake.scan(name), 'num1')).map(([value]) => Number(value)).sort((a, b) => a - b)

async function filesOf(name: Name): Promise<string[]> {
  const folder = join(fixture.warehouse, name.namespace, name.table)
  const names = await Promise.all(['data', 'metadata'].map((part) => readdir(join(folder, part))))
  return names.flat().sort()
}

/** A pool through which every move of a metadata pointer goes by `around`. */
function through(around: (swap: () => ReturnType<Queryable['query']>) => ReturnType<Queryable['query']>): Queryable {
  return {
    query(text, values) {
      const run = () => fixture.store.pool.query(text, values)
      return text.startsWith('UPDATE') ? around(run) : run()
    },
  }
}

describe('two writers of one table', () => {
  test('of the same positions: the second is refused and leaves no file', async () => {
    const name = await created()
    const slow = async function* () {
      yield* rows(1)
      await fixture.lake.append(name, { batches: rows(2), positions: at(5) })
    }
    const append = (await fixture.open()).append(name, { batches: slow(), positions: at(5) })
    await expect(append).rejects.toMatchObject({ code: 'lake/conflict', family: 'operating' })
    expect(await numbers(name)).toEqual([2])
    expect((await filesOf(name)).filter((file) => file.endsWith('.parquet'))).toHaveLength(1)
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
  })

  test('of other positions: both commit, one after the other', async () => {
    const name = await created()
    let others = 0
    const pool = through(async (swap) => {
      if (others++ === 0) await fixture.lake.append(name, { batches: rows(2), positions: at(9, 'other') })
      return swap()
    })
    const snapshot = await (await fixture.open({ pool })).append(name, { batches: rows(1), positions: at(5) })
    expect(snapshot).toMatchObject({ sequenceNumber: 2, rows: 2, positions: { ...at(5), ...at(9, 'other') } })
    expect(snapshot.parentId).toBe((await fixture.lake.snapshots(name))[0].id)
    expect(await numbers(name)).toEqual([1, 2])
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
  })

  test('give up after ten turns of others', async () => {
    const name = await created()
    let turns = 0
    const pool = through(async (swap) => {
      await fixture.lake.append(name, { batches: [], positions: at(turns++, 'other') })
      return swap()
    })
    const append = (await fixture.open({ pool })).append(name, { batches: rows(1), positions: at(5) })
    await expect(append).rejects.toMatchObject({ code: 'lake/commit-contended' })
    expect(turns).toBe(10)
    expect(await numbers(name)).toEqual([])
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
  })

  test('of which one replaces the latest snapshot: not when that has moved meanwhile', async () => {
    const name = await created()
    const first = await fixture.lake.append(name, { batches: rows(1), positions: at(1) })
    const slow = async function* () {
      yield* rows(2)
      await fixture.lake.append(name, { batches: rows(3), positions: at(1, 'other') })
    }
    await expect(fixture.lake.append(name, { batches: slow(), positions: at(2), parent: first.id })).rejects.toMatchObject({
      code: 'lake/conflict',
    })
    expect(await numbers(name)).toEqual([1, 3])
  })
})

test('positions behind the snapshot below are refused: the rows are in the table already', async () => {
  const name = await created()
  const first = await fixture.lake.append(name, { batches: rows(1), positions: at(5) })
  await expect(fixture.lake.append(name, { batches: rows(1), positions: at(4) })).rejects.toMatchObject({ code: 'lake/conflict' })
  await fixture.lake.append(name, { batches: rows(2), positions: at(9) })
  await fixture.lake.append(name, { batches: rows(3), positions: at(7), parent: first.id })
  expect(await numbers(name)).toEqual([1, 3])
})

describe('a database that goes away', () => {
  test('after it took the commit: the append succeeds', async () => {
    const name = await created()
    const pool = through(async (swap) => {
      await swap()
      throw Object.assign(new TypeError('connection reset'), {})
    })
    const snapshot = await (await fixture.open({ pool })).append(name, { batches: rows(1), positions: at(1) })
    expect(await fixture.lake.current(name)).toEqual(snapshot)
  })

  test('before it took the commit: the old snapshot stays, what was written is swept, a retry works', async () => {
    const name = await created()
    await fixture.lake.append(name, { batches: rows(1), positions: at(1) })
    const before = await filesOf(name)
    const pool = through(() => Promise.reject(new TypeError('connection reset')))
    const append = (await fixture.open({ pool })).append(name, { batches: rows(2), positions: at(2) })
    await expect(append).rejects.toThrow('connection reset')
    expect(await numbers(name)).toEqual([1])
    expect(await fixture.lake.sweepOrphans(name, { ageMsMin: 60_000 })).toEqual([])
    expect(await fixture.lake.sweepOrphans(name)).toHaveLength(4)
    expect(await filesOf(name)).toEqual(before)
    await fixture.lake.append(name, { batches: rows(2), positions: at(2) })
    expect(await numbers(name)).toEqual([1, 2])
  })
})

test('rows are taken over as they come, so that a reader may use its memory again', async () => {
  const name = await created()
  const reused = batch([
    [1, 1, 'a'],
    [2, 2, 'b'],
  ])
  const batches = function* () {
    yield reused
    for (const column of reused.columns)
      new Uint8Array(
        (column.kind === 'string' ? (column as { codes: Int32Array }).codes : (column as { values: Float64Array }).values).buffer,
      ).fill(0)
    yield reused
  }
  await fixture.lake.append(name, { batches: batches(), positions: {} })
  expect(await fixture.read(await fixture.lake.scan(name), 'epoch_ms(ts1), num1, txt1')).toEqual([
    ['1', '1', 'a'],
    ['2', '2', 'b'],
    ['0', '0', 'a'],
    ['0', '0', 'a'],
  ])
})

test('a source that fails leaves no file and no snapshot', async () => {
  const name = await created()
  const lake = await fixture.open({ fileRowsMax: 1 })
  const failing = async function* () {
    yield* rows(1)
    yield* rows(2)
    throw new TypeError('the source broke')
  }
  const before = await filesOf(name)
  await expect(lake.append(name, { batches: failing(), positions: {} })).rejects.toThrow('the source broke')
  expect(await filesOf(name)).toEqual(before)
})

test('a folder that cannot be written is told by what was tried', async () => {
  const name = await created()
  const folder = join(fixture.warehouse, name.namespace, name.table)
  const location = (await fixture.store.pool.query('SELECT metadata_location FROM iceberg_tables WHERE table_name = $1', [name.table]))
    .rows[0].metadata_location
  const path = String(location).replace('file://', '')
  const elsewhere = join(fixture.stateDir, 'a-file')
  await writeFile(elsewhere, '')
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll(folder, join(elsewhere, 'table')))
  const lake = await fixture.open()
  await expect(lake.append(name, { batches: rows(1), positions: {} })).rejects.toMatchObject({
    code: 'lake/disk',
    family: 'operating',
    message: expect.stringContaining('a-file/table/data'),
  })
})

describe('an append that is killed', () => {
  test.each([
    ['data-half-written', 1, 3001],
    ['data-written', 1, 3001],
    ['metadata-written', 1, 3001],
    ['committed', 3001, 3001],
  ])('at %s leaves a readable snapshot and can be done again', async (stage, rowsLeft, rowsAfter) => {
    const name = await created()
    await fixture.lake.append(name, { batches: rows(1), positions: at(1) })
    const before = await filesOf(name)
    const child = spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../test/append-child.ts'), fixture.store.url, fixture.warehouse, name.table, stage],
      {
        env: { ...process.env, MILLRACE_TRACE_COMMITS: '1' },
        encoding: 'utf8',
      },
    )
    expect(child.signal, child.stderr).toBe('SIGKILL')
    if (stage !== 'data-half-written') expect(child.stderr).toContain(`lake commit ${stage} dev.${name.table}\n`)
    expect((await fixture.lake.current(name))?.rows).toBe(rowsLeft)
    expect((await numbers(name)).length).toBe(rowsLeft)
    expect((await filesOf(name)).length).toBeGreaterThan(before.length)
    const swept = await fixture.lake.sweepOrphans(name)
    if (rowsLeft === 1) expect(await filesOf(name)).toEqual(before)
    else expect(swept).toEqual([])
    if (rowsLeft === rowsAfter) return
    await fixture.lake.append(name, { batches: [batch(Array.from({ length: 3000 }, (_, i) => [i, i, 'new']))], positions: at(3001) })
    expect((await numbers(name)).length).toBe(rowsAfter)
  })
})

test('sweeping keeps what an older snapshot needs and what others wrote', async () => {
  const name = await created()
  const first = await fixture.lake.append(name, { batches: rows(1), positions: at(1) })
  const left = await fixture.lake.append(name, { batches: rows(9), positions: at(1) })
  await fixture.lake.append(name, { batches: rows(2), positions: at(2), parent: first.id })
  await writeFile(
    join(fixture.warehouse, 'dev', name.table, 'data', '00000-0-0a0b0c0d-0000-4000-8000-000000000000.parquet'),
    'of another program',
  )
  const before = await filesOf(name)
  await writeFile(
    join(fixture.warehouse, 'dev', name.table, 'data', 'millrace-0a0b0c0d-0000-4000-8000-000000000000-00000.parquet'),
    'cut off',
  )
  expect(await fixture.lake.sweepOrphans(name)).toHaveLength(1)
  expect(await filesOf(name)).toEqual(before)
  expect((await fixture.read(await fixture.lake.scan(name, { snapshotId: left.id }), 'num1')).flat()).toEqual(['1', '9'])
})
