import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Duckdb, openDuckdb } from './open-duckdb.ts'
import { runReadOnlySql } from './run-read-only-sql.ts'
import { type PastState, writeTimeTravel } from './time-travel.ts'

let duckdb: Duckdb
beforeAll(async () => {
  duckdb = await openDuckdb()
})
afterAll(() => duckdb.close())

const views = [
  { name: 't', sql: "(SELECT 'now' AS state, 1 AS x, 0 AS _arrival)" },
  { name: 'other', sql: '(SELECT 1 AS x, 7 AS y)' },
  { name: 'Odd "name"', sql: '(SELECT 3 AS z)' },
]
const asked: string[] = []
const asOf = async (table: string, state: PastState) => {
  asked.push(`${table} ${JSON.stringify(state)}`)
  return `(SELECT '${'version' in state ? state.version : new Date(state.time).toISOString()}' AS state, 1 AS x, 5 AS _arrival)`
}
async function rows(sql: string) {
  asked.length = 0
  return (await runReadOnlySql(duckdb, { sql, views, limit: 10, asOf })).rows
}
const TAG_2 = '9007199254740993'

describe('a table as it was', () => {
  it.each<[string, unknown[][]]>([
    ['select state from t for version as of 12', [['12']]],
    [`select state from t for version as of ${TAG_2}`, [[TAG_2]]],
    ["select state from t for version as of 'my tag'", [['my tag']]],
    ['select state from t for version as of audit', [['audit']]],
    ['select state from t for version as of "Audit ""1"""', [['Audit "1"']]],
    ['SELECT t.state FROM t FOR SYSTEM_VERSION AS OF 12 WHERE t.x = 1', [['12']]],
    ['select a.state, b.state, t.state from t for version as of 1 a join t for version as of 2 as b using (x), t', [['1', '2', 'now']]],
    ["select state from t for timestamp as of '2026-01-31T12:00:00Z'", [['2026-01-31T12:00:00.000Z']]],
    ["select state from t for timestamp as of '2026-01-31 12:00:00.1239'", [['2026-01-31T12:00:00.123Z']]],
    ["select state from t for timestamp as of '2026-01-31'", [['2026-01-31T00:00:00.000Z']]],
    ["select state from t for timestamp as of '2026-01-31 12:00:00+02:00'", [['2026-01-31T10:00:00.000Z']]],
    ["select state from t for system_time as of timestamp '2026-01-31 12:00'", [['2026-01-31T12:00:00.000Z']]],
    ['select state from t for timestamp as of 1000', [['1970-01-01T00:00:01.000Z']]],
    ['select state from t at (version => 4)', [['4']]],
    ['select u.a from t for version as of 4 as u(a, b) where u.b = 1', [['4']]],
    ['select "U".state from t for version as of 4 "U" left join other for version as of 5 using (x)', [['4']]],
    ['select state from t for version as of 4 limit 1', [['4']]],
    ['select state from (select * from t for version as of 3) where x = 1', [['3']]],
    ['with old as (select * from t for version as of 3) select state from old union all select state from t', [['3'], ['now']]],
    ['select count(*) from t for version as of 3 for_x where for_x.x in (select x from other)', [[1]]],
    ['select state, _arrival from t for version as of 3', [['3', 5]]],
    ['select * from t for version as of 3', [['3', 1]]],
  ])('%s', async (sql, expected) => expect(await rows(sql)).toEqual(expected))

  it.each<[string, unknown[][]]>([
    ["select 'for version as of 3' as s -- for version as of 3", [['for version as of 3']]],
    ['select state /* t for version as of /* 3 */ 4 */ from t', [['now']]],
    [
      "select $q$t for version as of 3$q$ || $$ it's $$ || e'\\' for version as of 5' as s",
      [["t for version as of 3 it's ' for version as of 5"]],
    ],
    ['select 1 as "x for version as of 3"', [[1]]],
    ['select [v for v in [1, 2] if v > 1] as l, substring(state from 1 for 2) as s from t', [[[2], 'no']]],
    ['select z from "Odd ""name"""', [[3]]],
  ])('is not read by words that are no code: %s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected)
    expect(asked).toEqual([])
  })

  it('is read once for each state that a statement names', async () => {
    await rows('select * from t for version as of 3 a, t for version as of 3 b, other for version as of 3 c')
    expect(asked).toEqual(['t {"version":"3"}', 'other {"version":"3"}'])
  })

  it.each([
    ['select * from t for version as of', /stands a snapshot's id or a tag, not the end/],
    ['select * from t for version as of (3)', /not \(/],
    ['select * from t for version as of -3', /not -/],
    ["select * from t for timestamp as of 'yesterday'", /stands a time, not yesterday/],
    ['select * from t at (version => 1 + 1)', /not what is no literal/],
    ['with t as (select 1) select * from t for version as of 3', /is a query of the statement/],
  ])('is refused in a sentence: %s', async (sql, message) => {
    await expect(rows(sql)).rejects.toMatchObject({ code: 'sql/time-travel', family: 'user', message: expect.stringMatching(message) })
  })

  it('must exist, by its own name', async () => {
    await expect(rows('select * from tt for version as of 3')).rejects.toMatchObject({ code: 'sql/unknown-table', facts: { asked: 'tt' } })
    const nowhere = runReadOnlySql(duckdb, { sql: 'select * from t for version as of 3', views, limit: 1 })
    await expect(nowhere).rejects.toMatchObject({ code: 'sql/time-travel' })
  })
})

it('keeps every later character in its place, so that errors point where the user wrote', () => {
  const sql = "select * from t for timestamp as of '2026-01-31' where nonsense"
  const written = writeTimeTravel(sql, { keywords: new Set(['where']) })
  expect(written.length).toBe(sql.length)
  expect(written.indexOf('nonsense')).toBe(sql.indexOf('nonsense'))
  expect(writeTimeTravel('t for version as of x', { keywords: new Set() })).toBe("t at (version => 'x')")
})
