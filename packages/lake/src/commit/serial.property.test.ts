import { batchFromRows } from '@millrace/columnar'
import { type Expr, MillraceError, type TableName } from '@millrace/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LakeFixture, openFixture } from '../../test/lake-fixture.ts'
import { filters, judge, type ModelColumn, type ModelRow, rows } from '../../test/table-model.ts'
import type { Lake } from '../index.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)
const RUNS = Number(process.env.MILLRACE_RUNS ?? 40)
const COLUMNS: readonly ModelColumn[] = [
  { name: 'num1', type: 'int64' },
  { name: 'txt1', type: 'string' },
]
const FIELDS = COLUMNS.map(({ name, type }) => ({ name, type, nullable: true }))

/** A change of a table, and what it makes of the rows. */
interface Change {
  readonly what: string
  run(lake: Lake, name: TableName): Promise<unknown>
  apply(list: readonly ModelRow[]): readonly ModelRow[]
}

const batch = (list: readonly ModelRow[]) =>
  batchFromRows(
    FIELDS,
    list.map((row) => COLUMNS.map(({ name }) => row[name])),
  )
const without = (list: readonly ModelRow[], where: Expr) => list.filter((row) => judge(where, row) !== true)

const some = fc.array(rows(COLUMNS), { minLength: 1, maxLength: 3 })
const append = some.map(
  (list): Change => ({
    what: `append ${JSON.stringify(list)}`,
    run: (lake, name) => lake.append(name, { batches: [batch(list)], positions: {} }),
    apply: (before) => [...before, ...list],
  }),
)
const overwrite = fc.tuple(filters(COLUMNS), some).map(
  ([where, list]): Change => ({
    what: `overwrite ${JSON.stringify(where)} by ${JSON.stringify(list)}`,
    run: (lake, name) => lake.overwrite(name, { where, batches: [batch(list)] }),
    apply: (before) => [...without(before, where), ...list],
  }),
)
const remove = filters(COLUMNS).map(
  (where): Change => ({
    what: `delete ${JSON.stringify(where)}`,
    run: (lake, name) => lake.deleteRows(name, { where }),
    apply: (before) => without(before, where),
  }),
)
const compact = fc.constantFrom(undefined, ['num1']).map(
  (sortBy): Change => ({
    what: `compact ${sortBy ?? ''}`,
    run: (lake, name) => lake.compact(name, sortBy === undefined ? {} : { sortBy }),
    apply: (before) => before,
  }),
)
const repartition = fc.constantFrom([], ['bucket(2, txt1)'], ['truncate(4, num1)']).map(
  (terms): Change => ({
    what: `partition by ${terms}`,
    run: (lake, name) => lake.repartition(name, terms),
    apply: (before) => before,
  }),
)
const change = fc.oneof(
  { arbitrary: append, weight: 2 },
  { arbitrary: overwrite, weight: 4 },
  { arbitrary: remove, weight: 3 },
  compact,
  repartition,
)

let tables = 0

test(`of two changes at once each is as if it came after the other, or the later one conflicts (seed ${SEED})`, async () => {
  let conflicts = 0
  let both = 0
  await fc.assert(
    fc.asyncProperty(fc.array(some, { maxLength: 3 }), change, change, async (start, slow, quick) => {
      const name = { namespace: 'dev', table: `t${tables++}` }
      await fixture.lake.openTable(name, { fields: FIELDS, partitionBy: ['truncate(8, num1)'] })
      for (const list of start) await fixture.lake.append(name, { batches: [batch(list)], positions: {} })
      const lost = await raced(name, slow, quick)
      const [before, now] = [start.flat(), await held(name)]
      if (lost) {
        conflicts++
        expect(now, `${quick.what} alone`).toEqual(shown(quick.apply(before)))
      } else {
        both++
        const serial = [shown(slow.apply(quick.apply(before))), shown(quick.apply(slow.apply(before)))]
        expect(serial, `${slow.what} and ${quick.what}`).toContainEqual(now)
      }
      expect(await fixture.lake.sweepOrphans(name)).toEqual([])
    }),
    { seed: SEED, numRuns: RUNS },
  )
  expect(Math.min(conflicts, both)).toBeGreaterThan(0)
}, 120_000)

/** Runs `slow`, and the whole of `quick` just before `slow` moves the pointer; whether `slow` was refused for it. */
async function raced(name: TableName, slow: Change, quick: Change): Promise<boolean> {
  let isDone = false
  const lake = await fixture.open({
    pool: {
      connect: () => fixture.store.pool.connect(),
      query: async (text, values) => {
        if (text.startsWith('UPDATE') && !isDone) {
          isDone = true
          await quick.run(fixture.lake, name)
        }
        return fixture.store.pool.query(text, values)
      },
    },
  })
  try {
    await slow.run(lake, name)
    // A change that found nothing to do never came to its commit.
    if (!isDone) await quick.run(fixture.lake, name)
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError)
    expect((error as MillraceError).code).toBe('lake/conflict')
    return true
  } finally {
    await lake.close()
  }
}

async function held(name: TableName): Promise<string[]> {
  const found = await fixture.read(await fixture.lake.scan(name), 'num1, txt1')
  return found.map((row) => row.map(String).join('|')).sort()
}

function shown(list: readonly ModelRow[]): string[] {
  return list.map((row) => COLUMNS.map(({ name }) => String(row[name])).join('|')).sort()
}
