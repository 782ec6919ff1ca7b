import { type CheckedPlan, checkPlan, type Expr, type PlanNode } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { printPlan } from './plan-printer.ts'

/** A plan over `events` and `others`, each read by a scan of its name; the last node is the output. */
function planOf(...nodes: readonly object[]): CheckedPlan {
  const source = (name: string, n: number) => ({
    name,
    event_time: `ts${n}`,
    key: [`txt${n}`],
    watermark_delay_ms: 0,
    late: 'keep' as const,
    fields: [
      { name: `ts${n}`, type: 'timestamp' },
      { name: `txt${n}`, type: 'string', nullable: true },
      { name: `big${n}`, type: 'int64', nullable: true },
      { name: `num${n}`, type: 'double', nullable: true },
    ],
  })
  const sources = [source('events', 1), source('others', 2)].filter(
    ({ name }) => name === 'events' || JSON.stringify(nodes).includes('"others"'),
  )
  const scans = sources.map(({ name }) => ({ id: name, kind: 'scan', source: name }))
  const all = [...scans, ...nodes] as PlanNode[]
  return checkPlan({ millrace_plan: 1, sources, nodes: all, output: (all.at(-1) as PlanNode).id })
}

const printed = (...nodes: readonly object[]) =>
  printPlan(planOf(...nodes), { mode: 'as_served', sources: (name) => `\`topic of ${name}\`` })

/** The text of one node's query. */
function queryOf(sql: string, name: string): string {
  const start = sql.indexOf(`\`${name}\` AS (`)
  return sql.slice(start, sql.indexOf('\n)', start) + 2)
}

const col = (name: string): Expr => ({ col: name })
const fn = (name: string, ...args: Expr[]): Expr => ({ fn: name, args })
const project = (expr: Expr) => ({ id: 'p', kind: 'project', input: 'events', columns: [{ name: 'x', expr }] })
const count = { name: 'n', fn: 'count' }

describe('printPlan', () => {
  it('leaves heartbeats out of a scan, and carries times as epoch ms', () => {
    expect(
      printed({ id: 'f', kind: 'filter', input: 'events', where: fn('gt', col('big1'), { lit: '4', type: 'int32' }) }).sql,
    ).toMatchInlineSnapshot(`
        "WITH
        \`events\` AS (
          SELECT
            \`_arrival\`,
            (EXTRACT(EPOCH FROM \`_watermark\`) * 1000 + EXTRACT(MILLISECOND FROM \`_watermark\`)) AS \`_watermark_ms\`,
            (EXTRACT(EPOCH FROM \`ts1\`) * 1000 + EXTRACT(MILLISECOND FROM \`ts1\`)) AS \`_time_ms\`,
            \`ts1\`,
            \`txt1\`,
            \`big1\`,
            \`num1\`
          FROM \`topic of events\`
          WHERE \`_kind\` = 'row'
        ),
        \`f\` AS (
          SELECT
            \`_arrival\`,
            \`_watermark_ms\`,
            \`_time_ms\`,
            \`ts1\`,
            \`txt1\`,
            \`big1\`,
            \`num1\`
          FROM \`events\`
          WHERE \`big1\` > CAST(CAST('4' AS INT) AS BIGINT)
        )
        SELECT
          \`ts1\`,
          \`txt1\`,
          \`big1\`,
          \`num1\`
        FROM \`f\`"
      `)
  })

  it('keeps int64 exact: what leaves it is null', () => {
    expect(queryOf(printed(project(fn('add', col('big1'), { lit: '1', type: 'int64' }))).sql, 'p')).toMatchInlineSnapshot(`
      "\`p\` AS (
        SELECT
          \`_arrival\`,
          \`_watermark_ms\`,
          \`_time_ms\`,
          TRY_CAST(CAST(TRY_CAST(\`big1\` AS DECIMAL(38, 0)) + TRY_CAST(CAST('1' AS BIGINT) AS DECIMAL(38, 0)) AS STRING) AS BIGINT) AS \`x\`
        FROM \`events\`
      )"
    `)
  })

  it('orders texts by a form of which all orders are one', () => {
    expect(queryOf(printed(project(fn('lt', col('txt1'), { lit: "it's\n", type: 'string' }))).sql, 'p')).toMatchInlineSnapshot(`
      "\`p\` AS (
        SELECT
          \`_arrival\`,
          \`_watermark_ms\`,
          \`_time_ms\`,
          HEX(\`txt1\`) < HEX(CAST(U&'it''s\\000a' AS STRING)) AS \`x\`
        FROM \`events\`
      )"
    `)
  })

  it('names what would have to be written out twice', () => {
    const sum = fn('add', fn('add', col('num1'), col('num1')), fn('mul', col('num1'), fn('sub', col('num1'), col('num1'))))
    expect(queryOf(printed(project(fn('sqrt', sum))).sql, 'p')).toMatchInlineSnapshot(`
      "\`p\` AS (
        SELECT
          \`_arrival\`,
          \`_watermark_ms\`,
          \`_time_ms\`,
          CASE WHEN CASE WHEN \`_v0\` >= 0 THEN SQRT(\`_v0\`) END >= -1.7976931348623157E308 AND CASE WHEN \`_v0\` >= 0 THEN SQRT(\`_v0\`) END <= 1.7976931348623157E308 THEN CASE WHEN \`_v0\` >= 0 THEN SQRT(\`_v0\`) END + 0E0 END AS \`x\`
        FROM (
          SELECT
            *,
            CASE WHEN RAND_INTEGER(1) = 0 THEN CASE WHEN ((\`num1\` + \`num1\`) + (\`num1\` * (\`num1\` - \`num1\`))) >= -1.7976931348623157E308 AND ((\`num1\` + \`num1\`) + (\`num1\` * (\`num1\` - \`num1\`))) <= 1.7976931348623157E308 THEN ((\`num1\` + \`num1\`) + (\`num1\` * (\`num1\` - \`num1\`))) + 0E0 END END AS \`_v0\`
          FROM \`events\`
        )
      )"
    `)
  })
})

const hopping = () =>
  printed({
    id: 'w',
    kind: 'window-aggregate',
    input: 'events',
    keys: ['txt1'],
    window: { kind: 'hopping', size_ms: 10_000, every_ms: 5000 },
    aggregates: [count, { name: 'total', fn: 'sum', args: [col('big1')] }],
  })

describe('printPlan, of several rows', () => {
  it('applies the late predicate per window', () => {
    const { sql } = hopping()
    expect(queryOf(sql, 'w')).toMatchInlineSnapshot(`
      "\`w\` AS (
        SELECT
          TO_TIMESTAMP_LTZ(CAST(0 AS BIGINT), 3) + (\`_start\`) * INTERVAL '0.001' SECOND AS \`window_start\`,
          TO_TIMESTAMP_LTZ(CAST(0 AS BIGINT), 3) + (\`_start\` + 10000) * INTERVAL '0.001' SECOND AS \`window_end\`,
          \`_start\` + 9999 AS \`_time_ms\`,
          \`txt1\`,
          \`n\`,
          \`total\`
        FROM (
          SELECT
            \`_start\`,
            \`txt1\`,
            \`_g0_0\` AS \`n\`,
            TRY_CAST(CAST(\`_g1_0\` AS STRING) AS BIGINT) AS \`total\`
          FROM (
            SELECT
              \`_start\`,
              \`txt1\`,
              COUNT(\`_a0_0\`) AS \`_g0_0\`,
              SUM(\`_a1_0\`) AS \`_g1_0\`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  *,
                  (\`_time_ms\` - MOD(MOD(\`_time_ms\`, 5000) + 5000, 5000)) - \`_back\` AS \`_start\`
                FROM (
                  SELECT
                    \`_arrival\`,
                    \`_watermark_ms\`,
                    \`_time_ms\`,
                    \`txt1\`,
                    1 AS \`_a0_0\`,
                    TRY_CAST(\`big1\` AS DECIMAL(38, 0)) AS \`_a1_0\`
                  FROM \`events\`
                )
                CROSS JOIN UNNEST(ARRAY[CAST(0 AS BIGINT), CAST(5000 AS BIGINT)]) AS \`h\` (\`_back\`)
              )
              WHERE \`_start\` + 10000 > \`_watermark_ms\`
            )
            GROUP BY \`_start\`, \`txt1\`
          )
        )
      )"
    `)
  })

  it('gives the rows that the late predicate leaves out', () => {
    const { lateSql } = hopping()
    expect(lateSql?.slice(lateSql.lastIndexOf(')\nSELECT'))).toMatchInlineSnapshot(`
      ")
      SELECT
        'events' AS \`source\`,
        \`_arrival\` AS \`arrival\`,
        CASE WHEN \`_missed\` = 2 THEN 'all' ELSE 'some' END AS \`late\`,
        CAST(\`_missed\` AS BIGINT) AS \`windows_missed\`,
        'w' AS \`node\`
      FROM (
        SELECT
          *,
          2 - LEAST(CAST(2 AS BIGINT), GREATEST(CAST(0 AS BIGINT), (\`_time_ms\` - MOD(MOD(\`_time_ms\`, 5000) + 5000, 5000)) + 14999 - \`_watermark_ms\`) / 5000) AS \`_missed\`
        FROM \`events\`
      )
      WHERE \`_missed\` > 0"
    `)
  })
})

describe('printPlan, of joins', () => {
  it('finds the partners of an as-of join once per key and time', () => {
    const join = { id: 'j', kind: 'join', type: 'as-of', left: 'events', right: 'others', on: [['txt1', 'txt2']], max_age_ms: 60_000 }
    expect(queryOf(printed(join).sql, 'j')).toMatchInlineSnapshot(`
      "\`j\` AS (
        SELECT
          \`l\`.\`_arrival\`,
          \`l\`.\`_time_ms\`,
          \`l\`.\`ts1\`,
          \`l\`.\`txt1\`,
          \`l\`.\`big1\`,
          \`l\`.\`num1\`,
          \`r\`.\`ts2\`,
          \`r\`.\`txt2\`,
          \`r\`.\`big2\`,
          \`r\`.\`num2\`
        FROM (
          SELECT
            *
          FROM \`events\`
          WHERE \`_time_ms\` >= \`_watermark_ms\`
        ) AS \`l\`
        JOIN (
          SELECT
            *
          FROM (
            SELECT
              *,
              \`_rank\` + RAND_INTEGER(1) AS \`_place\`
            FROM (
              SELECT
                *,
                ROW_NUMBER() OVER (PARTITION BY \`_on0\`, \`_as_of\` ORDER BY \`_time_ms\` DESC NULLS LAST, \`_arrival\` DESC NULLS LAST, RAND_INTEGER(1)) AS \`_rank\`
              FROM (
                SELECT
                  \`l\`.\`txt1\` AS \`_on0\`,
                  \`l\`.\`_time_ms\` AS \`_as_of\`,
                  \`r\`.\`_time_ms\`,
                  \`r\`.\`_arrival\`,
                  \`r\`.\`ts2\`,
                  \`r\`.\`txt2\`,
                  \`r\`.\`big2\`,
                  \`r\`.\`num2\`
                FROM (SELECT DISTINCT \`txt1\`, \`_time_ms\` FROM (
                  SELECT
                    *
                  FROM \`events\`
                  WHERE \`_time_ms\` >= \`_watermark_ms\`
                )) AS \`l\`
                JOIN (
                  SELECT
                    *
                  FROM \`others\`
                  WHERE \`_time_ms\` >= \`_watermark_ms\`
                ) AS \`r\`
                ON \`l\`.\`txt1\` = \`r\`.\`txt2\`
                  AND \`r\`.\`_time_ms\` <= \`l\`.\`_time_ms\`
                  AND \`r\`.\`_time_ms\` >= \`l\`.\`_time_ms\` - 60000
              )
            )
            WHERE \`_rank\` <= 2
          )
          WHERE \`_place\` = 1 AND ABS(\`_place\`) = 1
        ) AS \`r\`
        ON \`l\`.\`txt1\` = \`r\`.\`_on0\`
          AND \`l\`.\`_time_ms\` = \`r\`.\`_as_of\`
      )"
    `)
  })

  it('computes what a lookup join finds once per arrival that asks', () => {
    const latest = { id: 'c', kind: 'latest', input: 'others', keys: ['txt2'] }
    const join = { id: 'j', kind: 'join', type: 'lookup', left: 'events', right: 'c', on: [['txt1', 'txt2']] }
    const { sql } = printed(latest, join)
    expect(queryOf(sql, 'others seen by j')).toMatchInlineSnapshot(`
      "\`others seen by j\` AS (
        SELECT
          \`a\`.\`_at\`,
          \`s\`.*
        FROM (
          SELECT DISTINCT \`_arrival\` AS \`_at\` FROM \`events\`
        ) AS \`a\`
        JOIN (
          SELECT
            \`_arrival\`,
            (EXTRACT(EPOCH FROM \`_watermark\`) * 1000 + EXTRACT(MILLISECOND FROM \`_watermark\`)) AS \`_watermark_ms\`,
            (EXTRACT(EPOCH FROM \`ts2\`) * 1000 + EXTRACT(MILLISECOND FROM \`ts2\`)) AS \`_time_ms\`,
            \`ts2\`,
            \`txt2\`,
            \`big2\`,
            \`num2\`
          FROM \`topic of others\`
          WHERE \`_kind\` = 'row'
        ) AS \`s\`
        ON \`s\`.\`_arrival\` < \`a\`.\`_at\`
      )"
    `)
    expect(queryOf(sql, 'j')).toMatchInlineSnapshot(`
      "\`j\` AS (
        SELECT
          \`l\`.\`_arrival\`,
          \`l\`.\`_watermark_ms\`,
          \`l\`.\`_time_ms\`,
          \`l\`.\`ts1\`,
          \`l\`.\`txt1\`,
          \`l\`.\`big1\`,
          \`l\`.\`num1\`,
          \`r\`.\`ts2\`,
          \`r\`.\`txt2\`,
          \`r\`.\`big2\`,
          \`r\`.\`num2\`
        FROM \`events\` AS \`l\`
        JOIN (
          SELECT
            *
          FROM (
            SELECT
              *,
              \`_rank\` + RAND_INTEGER(1) AS \`_place\`
            FROM (
              SELECT
                *,
                ROW_NUMBER() OVER (PARTITION BY \`_at\`, \`txt2\` ORDER BY \`_time_ms\` DESC NULLS LAST, \`_arrival\` DESC NULLS LAST, RAND_INTEGER(1)) AS \`_rank\`
              FROM \`c seen by j\`
            )
            WHERE \`_rank\` <= 2
          )
          WHERE \`_place\` = 1 AND ABS(\`_place\`) = 1
        ) AS \`r\`
        ON \`l\`.\`txt1\` = \`r\`.\`txt2\`
          AND \`l\`.\`_arrival\` = \`r\`.\`_at\`
      )"
    `)
  })

  it('refuses what Flink has no SQL for, and names engines that do', () => {
    const score = { id: 's', kind: 'score', input: 'events', model: 'm', columns: [{ name: 'score', type: 'double' }] }
    expect(() => printed(score)).toThrow(
      expect.objectContaining({ code: 'engine/unsupported', facts: expect.objectContaining({ asked: 'node score' }) }),
    )
  })
})
