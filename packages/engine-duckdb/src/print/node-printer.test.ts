import { checkPlan } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { col, fn, lit, planOf } from '../../test/fixture.ts'
import { printPlan } from './plan-printer.ts'

const sources = (name: string): string => `read_parquet(['${name}.parquet'])`
const NARROW = {
  id: 'n2',
  kind: 'project',
  input: 'n1',
  columns: [
    { name: 'txt1', expr: col('txt1') },
    { name: 'int1', expr: col('int1') },
  ],
}
const PAST = {
  id: 'n3',
  kind: 'project',
  input: 'n1',
  columns: [
    { name: 'txt2', expr: col('txt1') },
    { name: 'int2', expr: col('int1') },
    { name: 'gone2', expr: col('flag1') },
  ],
}
const SUM = { name: 'total', fn: 'sum', args: [col('int1')], where: fn('gt', col('int1'), lit('1', 'int32')) }

/** The last node's query. */
function queryOf(nodes: readonly object[], mode: 'as_served' | 'exact' = 'as_served'): string {
  const { sql } = printPlan(planOf([NARROW, ...nodes]), { mode, sources })
  const { id } = nodes[nodes.length - 1] as { id: string }
  const start = sql.indexOf(`"${id}" AS (`)
  return sql.slice(start, sql.indexOf('\n)', start) + 2)
}

/** What the plan's last node refuses. */
function lateOf(nodes: readonly object[]): string {
  const { lateSql = '' } = printPlan(planOf([NARROW, ...nodes]), { mode: 'as_served', sources })
  return lateSql.slice(lateSql.indexOf('\nSELECT') + 1)
}

const session = {
  id: 'w',
  kind: 'window-aggregate',
  input: 'n2',
  keys: ['txt1'],
  window: { kind: 'session', gap_ms: 10 },
  aggregates: [SUM],
}
const dedupe = { id: 'd', kind: 'dedupe', input: 'n2', keys: ['txt1'], horizon_ms: 10 }
const asOf = { id: 'j', kind: 'join', type: 'as-of', left: 'n2', right: 'n3', on: [['txt1', 'txt2']], max_age_ms: 9 }

describe('a node is printed as one query', () => {
  it('session', () => {
    expect(queryOf([session])).toMatchInlineSnapshot(`
      ""w" AS (
        SELECT
          make_timestamptz(min("_time") * 1000) AS "window_start",
          make_timestamptz((max("_time") + 10) * 1000) AS "window_end",
          make_timestamptz((max("_time") + 9) * 1000) AS "_event_time",
          "txt1",
          TRY_CAST(sum("int1") FILTER (WHERE "int1" > 1) AS BIGINT) AS "total"
        FROM (
          SELECT
            *,
            sum("_begins") OVER (PARTITION BY "txt1" ORDER BY "_time") AS "_session"
          FROM (
            SELECT
              *,
              CASE WHEN "_time" - lag("_time") OVER (PARTITION BY "txt1" ORDER BY "_time") <= 10 THEN 0 ELSE 1 END AS "_begins"
            FROM (
              SELECT
                *,
                epoch_ms("_event_time") AS "_time"
              FROM "n2"
              WHERE "_event_time" >= "_watermark"
            )
          )
        )
        GROUP BY "_session", "txt1"
      )"
    `)
    expect(lateOf([session])).toMatchInlineSnapshot(`
      "SELECT
        'events' AS "source",
        "_arrival" AS "arrival",
        'all' AS "late",
        1 AS "windows_missed",
        'w' AS "node"
      FROM "n2"
      WHERE "_event_time" < "_watermark""
    `)
  })

  it('calendar', () => {
    const days = { ...session, window: { kind: 'calendar', unit: 'week', zone: 'UTC' } }
    expect(queryOf([days])).toMatchInlineSnapshot(`
      ""w" AS (
        SELECT
          make_timestamptz("_from" * 1000) AS "window_start",
          make_timestamptz("_until" * 1000) AS "window_end",
          make_timestamptz(("_until" - 1) * 1000) AS "_event_time",
          "txt1",
          "total"
        FROM (
          SELECT
            *,
            "_start" - (0) AS "_from",
            "_next" - (0) AS "_until"
          FROM (
            SELECT
              *,
              "_start" + 604800000 AS "_next"
            FROM (
              SELECT
                "_start",
                "txt1",
                TRY_CAST(sum("int1") FILTER (WHERE "int1" > 1) AS BIGINT) AS "total"
              FROM (
                SELECT
                  *,
                  ("_event_time_ms" + 0) - ((("_event_time_ms" + 0) - 345600000) % 604800000 + 604800000) % 604800000 AS "_start",
                  ("_watermark_ms" + 0) - ((("_watermark_ms" + 0) - 345600000) % 604800000 + 604800000) % 604800000 AS "_passed"
                FROM (
                  SELECT
                    *,
                    epoch_ms("_event_time") AS "_event_time_ms",
                    epoch_ms("_watermark") AS "_watermark_ms"
                  FROM "n2"
                )
              )
              WHERE ("_passed" > "_start") IS NOT TRUE
              GROUP BY "_start", "txt1"
            )
          )
        )
      )"
    `)
    expect(queryOf([days], 'exact')).not.toContain('_passed')
    expect(lateOf([days])).toMatchInlineSnapshot(`
      "SELECT
        'events' AS "source",
        "_arrival" AS "arrival",
        'all' AS "late",
        1 AS "windows_missed",
        'w' AS "node"
      FROM (
        SELECT
          *,
          ("_event_time_ms" + 0) - ((("_event_time_ms" + 0) - 345600000) % 604800000 + 604800000) % 604800000 AS "_start",
          ("_watermark_ms" + 0) - ((("_watermark_ms" + 0) - 345600000) % 604800000 + 604800000) % 604800000 AS "_passed"
        FROM (
          SELECT
            *,
            epoch_ms("_event_time") AS "_event_time_ms",
            epoch_ms("_watermark") AS "_watermark_ms"
          FROM "n2"
        )
      )
      WHERE "_passed" > "_start""
    `)
  })

  it('over-aggregate', () => {
    expect(
      queryOf([{ id: 'o', kind: 'over-aggregate', input: 'n2', keys: ['txt1'], range_ms: 10, aggregates: [SUM] }]),
    ).toMatchInlineSnapshot(`
      ""o" AS (
        SELECT
          "_arrival",
          "_event_time",
          "txt1",
          "int1",
          TRY_CAST(sum("int1") FILTER (WHERE "int1" > 1) OVER "_range" AS BIGINT) AS "total"
        FROM "n2"
        WHERE "_event_time" >= "_watermark"
        WINDOW "_range" AS (PARTITION BY "txt1" ORDER BY epoch_ms("_event_time") RANGE BETWEEN 10 PRECEDING AND CURRENT ROW)
      )"
    `)
  })

  it('dedupe', () => {
    expect(queryOf([dedupe])).toMatchInlineSnapshot(`
      ""d" AS (
        SELECT
          "_arrival",
          "_event_time",
          "txt1",
          "int1"
        FROM "n2"
        WHERE "_event_time" >= "_watermark"
        QUALIFY (epoch_ms("_event_time") - lag(epoch_ms("_event_time")) OVER (PARTITION BY "txt1" ORDER BY "_event_time" ASC NULLS FIRST, "_arrival" ASC NULLS FIRST) <= 10) IS NOT TRUE
      )"
    `)
    expect(queryOf([dedupe], 'exact')).not.toContain('_watermark')
  })

  it('latest', () => {
    expect(queryOf([PAST, { id: 'c', kind: 'latest', input: 'n3', keys: ['txt2'], deleted: 'gone2' }])).toMatchInlineSnapshot(`
      ""c" AS (
        SELECT
          "_arrival",
          "_event_time",
          "txt2",
          "int2",
          "gone2"
        FROM (
          SELECT
            *
          FROM "n3"
          QUALIFY row_number() OVER (PARTITION BY "txt2" ORDER BY "_event_time" DESC NULLS LAST, "_arrival" DESC NULLS LAST) = 1
        )
        WHERE "gone2" IS NOT TRUE
      )"
    `)
  })

  it('union of rows with and without stamps', () => {
    const union = { id: 'u', kind: 'union', inputs: ['d', 'n2'] }
    expect(queryOf([dedupe, union])).toMatchInlineSnapshot(`
      ""u" AS (
        SELECT
          "_arrival",
          0 AS "_position",
          NULL::VARCHAR AS "_source",
          NULL::TIMESTAMPTZ AS "_watermark",
          "_event_time",
          "txt1",
          "int1"
        FROM "d"
        UNION ALL
        SELECT
          "_arrival",
          1 AS "_position",
          'events' AS "_source",
          "_watermark",
          "_event_time",
          "txt1",
          "int1"
        FROM "n2"
      )"
    `)
    expect(queryOf([dedupe, union, { ...dedupe, id: 'e', input: 'u' }])).toMatchInlineSnapshot(`
      ""e" AS (
        SELECT
          "_arrival",
          "_position",
          "_event_time",
          "txt1",
          "int1"
        FROM "u"
        WHERE ("_event_time" < "_watermark") IS NOT TRUE
        QUALIFY (epoch_ms("_event_time") - lag(epoch_ms("_event_time")) OVER (PARTITION BY "txt1" ORDER BY "_event_time" ASC NULLS FIRST, "_arrival" ASC NULLS FIRST, "_position" ASC NULLS FIRST) <= 10) IS NOT TRUE
      )"
    `)
  })

  it('top-n', () => {
    const all = { ...session, window: { kind: 'all' } }
    const top = { id: 't', kind: 'top-n', input: 'w', per: ['txt1'], order_by: [['total', 'desc']], n: 3, rank: 'place' }
    expect(queryOf([all, top])).toMatchInlineSnapshot(`
      ""t" AS (
        SELECT
          "txt1",
          "total",
          "_rank" AS "place"
        FROM (
          SELECT
            *,
            row_number() OVER (PARTITION BY "txt1" ORDER BY "total" DESC NULLS LAST) AS "_rank"
          FROM "w"
        )
        WHERE "_rank" <= 3
      )"
    `)
  })

  it('as-of join', () => {
    expect(queryOf([PAST, asOf])).toMatchInlineSnapshot(`
      ""j" AS (
        SELECT
          "l"."_arrival",
          "l"."_event_time",
          "l"."txt1",
          "l"."int1",
          "r"."txt2",
          "r"."int2",
          "r"."gone2"
        FROM (
          SELECT *
          FROM "n2"
          WHERE "_event_time" >= "_watermark"
        ) AS "l"
        ASOF JOIN (
          SELECT
            *
          FROM "n3"
          WHERE "_event_time" >= "_watermark" AND "txt2" IS NOT NULL
          QUALIFY row_number() OVER (PARTITION BY "txt2", "_event_time" ORDER BY "_arrival" DESC NULLS LAST) = 1
        ) AS "r"
        ON "l"."txt1" = "r"."txt2"
          AND "l"."_event_time" >= "r"."_event_time"
        WHERE epoch_ms("l"."_event_time") - epoch_ms("r"."_event_time") <= 9
      )"
    `)
    expect(queryOf([PAST, { ...asOf, how: 'left', strict: true }])).toMatchInlineSnapshot(`
      ""j" AS (
        SELECT
          "l"."_arrival",
          "l"."_event_time",
          "l"."txt1",
          "l"."int1",
          CASE WHEN epoch_ms("l"."_event_time") - epoch_ms("r"."_event_time") <= 9 THEN "r"."txt2" END AS "txt2",
          CASE WHEN epoch_ms("l"."_event_time") - epoch_ms("r"."_event_time") <= 9 THEN "r"."int2" END AS "int2",
          CASE WHEN epoch_ms("l"."_event_time") - epoch_ms("r"."_event_time") <= 9 THEN "r"."gone2" END AS "gone2"
        FROM (
          SELECT *
          FROM "n2"
          WHERE "_event_time" >= "_watermark"
        ) AS "l"
        ASOF LEFT JOIN (
          SELECT
            *
          FROM "n3"
          WHERE "_event_time" >= "_watermark" AND "txt2" IS NOT NULL
          QUALIFY row_number() OVER (PARTITION BY "txt2", "_event_time" ORDER BY "_arrival" DESC NULLS LAST) = 1
        ) AS "r"
        ON "l"."txt1" = "r"."txt2"
          AND "l"."_event_time" > "r"."_event_time"
      )"
    `)
  })

  it('lookup join', () => {
    const current = { id: 'c', kind: 'latest', input: 'n3', keys: ['txt2'], deleted: 'gone2' }
    const lookup = { id: 'j', kind: 'join', type: 'lookup', left: 'n2', right: 'c', on: [['txt1', 'txt2']], how: 'left' }
    expect(queryOf([PAST, current, lookup])).toMatchInlineSnapshot(`
      ""j" AS (
        SELECT
          "l"."_arrival",
          "l"."_watermark",
          "l"."_event_time",
          "l"."txt1",
          "l"."int1",
          CASE WHEN "r"."_gone" IS FALSE THEN "r"."txt2" END AS "txt2",
          CASE WHEN "r"."_gone" IS FALSE THEN "r"."int2" END AS "int2",
          CASE WHEN "r"."_gone" IS FALSE THEN "r"."gone2" END AS "gone2"
        FROM "n2" AS "l"
        ASOF LEFT JOIN (
          SELECT
            *
          FROM (
            SELECT
              "_arrival" AS "_since",
              "gone2" IS TRUE AS "_gone",
              "_arrival",
              "_event_time",
              "txt2",
              "int2",
              "gone2"
            FROM "n3"
            QUALIFY "_event_time" = max("_event_time") OVER (PARTITION BY "txt2" ORDER BY "_arrival")
          )
          WHERE "txt2" IS NOT NULL
        ) AS "r"
        ON "l"."txt1" = "r"."txt2"
          AND "l"."_arrival" > "r"."_since"
      )"
    `)
    const sums = { ...session, id: 'c', input: 'n3', keys: ['txt2'], window: { kind: 'all' }, aggregates: [{ name: 'n', fn: 'count' }] }
    expect(queryOf([PAST, sums, { ...lookup, how: 'inner' }])).toMatchInlineSnapshot(`
      ""j" AS (
        SELECT
          "l"."_arrival",
          "l"."_watermark",
          "l"."_event_time",
          "l"."txt1",
          "l"."int1",
          "r"."txt2",
          "r"."n"
        FROM "n2" AS "l"
        ASOF JOIN (
          SELECT
            *
          FROM (
            SELECT
              "_arrival" AS "_since",
              false AS "_gone",
              "txt2",
              count(*) OVER (PARTITION BY "txt2" ORDER BY "_arrival") AS "n"
            FROM "n3"
          )
          WHERE "txt2" IS NOT NULL
        ) AS "r"
        ON "l"."txt1" = "r"."txt2"
          AND "l"."_arrival" > "r"."_since"
        WHERE "r"."_gone" IS FALSE
      )"
    `)
  })

  it('a sink passes on', () => {
    expect(queryOf([{ id: 's', kind: 'sink', input: 'n2', to: 'warehouse' }])).toMatchInlineSnapshot(`
      ""s" AS (
        SELECT *
        FROM "n2"
      )"
    `)
  })
})

it('a late policy that corrects moves the stamps back where they are read', () => {
  const { sources: given, nodes, output } = planOf([NARROW, session]).plan
  const plan = checkPlan({ millrace_plan: 1, sources: [{ ...given[0], late: { revise: '1m' } }], nodes, output })
  expect(printPlan(plan, { mode: 'as_served', sources }).sql).toContain(
    'make_timestamptz(epoch_us("_watermark") - 60000000) AS "_watermark"',
  )
})
