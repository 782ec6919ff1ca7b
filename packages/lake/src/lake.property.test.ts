import { batchFromRows, type Field } from '@millrace/columnar'
import type { Expr, MillraceError, Snapshot, TableName } from '@millrace/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LakeFixture, openFixture } from '../test/lake-fixture.ts'
import { filters, judge, type ModelColumn, type ModelRow, rows } from '../test/table-model.ts'
import type { SchemaStep } from './index.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)
const RUNS = Number(process.env.MILLRACE_RUNS ?? 12)
const START: readonly ModelColumn[] = [
  { name: 'ts1', type: 'timestamp' },
  { name: 'num1', type: 'int32' },
  { name: 'txt1', type: 'string' },
  { name: 'flag1', type: 'boolean' },
]
const TYPES = ['int64', 'int32', 'double', 'string', 'date', 'boolean', 'timestamp']

/** What a table is, kept naively: rows as objects, and a copy of everything at each snapshot. */
interface Model {
  columns: readonly ModelColumn[]
  rows: readonly ModelRow[]
  readonly history: Map<number, Pick<Model, 'columns' | 'rows'>>
  readonly tags: Map<string, number>
}

interface Table {
  readonly name: TableName
  readonly model: Model
}

const KINDS = [
  'append',
  'append',
  'append',
  'overwrite',
  'delete',
  'evolve',
  'evolve',
  'repartition',
  'compact',
  'tag',
  'expire',
  'travel',
  'sweep',
]
const operations = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), pick: fc.nat() }), { minLength: 4, maxLength: 18 })

let tables = 0

test(`any sequence of operations leaves what a naive table holds, now and at every snapshot (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (list) => {
      const table: Table = {
        name: { namespace: 'dev', table: `t${tables++}` },
        model: { columns: START, rows: [], history: new Map(), tags: new Map() },
      }
      await fixture.lake.openTable(table.name, { fields: fieldsOf(START) })
      for (const { kind, pick } of list) {
        await OPERATIONS[kind](table, pick)
        await compare(table, kind)
      }
      for (const id of table.model.history.keys()) await compareAt(table, id)
    }),
    { seed: SEED, numRuns: RUNS },
  )
}, 240_000)

/** A value of an arbitrary, told by a number. */
function drawn<T>(arbitrary: fc.Arbitrary<T>, pick: number): T {
  return fc.sample(arbitrary, { seed: pick, numRuns: 1 })[0]
}

const someRows = (model: Model, pick: number) => drawn(fc.array(rows(model.columns), { minLength: 1, maxLength: 6 }), pick)
const batchOf = (model: Model, list: readonly ModelRow[]) =>
  batchFromRows(
    fieldsOf(model.columns),
    list.map((row) => model.columns.map(({ name }) => row[name] ?? null)),
  )

const OPERATIONS: Readonly<Record<string, (table: Table, pick: number) => Promise<void>>> = {
  async append(table, pick) {
    const { name, model } = table
    const list = someRows(model, pick)
    const snapshot = await fixture.lake.append(name, { batches: [batchOf(model, list)], positions: {} })
    committed(model, snapshot, [...model.rows, ...list])
  },
  async overwrite(table, pick) {
    const { name, model } = table
    const where: Expr = drawn(filters(model.columns), pick)
    const list = someRows(model, pick + 1)
    const snapshot = await fixture.lake.overwrite(name, { where, batches: [batchOf(model, list)] })
    committed(model, snapshot, [...model.rows.filter((row) => judge(where, row) !== true), ...list])
  },
  async delete(table, pick) {
    const { name, model } = table
    const where: Expr = drawn(filters(model.columns), pick)
    const left = model.rows.filter((row) => judge(where, row) !== true)
    const before = await fixture.lake.current(name)
    const snapshot = await fixture.lake.deleteRows(name, { where })
    if (left.length === model.rows.length) expect(snapshot).toEqual(before)
    else committed(model, snapshot as Snapshot, left)
  },
  async evolve(table, pick) {
    const { name, model } = table
    const step = drawn(steps(model), pick)
    const refused = await fixture.lake.evolve(name, { steps: [step] }).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refused === undefined) return evolved(model, step)
    expect(step.kind).toBe('drop')
    expect((refused as MillraceError).code).toBe('lake/column-needed')
  },
  async repartition({ name, model }, pick) {
    await fixture.lake.repartition(name, drawn(specs(model.columns), pick))
  },
  async compact(table, pick) {
    const { name, model } = table
    const sortBy = pick % 3 === 0 ? [model.columns[pick % model.columns.length].name] : undefined
    const snapshot = await fixture.lake.compact(name, { targetBytes: pick % 2 === 0 ? 20_000 : 1_000_000, ...(sortBy && { sortBy }) })
    if (snapshot !== undefined) committed(model, snapshot, model.rows)
  },
  async tag({ name, model }, pick) {
    if (model.history.size === 0) return
    const [id] = [...model.history.keys()].slice(pick % model.history.size)
    const tag = `tag${model.tags.size}`
    await fixture.lake.tag(name, { tag, snapshotId: id })
    model.tags.set(tag, id)
  },
  async expire({ name, model }, pick) {
    const current = await fixture.lake.current(name)
    const { snapshots } = await fixture.lake.expire(name, { before: Date.now() + 1, keepLast: (pick % 3) + 1 })
    const named = new Set([...model.tags.values(), current?.id])
    for (const id of snapshots) {
      expect(named.has(id)).toBe(false)
      model.history.delete(id)
    }
  },
  async travel(table, pick) {
    const { model, name } = table
    const ids = [...model.history.keys()]
    if (ids.length > 0) await compareAt(table, ids[pick % ids.length])
    for (const [tag, id] of model.tags) expect((await fixture.lake.scan(name, { version: tag })).snapshot?.id).toBe(id)
  },
  async sweep({ name }) {
    await fixture.lake.sweepOrphans(name)
  },
}

function committed(model: Model, snapshot: Snapshot, list: readonly ModelRow[]): void {
  model.rows = list
  model.history.set(snapshot.id, { columns: model.columns, rows: list })
}

function steps({ columns }: Model): fc.Arbitrary<SchemaStep> {
  const column = fc.constantFrom(...columns.map(({ name }) => name))
  const fresh = fc
    .nat({ max: 999_999 })
    .map((n) => `c${n}`)
    .filter((name) => columns.every((column) => column.name !== name))
  const narrow = columns.filter(({ type }) => type === 'int32').map(({ name }) => name)
  const after = fc.option(column)
  return fc.oneof(
    fc
      .tuple(fresh, fc.constantFrom(...TYPES), after)
      .map(([name, type, place]): SchemaStep => ({ kind: 'add', field: { name, type, nullable: true }, after: place })),
    ...(columns.length > 2 ? [column.map((name): SchemaStep => ({ kind: 'drop', column: name }))] : []),
    fc.tuple(column, fresh).map(([name, to]): SchemaStep => ({ kind: 'rename', column: name, to })),
    column.chain((name) =>
      fc
        .option(fc.constantFrom(...columns.map((one) => one.name).filter((one) => one !== name)))
        .map((place): SchemaStep => ({ kind: 'move', column: name, after: place })),
    ),
    ...(narrow.length > 0 ? [fc.constantFrom(...narrow).map((name): SchemaStep => ({ kind: 'widen', column: name, to: 'int64' }))] : []),
  )
}

function evolved(model: Model, step: SchemaStep): void {
  const { columns } = model
  const insert = (list: readonly ModelColumn[], column: ModelColumn, after: string | null) =>
    list.toSpliced(after === null ? 0 : list.findIndex(({ name }) => name === after) + 1, 0, column)
  const at = columns.findIndex(({ name }) => step.kind !== 'add' && name === step.column)
  switch (step.kind) {
    case 'add':
      model.columns = insert(columns, { name: step.field.name, type: step.field.type }, step.after ?? null)
      return
    case 'drop':
      model.columns = columns.toSpliced(at, 1)
      model.rows = model.rows.map(({ [step.column]: _gone, ...row }) => row)
      return
    case 'rename':
      model.columns = columns.with(at, { ...columns[at], name: step.to })
      model.rows = model.rows.map(({ [step.column]: value, ...row }) => ({ ...row, [step.to]: value ?? null }))
      return
    case 'move':
      model.columns = insert(columns.toSpliced(at, 1), columns[at], step.after)
      return
    case 'widen':
      model.columns = columns.with(at, { ...columns[at], type: step.to })
  }
}

function specs(columns: readonly ModelColumn[]): fc.Arbitrary<string[]> {
  const terms = columns.flatMap(({ name, type }) => {
    if (type === 'timestamp') return [`day(${name})`, `hour(${name})`, `bucket(3, ${name})`]
    if (type === 'date') return [`month(${name})`, name]
    if (type === 'string') return [`truncate(1, ${name})`, `bucket(2, ${name})`]
    return type === 'int32' || type === 'int64' ? [`truncate(5, ${name})`, `bucket(4, ${name})`] : type === 'boolean' ? [name] : []
  })
  return fc.uniqueArray(fc.constantFrom(...terms, 'none'), { maxLength: 2 }).map((list) => list.filter((term) => term !== 'none'))
}

function fieldsOf(columns: readonly ModelColumn[]): Field[] {
  return columns.map(({ name, type }) => ({ name, type, nullable: true }))
}

async function compare({ name, model }: Table, kind: string): Promise<void> {
  const scan = await fixture.lake.scan(name)
  expect(
    scan.fields.map((field) => ({ name: field.name, type: field.type })),
    kind,
  ).toEqual(model.columns)
  expect(await shown(scan, model.columns), kind).toEqual(expected(model))
  expect(scan.snapshot?.rows ?? 0, kind).toBe(model.rows.length)
}

async function compareAt({ name, model }: Table, id: number): Promise<void> {
  const then = model.history.get(id) as Pick<Model, 'columns' | 'rows'>
  expect(await shown(await fixture.lake.scan(name, { snapshotId: id }), then.columns), `snapshot ${id}`).toEqual(expected(then))
}

async function shown(scan: Parameters<LakeFixture['read']>[0], columns: readonly ModelColumn[]): Promise<string[]> {
  const list = columns.map(({ name, type }) => {
    if (type === 'timestamp') return `epoch_ms("${name}")`
    return type === 'date' ? `datediff('day', DATE '1970-01-01', "${name}")` : `"${name}"`
  })
  const found = await fixture.read(scan, list.join(', '))
  return found.map((row) => row.map((value) => String(value)).join('|')).sort()
}

function expected({ columns, rows: list }: Pick<Model, 'columns' | 'rows'>): string[] {
  return list.map((row) => columns.map(({ name }) => String(row[name] ?? null)).join('|')).sort()
}
