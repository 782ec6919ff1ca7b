import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Expr } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batch, DAY_MS, FIELDS, type LakeFixture, openFixture } from '../test/lake-fixture.ts'
import { literalOf } from '../test/table-model.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

let tables = 0
type Name = { namespace: string; table: string }
async function created(partitionBy: string[] = []): Promise<Name> {
  const name = { namespace: 'dev', table: `t${tables++}` }
  await fixture.lake.openTable(name, { fields: FIELDS, partitionBy })
  return name
}

const row = (number: number, text = 'a') => [number * DAY_MS, number, text]
const numbered = (...numbers: number[]) => [batch(numbers.map((number) => row(number)))]
const append = (name: Name, ...numbers: number[]) => fixture.lake.append(name, { batches: numbered(...numbers), positions: {} })
const call = (fn: string, column: string, ...values: (number | string)[]): Expr => ({
  fn,
  args: [{ col: column }, ...values.map((value) => literalOf(value, typeof value === 'string' ? 'string' : 'int64'))],
})
const between = (low: number, high: number) => call('between', 'num1', low, high)
const read = async (name: Name, columns = 'num1') =>
  (await fixture.read(await fixture.lake.scan(name), columns)).map((values) => (columns === 'num1' ? Number(values[0]) : values)).sort()
const paths = async (name: Name) => (await fixture.lake.scan(name)).files.map((file) => file.path)
const dataFiles = async (name: Name) => (await readdir(join(fixture.warehouse, name.namespace, name.table, 'data'))).length

describe('overwriting by a filter', () => {
  test('drops files inside, rewrites files partly inside, and leaves files outside alone', async () => {
    const name = await created()
    await append(name, 1, 2)
    await append(name, 3, 4)
    await append(name, 5, 6)
    const [outside, partly, inside] = await paths(name)
    const snapshot = await fixture.lake.overwrite(name, { where: between(4, 9), batches: [batch([row(4, 'new')])] })
    expect(await read(name, 'num1, txt1')).toEqual([
      ['1', 'a'],
      ['2', 'a'],
      ['3', 'a'],
      ['4', 'new'],
    ])
    const after = await paths(name)
    expect(after).toContain(outside)
    expect(after).not.toContain(partly)
    expect(after).not.toContain(inside)
    expect(snapshot).toMatchObject({ operation: 'overwrite', rows: 4 })
    expect(snapshot.summary).toMatchObject({
      'added-data-files': '2',
      'added-records': '2',
      'deleted-data-files': '2',
      'deleted-records': '4',
      'total-data-files': '3',
      'total-records': '4',
    })
    const total = (await fixture.lake.scan(name)).files.reduce((sum, file) => sum + file.bytes, 0)
    expect(snapshot.summary['total-files-size']).toBe(String(total))
  })

  test('leaves a file whose statistics allow the filter but whose rows do not', async () => {
    const name = await created()
    await append(name, 1, 9)
    const before = await paths(name)
    await fixture.lake.overwrite(name, { where: call('eq', 'num1', 5), batches: numbered(5) })
    expect(await paths(name)).toEqual([...before, expect.any(String)])
    expect(await dataFiles(name)).toBe(2)
  })

  test('keeps rows for which the filter is null', async () => {
    const name = await created()
    await fixture.lake.append(name, { batches: [batch([row(1), [0, 2, null], row(3, 'b')])], positions: {} })
    await fixture.lake.deleteRows(name, { where: call('neq', 'txt1', 'b') })
    expect(await read(name)).toEqual([2, 3])
  })

  test('keeps positions, moves those it is given, and refuses to move those that another moved', async () => {
    const name = await created()
    await fixture.lake.append(name, { batches: numbered(1), positions: { requests: { 0: 5 } } })
    const kept = await fixture.lake.overwrite(name, { where: between(1, 1), batches: numbered(1) })
    expect(kept.positions).toEqual({ requests: { 0: 5 } })
    const moved = await fixture.lake.overwrite(name, { where: between(1, 1), batches: numbered(1), positions: { requests: { 1: 2 } } })
    expect(moved.positions).toEqual({ requests: { 0: 5, 1: 2 } })
    const slow = async function* () {
      yield* numbered(2)
      await fixture.lake.append(name, { batches: [], positions: { requests: { 0: 9 } } })
    }
    const late = fixture.lake.overwrite(name, { where: between(2, 2), batches: slow(), positions: { requests: { 0: 7 } } })
    await expect(late).rejects.toMatchObject({ code: 'lake/conflict' })
  })

  test('is undone by reading the snapshot before it', async () => {
    const name = await created(['day(ts1)'])
    const before = await append(name, 1, 2, 3)
    await fixture.lake.overwrite(name, { where: between(2, 3), batches: numbered(7) })
    expect(await read(name)).toEqual([1, 7])
    const scan = await fixture.lake.scan(name, { snapshotId: before.id })
    expect((await fixture.read(scan, 'num1')).flat()).toEqual(['1', '2', '3'])
  })

  test('refuses what cannot be judged for a file, and columns that are not there', async () => {
    const name = await created()
    const lower: Expr = {
      fn: 'eq',
      args: [
        { fn: 'lower', args: [{ col: 'txt1' }] },
        { lit: 'a', type: 'string' },
      ],
    }
    await expect(fixture.lake.deleteRows(name, { where: lower })).rejects.toMatchObject({ code: 'lake/unsupported-filter', family: 'user' })
    await expect(fixture.lake.deleteRows(name, { where: call('eq', 'num1', 'x') })).rejects.toMatchObject({
      code: 'lake/unsupported-filter',
    })
    await expect(fixture.lake.deleteRows(name, { where: call('eq', 'num', 1) })).rejects.toMatchObject({ code: 'lake/unknown-column' })
  })

  test('deleting nothing commits nothing', async () => {
    const name = await created()
    expect(await fixture.lake.deleteRows(name, { where: between(1, 1) })).toBeUndefined()
    const only = await append(name, 1)
    expect(await fixture.lake.deleteRows(name, { where: between(2, 2) })).toEqual(only)
    expect(await fixture.lake.snapshots(name)).toHaveLength(1)
    const emptied = await fixture.lake.deleteRows(name, { where: between(0, 2) })
    expect(emptied).toMatchObject({ operation: 'delete', rows: 0 })
  })

  test('on provisional rows is refused: the next input leaves them behind', async () => {
    const name = await created()
    await fixture.lake.append(name, { batches: numbered(1), positions: {}, summary: { 'millrace.closing': 'true' } })
    await expect(fixture.lake.deleteRows(name, { where: between(1, 1) })).rejects.toMatchObject({
      code: 'lake/provisional',
      family: 'user',
    })
  })
})

describe('overwriting beneath provisional rows', () => {
  const closing = { 'millrace.closing': 'true' }
  const closed = async (): Promise<Name> => {
    const name = await created()
    await fixture.lake.append(name, { batches: numbered(1, 2), positions: { t: { 0: 2 } } })
    await append(name, 3)
    await fixture.lake.append(name, { batches: numbered(3, 7), positions: {}, summary: closing })
    return name
  }

  test('replaces rows below, leaves those on top, and is what the next append builds on', async () => {
    const name = await closed()
    const before = await fixture.lake.current(name)
    const seen = await fixture.lake.overwrite(name, { where: between(2, 3), batches: numbered(4, 5, 6), beneath: true })
    expect(await read(name)).toEqual([1, 3, 4, 5, 6, 7])
    expect(seen).toMatchObject({ rows: 6, positions: { t: { 0: 2 } }, summary: closing })
    const snapshots = new Map((await fixture.lake.snapshots(name)).map((one) => [one.id, one]))
    const below = snapshots.get(seen.parentId as number)
    expect(below).toMatchObject({ operation: 'overwrite', rows: 4, parentId: before?.parentId, positions: { t: { 0: 2 } } })
    expect(seen.summary['total-files-size']).toBe(
      String(Number(below?.summary['total-files-size']) + Number(before?.summary['added-files-size'])),
    )
    await fixture.lake.append(name, { batches: numbered(9), positions: { t: { 0: 3 } }, parent: below?.id })
    expect(await read(name)).toEqual([1, 4, 5, 6, 9])
  })

  test('may be done again, with nothing to put in, and on a table that never had other rows', async () => {
    const name = await closed()
    for (const number of [1, 2]) await fixture.lake.overwrite(name, { where: between(number, number), batches: [], beneath: true })
    expect(await read(name)).toEqual([3, 3, 7])
    const plain = await created()
    await append(plain, 1)
    await fixture.lake.overwrite(plain, { where: between(1, 1), batches: numbered(2), beneath: true })
    expect(await read(plain)).toEqual([2])
  })

  test('conflicts with an input that went on meanwhile, and is refused where compaction has mixed the rows', async () => {
    const name = await closed()
    const below = (await fixture.lake.current(name))?.parentId
    const slow = async function* () {
      yield* numbered(4)
      await fixture.lake.append(name, { batches: numbered(8), positions: {}, parent: below as number })
    }
    const files = await dataFiles(name)
    await expect(fixture.lake.overwrite(name, { where: between(2, 2), batches: slow(), beneath: true })).rejects.toMatchObject({
      code: 'lake/conflict',
    })
    expect(await read(name)).toEqual([1, 2, 3, 8])
    expect(await dataFiles(name)).toBe(files + 1)
    const mixed = await closed()
    await fixture.lake.compact(mixed)
    await expect(fixture.lake.overwrite(mixed, { where: between(2, 2), batches: [], beneath: true })).rejects.toMatchObject({
      code: 'lake/provisional',
    })
  })
})

describe('two writers at once', () => {
  const during = async (name: Name, commit: () => Promise<unknown>, isolation?: 'snapshot' | 'serializable') => {
    const slow = async function* () {
      yield* numbered(4)
      await commit()
    }
    return fixture.lake.overwrite(name, { where: between(3, 5), batches: slow(), ...(isolation === undefined ? {} : { isolation }) })
  }

  test('an append to rows that the filter does not take is built upon', async () => {
    const name = await created()
    await append(name, 3)
    await during(name, () => append(name, 8))
    expect(await read(name)).toEqual([4, 8])
  })

  test('an append to rows that the filter takes conflicts, and leaves no file', async () => {
    const name = await created()
    await append(name, 3)
    await expect(during(name, () => append(name, 5))).rejects.toMatchObject({
      code: 'lake/conflict',
      family: 'operating',
      message: expect.stringContaining('1 data files with 1 rows'),
    })
    expect(await read(name)).toEqual([3, 5])
    expect(await dataFiles(name)).toBe(2)
    expect(await fixture.lake.sweepOrphans(name)).toEqual([])
  })

  test('under snapshot isolation the rows that came meanwhile stay', async () => {
    const name = await created()
    await append(name, 3)
    await during(name, () => append(name, 5), 'snapshot')
    expect(await read(name)).toEqual([4, 5])
  })

  test('a file that another has removed conflicts, also under snapshot isolation', async () => {
    const name = await created()
    await append(name, 3, 9)
    const gone = () => fixture.lake.deleteRows(name, { where: between(9, 9) })
    await expect(during(name, gone, 'snapshot')).rejects.toMatchObject({
      code: 'lake/conflict',
      message: expect.stringContaining('are gone'),
    })
    expect(await read(name)).toEqual([3])
  })

  test('a table that was dropped and made anew is another table', async () => {
    const name = { namespace: 'anew', table: 'one' }
    await fixture.lake.openTable(name, { fields: FIELDS })
    const again = async () => {
      await fixture.lake.dropNamespace('anew')
      await fixture.lake.openTable(name, { fields: FIELDS })
    }
    await expect(during(name, again)).rejects.toMatchObject({ code: 'lake/conflict' })
  })
})

/** What each process of the test below did, as it says itself. */
interface Done {
  readonly appended: number
  readonly overwritten: number
  readonly conflicts: number
}

test('processes that append, overwrite and compact one table at once lose nothing and double nothing', async () => {
  const name = await created(['bucket(4, num1)'])
  const writers = [0, 1, 2]
  const results = await Promise.all(
    writers.map(async (writer) => {
      const arguments_ = [
        join(import.meta.dirname, '../test/writer-child.ts'),
        fixture.store.url,
        fixture.warehouse,
        name.table,
        String(writer),
      ]
      const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
      let text = ''
      child.stdout.on('data', (chunk) => {
        text += chunk
      })
      const [code] = await once(child, 'close')
      expect(code, text).toBe(0)
      return JSON.parse(text) as Done
    }),
  )
  for (const writer of writers) {
    const rows = await fixture.read(await fixture.lake.scan(name), `num1, txt1`)
    const own = rows.filter(([, text]) => String(text).startsWith(`${writer} `)).map(([, text]) => String(text))
    const appended = own.filter((text) => text.startsWith(`${writer} append`)).sort()
    expect(appended).toEqual(Array.from({ length: results[writer].appended }, (_, i) => `${writer} append ${i}`).sort())
    const slice = own.filter((text) => text.startsWith(`${writer} slice`))
    expect(slice).toEqual(Array.from({ length: 3 }, () => `${writer} slice ${results[writer].overwritten - 1}`))
  }
  expect(results.reduce((sum, one) => sum + one.appended + one.overwritten, 0)).toBe(3 * (8 + 6))
  expect((await fixture.lake.current(name))?.positions).toEqual(Object.fromEntries(writers.map((writer) => [`own${writer}`, { 0: 8 }])))
  expect(await fixture.lake.sweepOrphans(name)).toEqual([])
}, 60_000)
