import { describe, expect, it } from 'vitest'
import { col, fn, lit, planOf, txt } from '../../test/fixture.ts'
import { printPlan } from './plan-printer.ts'

const sources = (name: string): string => `read_parquet(['${name}.parquet'])`
const filter = {
  id: 'n2',
  kind: 'filter',
  input: 'n1',
  where: fn('and', fn('gte', col('int1'), lit('400', 'int32')), fn('starts_with', col('txt1'), txt("it's"))),
}

/** The text of one node's query. */
function queryOf(sql: string, name: string): string {
  const start = sql.indexOf(`"${name}" AS (`)
  return sql.slice(start, sql.indexOf('\n)', start) + 2)
}

describe('printPlan', () => {
  it('prints a scan with its stamps and event time', () => {
    expect(printPlan(planOf([]), { mode: 'exact', sources }).sql).toMatchInlineSnapshot(`
      "WITH
      "n1" AS (
        SELECT
          "_arrival",
          "_watermark",
          "ts1" AS "_event_time",
          "ts1",
          "txt1",
          "int1",
          "big1",
          "num1",
          "flag1",
          "bin1",
          "day1"
        FROM read_parquet(['events.parquet'])
      )
      SELECT
        "ts1",
        "txt1",
        "int1",
        "big1",
        "num1",
        "flag1",
        "bin1",
        "day1"
      FROM "n1""
    `)
  })

  it('prints a filter', () => {
    expect(queryOf(printPlan(planOf([filter]), { mode: 'exact', sources }).sql, 'n2')).toMatchInlineSnapshot(`
      ""n2" AS (
        SELECT *
        FROM "n1"
        WHERE ("int1" >= 400) AND starts_with("txt1", 'it''s')
      )"
    `)
  })

  it('prints a project that keeps stamps and moves the event time', () => {
    const project = {
      id: 'n2',
      kind: 'project',
      input: 'n1',
      columns: [
        { name: 'at1', expr: col('ts1'), event_time: true },
        { name: 'half', expr: fn('div', col('num1'), lit('2', 'int32')) },
      ],
    }
    expect(queryOf(printPlan(planOf([project]), { mode: 'exact', sources }).sql, 'n2')).toMatchInlineSnapshot(`
      ""n2" AS (
        SELECT
          "_arrival",
          "_watermark",
          "ts1" AS "_event_time",
          "ts1" AS "at1",
          CASE WHEN isfinite(("num1" / 2::DOUBLE)) THEN ("num1" / 2::DOUBLE) + 0.0e0 END AS "half"
        FROM "n1"
      )"
    `)
  })

  it('prints an exchange as nothing', () => {
    expect(
      queryOf(printPlan(planOf([{ id: 'n2', kind: 'exchange', input: 'n1', keys: ['txt1'] }]), { mode: 'exact', sources }).sql, 'n2'),
    ).toMatchInlineSnapshot(`
      ""n2" AS (
        SELECT *
        FROM "n1"
      )"
    `)
  })

  const hopping = {
    id: 'n3',
    kind: 'window-aggregate',
    input: 'n2',
    keys: ['txt1'],
    window: { kind: 'hopping', size_ms: 300_000, every_ms: 60_000, offset_ms: 1_000 },
    aggregates: [
      { name: 'hits', fn: 'count' },
      { name: 'distinct1', fn: 'count_distinct', args: [col('big1')], max: 10 },
      { name: 'sum1', fn: 'sum', args: [col('big1')] },
      { name: 'avg1', fn: 'avg', args: [col('num1')], where: col('flag1') },
      { name: 'max1', fn: 'max', args: [col('txt1')] },
    ],
  }

  it('prints a hopping window with the late predicate, and its inverse beside it', () => {
    const { sql, lateSql } = printPlan(planOf([filter, hopping]), { mode: 'as_served', sources })
    expect(queryOf(sql, 'n3')).toMatchInlineSnapshot(`
      ""n3" AS (
        SELECT
          make_timestamptz("_start" * 1000) AS "window_start",
          make_timestamptz(("_start" + 300000) * 1000) AS "window_end",
          make_timestamptz(("_start" + 299999) * 1000) AS "_event_time",
          "txt1",
          sum("_part0_0")::BIGINT AS "hits",
          least(count(DISTINCT "_value1_0"), 10) AS "distinct1",
          TRY_CAST(sum("_part2_0") AS BIGINT) AS "sum1",
          CASE WHEN isfinite(fsum("_part3_0") / sum("_part3_1")) THEN fsum("_part3_0") / sum("_part3_1") + 0.0e0 END AS "avg1",
          max("_part4_0") AS "max1"
        FROM (
          SELECT
            *,
            "_tile" - "_hop" * 60000 AS "_start"
          FROM (
            SELECT
              "_tile",
              "txt1",
              "_windows",
              "_value1_0",
              count(*) AS "_part0_0",
              sum("big1") AS "_part2_0",
              fsum("num1") FILTER (WHERE "flag1") AS "_part3_0",
              count("num1") FILTER (WHERE "flag1") AS "_part3_1",
              max("txt1") AS "_part4_0"
            FROM (
              SELECT
                *,
                epoch_ms("_event_time") - ((epoch_ms("_event_time") - (1000)) % 60000 + 60000) % 60000 AS "_tile",
                least(5, greatest(0, "_tile" + 359999 - epoch_ms("_watermark")) // 60000) AS "_windows",
                "big1" AS "_value1_0"
              FROM "n2"
            )
            GROUP BY "_tile", "txt1", "_windows", "_value1_0"
          )
          CROSS JOIN range(5) AS hops("_hop")
          WHERE "_hop" < "_windows"
        )
        GROUP BY "_start", "txt1"
      )"
    `)
    expect(lateSql?.slice(lateSql.indexOf('\nSELECT'))).toMatchInlineSnapshot(`
      "
      SELECT
        'events' AS "source",
        "_arrival" AS "arrival",
        CASE WHEN count(*) = 5 THEN 'all' ELSE 'some' END AS "late",
        count(*) AS "windows_missed",
        'n3' AS "node"
      FROM (
        SELECT *, epoch_ms("_event_time") - ((epoch_ms("_event_time") - (1000)) % 60000 + 60000) % 60000 - "_hop" * 60000 AS "_start"
        FROM "n2"
        CROSS JOIN range(5) AS hops("_hop")
      )
      WHERE "_start" + 300000 <= epoch_ms("_watermark")
      GROUP BY "_arrival""
    `)
  })

  it('prints no late predicate in mode exact and none over a window', () => {
    expect(printPlan(planOf([filter, hopping]), { mode: 'exact', sources })).toMatchObject({
      lateSql: undefined,
      sql: expect.not.stringContaining('epoch_ms("_watermark")'),
    })
    const again = {
      id: 'n4',
      kind: 'window-aggregate',
      input: 'n3',
      keys: ['txt1'],
      window: { kind: 'tumbling', size_ms: 3_600_000 },
      aggregates: [{ name: 'n', fn: 'count' }],
    }
    const { sql, lateSql } = printPlan(planOf([filter, hopping, again]), { mode: 'as_served', sources })
    expect(queryOf(sql, 'n4')).not.toContain('_watermark')
    expect(lateSql?.match(/AS "node"/g)).toHaveLength(1)
  })

  const other = {
    id: 'n4',
    kind: 'project',
    input: 'n1',
    columns: [
      { name: 'txt2', expr: col('txt1') },
      { name: 'big2', expr: col('big1') },
    ],
  }
  const join = { id: 'n5', kind: 'join', left: 'n2', right: 'n4', on: [['txt1', 'txt2']], type: 'interval', lower_ms: -5, upper_ms: 10 }

  it('prints an interval join without late rows on either side, and these beside it, each once', () => {
    const { sql, lateSql } = printPlan(planOf([filter, other, join]), { mode: 'as_served', sources })
    expect(queryOf(sql, 'n5')).toMatchInlineSnapshot(`
      ""n5" AS (
        SELECT
          greatest("l"."_event_time", "r"."_event_time") AS "_event_time",
          "l"."ts1",
          "l"."txt1",
          "l"."int1",
          "l"."big1",
          "l"."num1",
          "l"."flag1",
          "l"."bin1",
          "l"."day1",
          "r"."txt2",
          "r"."big2"
        FROM (
          SELECT *
          FROM "n2"
          WHERE "_event_time" >= "_watermark"
        ) AS "l"
        JOIN (
          SELECT *
          FROM "n4"
          WHERE "_event_time" >= "_watermark"
        ) AS "r"
        ON "l"."txt1" = "r"."txt2"
          AND epoch_ms("r"."_event_time") >= epoch_ms("l"."_event_time") + (-5)
          AND epoch_ms("r"."_event_time") <= epoch_ms("l"."_event_time") + (10)
      )"
    `)
    expect(lateSql?.slice(lateSql.indexOf('\nSELECT'))).toMatchInlineSnapshot(`
      "
      SELECT
        "source",
        "arrival",
        'all' AS "late",
        1 AS "windows_missed",
        'n5' AS "node"
      FROM (
        SELECT
          'events' AS "source",
          "_arrival" AS "arrival"
        FROM "n2"
        WHERE "_event_time" < "_watermark"
        UNION
        SELECT
          'events' AS "source",
          "_arrival" AS "arrival"
        FROM "n4"
        WHERE "_event_time" < "_watermark"
      )"
    `)
  })

  it('prints a left join of views at equal times as one DuckDB can hash, and judges no row', () => {
    const view = (id: string, size_ms: number): object => ({
      ...hopping,
      id,
      input: 'n1',
      window: { kind: 'tumbling', size_ms },
      aggregates: [],
    })
    const side = { id: 'n4', kind: 'project', input: 'b', columns: [{ name: 'key', expr: col('txt1') }] }
    const views = { ...join, left: 'a', how: 'left', on: [['txt1', 'key']], lower_ms: 0, upper_ms: 0 }
    const { sql, lateSql } = printPlan(planOf([view('a', 10), view('b', 20), side, views]), { mode: 'as_served', sources })
    expect(queryOf(sql, 'n5')).toMatchInlineSnapshot(`
      ""n5" AS (
        SELECT
          "l"."_event_time" AS "_event_time",
          "l"."window_start",
          "l"."window_end",
          "l"."txt1",
          "r"."key"
        FROM "a" AS "l"
        LEFT JOIN "n4" AS "r"
        ON "l"."txt1" = "r"."key"
          AND "r"."_event_time" = "l"."_event_time"
      )"
    `)
    expect(lateSql?.match(/AS "node"/g)).toHaveLength(2)
    expect(printPlan(planOf([filter, other, join]), { mode: 'exact', sources })).toMatchObject({
      lateSql: undefined,
      sql: expect.not.stringContaining('< "_watermark"'),
    })
  })

  it('refuses a score, which is no SQL', () => {
    const score = { id: 'n2', kind: 'score', input: 'n1', model: 'm', columns: [{ name: 'score', type: 'double' }] }
    expect(() => printPlan(planOf([score]), { mode: 'exact', sources })).toThrow(
      expect.objectContaining({ code: 'engine/unsupported', message: expect.stringContaining('node score') }),
    )
  })

  it('prints an aggregate over everything that gives no row of nothing', () => {
    const all = {
      id: 'n2',
      kind: 'window-aggregate',
      input: 'n1',
      keys: [],
      window: { kind: 'all' },
      aggregates: [{ name: 'n', fn: 'count' }],
    }
    expect(queryOf(printPlan(planOf([all]), { mode: 'as_served', sources }).sql, 'n2')).toMatchInlineSnapshot(`
      ""n2" AS (
        SELECT
          count(*) AS "n"
        FROM "n1"
        HAVING count(*) > 0
      )"
    `)
  })

  it('names queries apart whose ids differ in case only, and leaves out nodes that the output does not need', () => {
    const same = { id: 'N1', kind: 'filter', input: 'n1', where: lit('true', 'boolean') }
    const { sql } = printPlan({ ...planOf([same, { ...filter, id: 'unread' }]), output: planOf([same]).output }, { mode: 'exact', sources })
    expect(sql).toContain('"N1 2" AS (')
    expect(sql).not.toContain('unread')
  })

  it('refuses a window over rows without event time, and columns that differ in case only', () => {
    const all = { id: 'n2', kind: 'window-aggregate', input: 'n1', keys: ['txt1'], window: { kind: 'all' }, aggregates: [] }
    const over = {
      id: 'n3',
      kind: 'window-aggregate',
      input: 'n2',
      keys: ['txt1'],
      window: { kind: 'tumbling', size_ms: 1_000 },
      aggregates: [],
    }
    expect(() => printPlan(planOf([all, over]), { mode: 'exact', sources })).toThrow(
      expect.objectContaining({ code: 'plan/time-over-upsert' }),
    )
    const twins = {
      id: 'n2',
      kind: 'project',
      input: 'n1',
      columns: [
        { name: 'a', expr: col('txt1') },
        { name: 'A', expr: col('txt1') },
      ],
    }
    expect(() => printPlan(planOf([twins]), { mode: 'exact', sources })).toThrow(expect.objectContaining({ code: 'engine/unsupported' }))
  })
})
