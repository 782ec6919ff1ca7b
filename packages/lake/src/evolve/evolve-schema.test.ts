import { batchFromRows, type Field } from '@millrace/columnar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batch, FIELDS, type LakeFixture, openFixture } from '../../test/lake-fixture.ts'
import type { SchemaStep } from '../index.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

let tables = 0
async function created(fields: readonly Field[] = FIELDS, partitionBy: string[] = []) {
  const name = { namespace: 'dev', table: `t${tables++}` }
  await fixture.lake.openTable(name, { fields, partitionBy })
  return name
}
type Name = Awaited<ReturnType<typeof created>>
const evolve = (name: Name, ...steps: SchemaStep[]) => fixture.lake.evolve(name, { steps })
const read = async (name: Name, columns = '*') => fixture.read(await fixture.lake.scan(name), columns)
const ALL = 'epoch_ms(ts1), num1, txt1'

describe('columns', () => {
  test('are added, renamed, moved and widened without touching a file, and old rows are read through the new schema', async () => {
    const fields = [
      { name: 'num1', type: 'int32', nullable: false },
      { name: 'txt1', type: 'string', nullable: true },
    ]
    const name = await created(fields)
    await fixture.lake.append(name, { batches: [batchFromRows(fields, [[7, 'old']])], positions: {} })
    const before = (await fixture.lake.scan(name)).files
    const after = await evolve(
      name,
      { kind: 'add', field: { name: 'note', type: 'json', nullable: true }, after: null },
      { kind: 'rename', column: 'txt1', to: 'word' },
      { kind: 'widen', column: 'num1', to: 'int64' },
      { kind: 'move', column: 'num1', after: 'word' },
      { kind: 'relax', column: 'num1' },
    )
    expect(after).toEqual([
      { id: 3, name: 'note', type: 'json', nullable: true },
      { id: 2, name: 'word', type: 'string', nullable: true },
      { id: 1, name: 'num1', type: 'int64', nullable: true },
    ])
    expect((await fixture.lake.scan(name)).files).toEqual(before)
    await fixture.lake.append(name, { batches: [batchFromRows(after, [['{}', 'new', 2n ** 60n]])], positions: {} })
    expect(await read(name)).toEqual([
      [null, 'old', '7'],
      ['{}', 'new', String(2n ** 60n)],
    ])
    const pruned = await fixture.lake.scan(name, { bounds: [{ column: 'num1', min: 8 }] })
    expect([pruned.files.length, pruned.pruned]).toEqual([1, 1])
  })

  test('that were dropped do not come back under their name', async () => {
    const name = await created()
    await fixture.lake.append(name, { batches: [batch([[0, 1, 'secret']])], positions: {} })
    const [before] = await fixture.lake.snapshots(name)
    await evolve(name, { kind: 'drop', column: 'txt1' })
    await evolve(name, { kind: 'add', field: { name: 'txt1', type: 'string', nullable: true } })
    expect(await read(name, ALL)).toEqual([['0', '1', null]])
    expect(await fixture.read(await fixture.lake.scan(name, { snapshotId: before.id }), ALL)).toEqual([['0', '1', 'secret']])
  })

  test('widen as decimals to more digits, and their bounds still leave out files', async () => {
    const name = await created([{ name: 'dec1', type: 'decimal(4,2)', nullable: true }])
    expect(await evolve(name, { kind: 'widen', column: 'dec1', to: 'decimal(12,2)' })).toMatchObject([{ type: 'decimal(12,2)' }])
  })

  test.each<[string, SchemaStep, string]>([
    ['a drop of a column that a partition needs', { kind: 'drop', column: 'ts1' }, 'lake/column-needed'],
    ['a drop of an unknown column', { kind: 'drop', column: 'tx1' }, 'lake/unknown-column'],
    ['a name that is taken', { kind: 'rename', column: 'txt1', to: 'NUM1' }, 'lake/column-exists'],
    ['the name of a partition field', { kind: 'rename', column: 'txt1', to: 'ts1_day' }, 'lake/column-exists'],
    ['an added column without nulls', { kind: 'add', field: { name: 'x', type: 'int32', nullable: false } }, 'lake/required-column'],
    ['a narrower type', { kind: 'widen', column: 'num1', to: 'int32' }, 'lake/not-wider'],
    ['another type', { kind: 'widen', column: 'txt1', to: 'int64' }, 'lake/not-wider'],
    ['a type that tables do not hold', { kind: 'add', field: { name: 'x', type: 'map<int>', nullable: true } }, 'lake/unsupported-type'],
  ])('refuse %s', async (_what, step, code) => {
    const name = await created(FIELDS, ['day(ts1)'])
    await expect(evolve(name, step)).rejects.toMatchObject({ code, family: 'user' })
    expect((await fixture.lake.scan(name)).fields).toHaveLength(3)
  })

  test('that a view needs are neither dropped nor renamed, and the view is named', async () => {
    const name = await created()
    const neededBy = (column: string) => (column === 'txt1' ? ['ip_activity', 'by_path'] : [])
    await expect(fixture.lake.evolve(name, { steps: [{ kind: 'drop', column: 'txt1' }], neededBy })).rejects.toMatchObject({
      code: 'lake/column-needed',
      message: 'Column `txt1` cannot be dropped: `ip_activity`, `by_path` need it.',
    })
    const rename = fixture.lake.evolve(name, { steps: [{ kind: 'rename', column: 'txt1', to: 'word' }], neededBy })
    await expect(rename).rejects.toMatchObject({ code: 'lake/column-needed', message: expect.stringContaining('cannot be renamed') })
    await fixture.lake.evolve(name, { steps: [{ kind: 'drop', column: 'ts1' }], neededBy })
  })

  test('that another changed meanwhile are a conflict; rows that another appended are not', async () => {
    const name = await created()
    const race = async (meanwhile: () => Promise<unknown>) => {
      let done = false
      const pool = {
        connect: () => fixture.store.pool.connect(),
        async query(text: string, values?: unknown[]) {
          if (text.startsWith('UPDATE') && !done) {
            done = true
            await meanwhile()
          }
          return fixture.store.pool.query(text, values)
        },
      }
      return (await fixture.open({ pool })).evolve(name, { steps: [{ kind: 'rename', column: 'txt1', to: 'renamed' }] })
    }
    await expect(race(() => evolve(name, { kind: 'drop', column: 'ts1' }))).rejects.toMatchObject({ code: 'lake/conflict' })
    await race(() => fixture.lake.append(name, { batches: [batchFromRows(FIELDS.slice(1), [[1, 'a']])], positions: {} }))
    expect(await read(name)).toEqual([['1', 'a']])
    expect((await fixture.lake.scan(name)).fields.map((field) => field.name)).toEqual(['num1', 'renamed'])
  })
})

describe('fields of structs', () => {
  const NESTED: readonly Field[] = [
    { name: 'num1', type: 'int64', nullable: false },
    { name: 'place', type: 'struct<city:string,zip:int32>', nullable: true },
    { name: 'lines', type: 'list<struct<sku:string,price:decimal(6,2),at:struct<x:int32>>>', nullable: true },
  ]
  const OLD = [
    [1, '{"city":"a","zip":1}', '[{"sku":"s","price":"1.50","at":{"x":7}},null]'],
    [2, null, null],
    [3, '{"city":null,"zip":null}', '[]'],
  ]
  async function filled(): Promise<Name> {
    const name = await created(NESTED)
    await fixture.lake.append(name, { batches: [batchFromRows(NESTED, OLD)], positions: {} })
    return name
  }
  const rowsOf = (name: Name) => read(name, 'num1, to_json(place), to_json(lines)')
  const shown = (rows: unknown[][]) => rows.sort((a, b) => Number(a[0]) - Number(b[0]))

  test('are renamed, added, dropped, moved and widened, in structs and in lists of them, and old files are read through it', async () => {
    const name = await filled()
    const { files } = await fixture.lake.scan(name)
    const fields = await evolve(
      name,
      { kind: 'rename', column: 'place.city', to: 'town' },
      { kind: 'add', field: { name: 'place.street', type: 'string', nullable: true }, after: null },
      { kind: 'widen', column: 'place.zip', to: 'int64' },
      { kind: 'rename', column: 'lines.element.at.x', to: 'y' },
      { kind: 'widen', column: 'lines.element.price', to: 'decimal(12,2)' },
      { kind: 'drop', column: 'lines.element.sku' },
      { kind: 'add', field: { name: 'lines.element.tags', type: 'list<json>', nullable: true } },
      { kind: 'move', column: 'lines.element.at', after: null },
    )
    expect(fields.map(({ type }) => type)).toEqual([
      'int64',
      'struct<street:string,town:string,zip:int64>',
      'list<struct<at:struct<y:int32>,price:decimal(12,2),tags:list<json>>>',
    ])
    expect((await fixture.lake.scan(name)).files).toEqual(files)
    const old = [
      ['1', '{"street":null,"town":"a","zip":1}', '[{"at":{"y":7},"price":1.5,"tags":null},null]'],
      ['2', null, null],
      ['3', '{"street":null,"town":null,"zip":null}', '[]'],
    ]
    expect(await rowsOf(name)).toEqual(old)
    const fresh = [[4, '{"street":"r","town":"b","zip":9007199254740993}', '[{"at":null,"price":"0.01","tags":["{}"]}]']]
    await fixture.lake.append(name, { batches: [batchFromRows(fields, fresh)], positions: {} })
    const young = ['4', '{"street":"r","town":"b","zip":9007199254740993}', '[{"at":null,"price":0.01,"tags":["{}"]}]']
    expect(shown(await rowsOf(name))).toEqual([...old, young])
    await fixture.lake.deleteRows(name, { where: { fn: 'eq', args: [{ col: 'num1' }, { lit: '2', type: 'int64' }] } })
    await fixture.lake.compact(name)
    expect((await fixture.lake.scan(name)).files).toHaveLength(1)
    expect(shown(await rowsOf(name))).toEqual([old[0], old[2], young])
  })

  test('are told by their ids where names are exchanged, or come back', async () => {
    const name = await created([{ name: 'place', type: 'struct<a:int32,b:int32>', nullable: true }])
    const append = async (row: string) =>
      fixture.lake.append(name, { batches: [batchFromRows((await fixture.lake.scan(name)).fields, [[row]])], positions: {} })
    const first = await append('{"a":1,"b":2}')
    await evolve(
      name,
      { kind: 'rename', column: 'place.a', to: 'c' },
      { kind: 'rename', column: 'place.b', to: 'a' },
      { kind: 'rename', column: 'place.c', to: 'b' },
    )
    await append('{"b":1,"a":2}')
    const places = async () => (await read(name, 'to_json(place)')).flat()
    expect(await places()).toEqual(['{"b":1,"a":2}', '{"b":1,"a":2}'])
    await evolve(name, { kind: 'drop', column: 'place.a' })
    await evolve(name, { kind: 'add', field: { name: 'place.a', type: 'int32', nullable: true } })
    expect(await places()).toEqual(['{"b":1,"a":null}', '{"b":1,"a":null}'])
    await evolve(name, { kind: 'drop', column: 'place.b' })
    await append('{"a":5}')
    expect((await places()).sort()).toEqual(['{"a":5}', '{"a":null}', '{"a":null}'])
    await evolve(name, { kind: 'add', field: { name: 'extra', type: 'list<struct<q:int32>>', nullable: true } })
    await evolve(name, { kind: 'rename', column: 'extra.element.q', to: 'r' })
    expect(await read(name, 'extra')).toEqual([[null], [null], [null]])
    const past = await fixture.lake.scan(name, { snapshotId: first.id })
    expect(await fixture.read(past, 'to_json(place)')).toEqual([['{"a":1,"b":2}']])
  })

  test.each<[string, SchemaStep, string]>([
    ['a part of what is no struct', { kind: 'drop', column: 'num1.x' }, 'lake/unknown-column'],
    ['an unknown field', { kind: 'rename', column: 'place.ciy', to: 'x' }, 'lake/unknown-column'],
    ['a list without `element`', { kind: 'drop', column: 'lines.sku' }, 'lake/unknown-column'],
    ['a drop of what a list holds', { kind: 'drop', column: 'lines.element' }, 'lake/unknown-column'],
    ['a name that is taken', { kind: 'rename', column: 'place.city', to: 'ZIP' }, 'lake/column-exists'],
    ['a drop of the last field', { kind: 'drop', column: 'lines.element.at.x' }, 'lake/column-needed'],
    ['a narrower type', { kind: 'widen', column: 'place.zip', to: 'string' }, 'lake/not-wider'],
    ['a field without nulls', { kind: 'add', field: { name: 'place.n', type: 'int32', nullable: false } }, 'lake/required-column'],
  ])('are not changed by %s', async (_what, step, code) => {
    const name = await created(NESTED)
    await expect(evolve(name, step)).rejects.toMatchObject({ code, family: 'user' })
  })

  test('of a column that a view needs are neither dropped nor renamed', async () => {
    const name = await created(NESTED)
    const neededBy = (column: string) => (column === 'place' ? ['by_city'] : [])
    const steps: SchemaStep[] = [{ kind: 'rename', column: 'place.city', to: 'town' }]
    await expect(fixture.lake.evolve(name, { steps, neededBy })).rejects.toMatchObject({ code: 'lake/column-needed' })
  })

  test('come with a contract that has more of them, and are refused where it has fewer', async () => {
    const name = await filled()
    const [num1, place, lines] = NESTED
    const more = [
      num1,
      { ...place, type: 'struct<street:json,city:string,zip:int64>' },
      { ...lines, type: 'list<struct<sku:string,price:decimal(6,2),at:struct<x:int32,z:json>>>' },
    ]
    await fixture.lake.openTable(name, { fields: more, evolve: true })
    await fixture.lake.openTable(name, { fields: more, evolve: true })
    expect((await fixture.lake.scan(name)).fields.map(({ type }) => type)).toEqual(more.map(({ type }) => type))
    expect((await rowsOf(name))[0]).toEqual([
      '1',
      '{"street":null,"city":"a","zip":1}',
      '[{"sku":"s","price":1.5,"at":{"x":7,"z":null}},null]',
    ])
    await expect(fixture.lake.openTable(name, { fields: NESTED, evolve: true })).rejects.toMatchObject({ code: 'lake/schema-differs' })
  })
})

describe('opening a table with other columns', () => {
  const [ts1, num1, txt1] = FIELDS
  const flag = { name: 'flag1', type: 'boolean', nullable: true }

  test('gives it columns, nulls and the order asked for, and keeps its rows', async () => {
    const name = await created([{ ...num1, type: 'int32' }, txt1])
    const narrow = [{ ...num1, type: 'int32' }, txt1]
    await fixture.lake.append(name, { batches: [batchFromRows(narrow, [[1, 'a']])], positions: {} })
    const asked = [txt1, flag, { ...num1, nullable: true }, ts1]
    await fixture.lake.openTable(name, { fields: asked, evolve: true })
    await fixture.lake.openTable(name, { fields: asked })
    await fixture.lake.openTable(name, { fields: asked, evolve: true })
    await fixture.lake.append(name, { batches: [batchFromRows(asked, [['b', true, null, 5]])], positions: {} })
    expect(await read(name, 'txt1, flag1, num1, epoch_ms(ts1)')).toEqual([
      ['a', null, '1', null],
      ['b', true, null, '5'],
    ])
  })

  test.each<[string, readonly Field[], string]>([
    ['fewer columns', [ts1, num1], 'lake/schema-differs'],
    ['a narrower type', [ts1, { ...num1, type: 'int32' }, txt1], 'lake/not-wider'],
    ['a new column without nulls', [...FIELDS, { ...flag, nullable: false }], 'lake/required-column'],
  ])('is refused for %s', async (_what, fields, code) => {
    const name = await created()
    await expect(fixture.lake.openTable(name, { fields, evolve: true })).rejects.toMatchObject({ code, family: 'user' })
  })
})

describe('partitioning', () => {
  test('changes for later files only, and files of each spec are found by their own', async () => {
    const name = await created(FIELDS, ['day(ts1)'])
    const append = (...numbers: number[]) =>
      fixture.lake.append(name, { batches: [batch(numbers.map((number) => [number * 3_600_000, number, `txt${number}`]))], positions: {} })
    await append(0, 30)
    expect(await fixture.lake.repartition(name, ['hour(ts1)', 'bucket(8, txt1)'])).toEqual(['hour(ts1)', 'bucket(8, txt1)'])
    await append(0, 30, 31)
    expect(await fixture.lake.repartition(name, [])).toEqual([])
    await append(0, 30)
    const scan = async (where: { ts1?: number; txt1?: string }) => {
      const bounds = Object.entries(where).map(([column, value]) => ({ column, min: value, max: value }))
      const found = await fixture.lake.scan(name, { bounds })
      return [found.files.length, found.pruned]
    }
    expect(await scan({})).toEqual([6, 0])
    expect(await scan({ ts1: 31 * 3_600_000 })).toEqual([1, 5])
    expect(await scan({ txt1: 'txt30' })).toEqual([3, 3])
    expect(await fixture.lake.repartition(name, ['day(ts1)'])).toEqual(['day(ts1)'])
    await fixture.lake.openTable(name, { fields: FIELDS, partitionByDay: 'ts1' })
  })

  test.each([
    [['day(num1)'], /day does not apply to `num1`/],
    [['week(ts1)'], /there is no such transform/],
    [['bucket(ts1)'], /there is no such transform/],
    [['bucket(0, txt1)'], /there is no such transform/],
    [['txt2'], /did you mean `txt1`/],
    [['txt1', 'txt1'], /names txt1 twice/],
  ])('refuses %j', async (terms, message) => {
    const name = await created()
    await expect(fixture.lake.repartition(name, terms)).rejects.toMatchObject({
      code: 'lake/unknown-partition',
      message: expect.stringMatching(message),
    })
  })

  test('lets a column be dropped once no file and no later one is partitioned by it', async () => {
    const name = await created(FIELDS, ['day(ts1)'])
    const old = await fixture.lake.append(name, { batches: [batch([[0, 1, 'a']])], positions: {} })
    await fixture.lake.repartition(name, [])
    await expect(evolve(name, { kind: 'drop', column: 'ts1' })).rejects.toMatchObject({ code: 'lake/column-needed' })
    await fixture.lake.overwrite(name, { where: { lit: 'true', type: 'boolean' }, batches: [batch([[0, 2, 'b']])] })
    await evolve(name, { kind: 'drop', column: 'ts1' })
    expect(await read(name)).toEqual([['2', 'b']])
    expect(await fixture.read(await fixture.lake.scan(name, { snapshotId: old.id }), ALL)).toEqual([['0', '1', 'a']])
  })
})
