import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batch, DAY_MS, FIELDS, type LakeFixture, openFixture } from '../test/lake-fixture.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const NONE = { positions: {} }
let tables = 0
const fresh = () => ({ namespace: 'dev', table: `t${tables++}` })

async function created(options: { partitionByDay?: string } = {}) {
  const name = fresh()
  await fixture.lake.openTable(name, { fields: FIELDS, ...options })
  return name
}

describe('a table', () => {
  test('is empty, readable and without a snapshot when it is made', async () => {
    const name = await created()
    expect(await fixture.lake.current(name)).toBeUndefined()
    expect(await fixture.lake.snapshots(name)).toEqual([])
    const scan = await fixture.lake.scan(name)
    expect(scan).toMatchObject({ snapshot: undefined, files: [], pruned: 0 })
    expect(scan.fields).toEqual(FIELDS.map((field, place) => ({ ...field, id: place + 1 })))
    expect(await fixture.read(scan)).toEqual([])
    expect(await fixture.read(scan, 'typeof(any_value(ts1)), typeof(any_value(num1)), typeof(any_value(txt1))')).toEqual([
      ['TIMESTAMP WITH TIME ZONE', 'BIGINT', 'VARCHAR'],
    ])
  })

  test('gives back appended rows in their order, also from several batches and files', async () => {
    const lake = await fixture.open({ fileRowsMax: 3 })
    const name = await created()
    const batches = [
      batch([
        [0, 1, 'a'],
        [null, 2, null],
      ]),
      batch([
        [5, 3, 'a'],
        [6, 4, 'b'],
      ]),
      batch([]),
      batch([[7, 5, '']]),
    ]
    const snapshot = await lake.append(name, { batches, positions: { requests: { 0: 5 } } })
    expect(snapshot).toMatchObject({
      rows: 5,
      sequenceNumber: 1,
      operation: 'append',
      parentId: undefined,
      positions: { requests: { 0: 5 } },
    })
    expect(snapshot.summary).toMatchObject({ 'added-data-files': '2', 'added-records': '5', 'total-records': '5', 'total-data-files': '2' })
    const scan = await lake.scan(name)
    expect(scan.files.map((file) => file.rows)).toEqual([4, 1])
    expect(await fixture.read(scan, 'epoch_ms(ts1), num1, txt1')).toEqual([
      ['0', '1', 'a'],
      [null, '2', null],
      ['5', '3', 'a'],
      ['6', '4', 'b'],
      ['7', '5', ''],
    ])
  })

  test('refuses other columns than it has, and says which differ', async () => {
    const name = await created()
    await fixture.lake.openTable(name, { fields: FIELDS })
    const asked = [...FIELDS.slice(0, 2), { name: 'txt1', type: 'int32', nullable: true }]
    await expect(fixture.lake.openTable(name, { fields: asked })).rejects.toMatchObject({
      code: 'lake/schema-differs',
      family: 'user',
      message: expect.stringContaining('txt1 int32, txt1 string'),
    })
    await expect(fixture.lake.openTable(name, { fields: FIELDS, partitionByDay: 'ts1' })).rejects.toMatchObject({
      code: 'lake/schema-differs',
    })
  })

  test('that two programs make at once is one table', async () => {
    const name = fresh()
    const lakes = await Promise.all([fixture.open(), fixture.open(), fixture.open()])
    await Promise.all(lakes.map((lake) => lake.openTable(name, { fields: FIELDS })))
    await lakes[0].append(name, { batches: [batch([[0, 1, 'a']])], ...NONE })
    expect((await lakes[2].current(name))?.rows).toBe(1)
  })

  test('keeps json apart from string', async () => {
    const fields = [
      { name: 'txt1', type: 'json', nullable: true },
      { name: 'txt2', type: 'string', nullable: true },
    ]
    const name = fresh()
    await fixture.lake.openTable(name, { fields })
    await fixture.lake.openTable(name, { fields })
    expect((await fixture.lake.scan(name)).fields.map(({ type }) => type)).toEqual(['json', 'string'])
  })

  test.each([
    ['a type it cannot hold', { fields: [{ name: 'x', type: 'map<string>', nullable: true }] }, 'lake/unsupported-type'],
    ['a partition column that is no timestamp', { fields: FIELDS, partitionByDay: 'num1' }, 'lake/unknown-partition'],
  ])('refuses %s', async (_what, request, code) => {
    await expect(fixture.lake.openTable(fresh(), request)).rejects.toMatchObject({ code, family: 'user' })
  })

  test.each(['..', 'a/b', '', 'a b'])('refuses the name %j', async (table) => {
    await expect(fixture.lake.openTable({ namespace: 'dev', table }, { fields: FIELDS })).rejects.toMatchObject({ code: 'lake/bad-name' })
  })

  test('that is not there is told by name, with those that are', async () => {
    await expect(fixture.lake.scan({ namespace: 'nowhere', table: 'x' })).rejects.toMatchObject({
      code: 'lake/unknown-table',
      facts: { found: [] },
    })
  })

  test('refuses a null in a column without nulls, and a batch of other columns', async () => {
    const name = await created()
    const loose = FIELDS.map((field) => ({ ...field, nullable: true }))
    const append = (rows: ReturnType<typeof batch>) => fixture.lake.append(name, { batches: [rows], ...NONE })
    await expect(append(batch([[0, null, 'a']], loose))).rejects.toMatchObject({ code: 'lake/null-in-required', family: 'bug' })
    await expect(append(batch([[0, 1]], FIELDS.slice(0, 2)))).rejects.toMatchObject({ code: 'lake/batch-differs' })
    expect(await fixture.lake.current(name)).toBeUndefined()
  })

  test('takes columns in any order', async () => {
    const name = await created()
    await fixture.lake.append(name, { batches: [batch([['a', 1, 0]], FIELDS.toReversed())], ...NONE })
    expect(await fixture.read(await fixture.lake.scan(name), 'num1, txt1')).toEqual([['1', 'a']])
  })
})

describe('snapshots', () => {
  test('form a chain that can be read at each of its points', async () => {
    const name = await created()
    const first = await fixture.lake.append(name, {
      batches: [batch([[0, 1, 'a']])],
      positions: { requests: { 0: 1 } },
      summary: { note: 'x' },
    })
    const second = await fixture.lake.append(name, { batches: [], positions: { requests: { 0: 4, 1: 2 } } })
    const third = await fixture.lake.append(name, { batches: [batch([[0, 2, 'b']])], positions: { requests: { 1: 3 } } })
    expect([first.parentId, second.parentId, third.parentId]).toEqual([undefined, first.id, second.id])
    expect([first.rows, second.rows, third.rows]).toEqual([1, 1, 2])
    expect(third.positions).toEqual({ requests: { 0: 4, 1: 3 } })
    expect(first.summary.note).toBe('x')
    expect(await fixture.lake.snapshots(name)).toEqual([first, second, third])
    expect(await fixture.lake.current(name)).toEqual(third)
    expect(await fixture.read(await fixture.lake.scan(name, { snapshotId: first.id }), 'num1')).toEqual([['1']])
    expect(await fixture.read(await fixture.lake.scan(name), 'num1')).toEqual([['1'], ['2']])
    await expect(fixture.lake.scan(name, { snapshotId: 12345 })).rejects.toMatchObject({ code: 'lake/unknown-snapshot' })
  })

  test('without rows carry positions, also first of all', async () => {
    const name = await created()
    const snapshot = await fixture.lake.append(name, { batches: [], positions: { requests: { 0: 7 } } })
    expect(snapshot).toMatchObject({ rows: 0, positions: { requests: { 0: 7 } } })
    expect(await fixture.read(await fixture.lake.scan(name))).toEqual([])
  })

  test('can be left behind: an append to an older one replaces what followed it, and history keeps it', async () => {
    const name = await created()
    const kept = await fixture.lake.append(name, { batches: [batch([[0, 1, 'a']])], positions: { requests: { 0: 1 } } })
    const provisional = await fixture.lake.append(name, { batches: [batch([[0, 99, 'closing']])], positions: { requests: { 0: 1 } } })
    const next = await fixture.lake.append(name, { batches: [batch([[0, 2, 'b']])], positions: { requests: { 0: 2 } }, parent: kept.id })
    expect(next).toMatchObject({ parentId: kept.id, rows: 2, sequenceNumber: 3 })
    expect(await fixture.read(await fixture.lake.scan(name), 'num1')).toEqual([['1'], ['2']])
    expect(await fixture.read(await fixture.lake.scan(name, { snapshotId: provisional.id }), 'num1')).toEqual([['1'], ['99']])
    const anew = await fixture.lake.append(name, { batches: [batch([[0, 3, 'c']])], positions: { requests: { 0: 1 } }, parent: null })
    expect(anew).toMatchObject({ parentId: undefined, rows: 1 })
    expect(await fixture.read(await fixture.lake.scan(name), 'num1')).toEqual([['3']])
  })

  test('take their positions when the batches have ended, so that a reader may count while it reads', async () => {
    const name = await created()
    let next = 0
    const batches = function* () {
      for (; next < 3; next++) yield batch([[0, next, 'a']])
    }
    const snapshot = await fixture.lake.append(name, { batches: batches(), positions: () => ({ requests: { 0: next } }) })
    expect(snapshot).toMatchObject({ rows: 3, positions: { requests: { 0: 3 } } })
  })

  test('stay few manifests when they are many', async () => {
    const name = await created({ partitionByDay: 'ts1' })
    for (let i = 0; i < 60; i++)
      await fixture.lake.append(name, { batches: [batch([[i * DAY_MS, i, 'a']])], positions: { requests: { 0: i } } })
    const scan = await fixture.lake.scan(name)
    expect(scan.snapshot?.rows).toBe(60)
    expect((await fixture.read(scan, 'num1')).map(([value]) => Number(value))).toEqual(Array.from({ length: 60 }, (_, i) => i))
    const pruned = await fixture.lake.scan(name, { bounds: [{ column: 'ts1', min: 10 * DAY_MS, max: 11 * DAY_MS }] })
    expect([pruned.files.length, pruned.pruned]).toEqual([2, 58])
    const early = await fixture.lake.scan(name, { snapshotId: (await fixture.lake.snapshots(name))[29].id })
    expect(early.files).toHaveLength(30)
  })
})

describe('dropping a table', () => {
  test('removes its files, leaves its neighbours, and is no error where there is none', async () => {
    const [name, other] = ['one', 'two'].map((table) => ({ namespace: 'scope2', table }))
    for (const table of [name, other]) {
      await fixture.lake.openTable(table, { fields: FIELDS })
      await fixture.lake.append(table, { batches: [batch([[0, 1, 'a']])], ...NONE })
    }
    await fixture.lake.dropTable(name)
    await fixture.lake.dropTable(name)
    expect(await fixture.lake.tables('scope2')).toEqual(['two'])
    expect(readdirSync(join(fixture.warehouse, 'scope2'))).toEqual(['two'])
    expect(await fixture.read(await fixture.lake.scan(other), 'num1')).toEqual([['1']])
    await expect(fixture.lake.dropTable({ namespace: 'scope2', table: '..' })).rejects.toMatchObject({ code: 'lake/bad-name' })
  })
})

describe('dropping a namespace', () => {
  test('removes its tables and files and leaves the others', async () => {
    const name = { namespace: 'scope1', table: 'requests' }
    await fixture.lake.openTable(name, { fields: FIELDS })
    await fixture.lake.append(name, { batches: [batch([[0, 1, 'a']])], ...NONE })
    const other = await created()
    expect(await fixture.lake.tables('scope1')).toEqual(['requests'])
    await fixture.lake.dropNamespace('scope1')
    expect(await fixture.lake.tables('scope1')).toEqual([])
    expect(await fixture.lake.tables('dev')).toContain(other.table)
    await expect(fixture.lake.scan(name)).rejects.toMatchObject({ code: 'lake/unknown-table' })
    await fixture.lake.openTable(name, { fields: FIELDS.slice(0, 1) })
    expect(await fixture.lake.current(name)).toBeUndefined()
    await expect(fixture.lake.dropNamespace('..')).rejects.toMatchObject({ code: 'lake/bad-name' })
  })
})
