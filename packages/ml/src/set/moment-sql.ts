import type { Moment } from './moment-file.ts'
import { quote, type SetView } from './set-sql.ts'

/** What a set of labelled moments is made of. */
export interface MomentShape {
  readonly view: SetView
  readonly features: readonly string[]
  readonly moments: readonly Moment[]
  /** Oldest that a seen row may be, ms, inclusive; undefined: any age. */
  readonly maxAgeMs: number | undefined
  /** By feature: it is null where the seen row is older, ms, inclusive. */
  readonly featureMaxAgeMs: Readonly<Record<string, number>>
  /** Whether rows are seen only where they were available before their label became known. */
  readonly knownTime: boolean
  /** Rows that were available from here on (epoch ms) are not seen. */
  readonly asOf: number
}

/** One row: `first` and `last` time (epoch ms) of the labels that see a row, and how many those are. */
export function momentRangeSql(shape: MomentShape): string {
  return `WITH ${parts(shape)}
SELECT min("_at")::DOUBLE AS "first", max("_at")::DOUBLE AS "last", count(*)::DOUBLE AS "rows" FROM s`
}

/** The labels that see a row, in order of time and line: `_end` (the label's time), `_positive`, the features, and the key where it is wanted. */
export function momentSetSql(shape: MomentShape, options: { readonly keys: boolean }): string {
  const key = options.keys ? [`to_json([${keyNames(shape).join(', ')}])::VARCHAR AS "_key"`] : []
  const columns = ['"_at"::DOUBLE AS "_end"', '"_positive"::DOUBLE AS "_positive"', ...key, ...shape.features.map(quote)]
  return `WITH ${parts(shape)}
SELECT ${columns.join(', ')} FROM s ORDER BY "_at", "_line"`
}

/**
 * `s`: each label with the row that it sees. An as-of join finds the latest row before the label. Where that one was not available yet when the label
 * became known, which is rare, the earlier rows are looked through: a second order, of availability, is more than an as-of join can take.
 */
function parts(shape: MomentShape): string {
  const { maxAgeMs } = shape
  const same = (label: string, row: string): string[] => keyNames(shape).map((name) => `${label}.${name} = ${row}.${name}`)
  const order = ['"_time"', '"_start"', ...shape.features.map(quote)].map((name) => `r.${name} DESC NULLS LAST`).join(', ')
  const late = shape.knownTime ? 'c."_known" IS NOT NULL AND c."_available" IS NOT NULL AND c."_available" >= c."_known"' : 'false'
  const labels = ['"_line"', '"_at"', '"_known"', '"_positive"', ...keyNames(shape)]
  const row = ['"_time"', ...shape.features.map(quote)]
  const young = maxAgeMs === undefined ? '' : ` AND r."_time" >= c."_at" - ${maxAgeMs}`
  return `${rowsPart(shape)},
${labelsPart(shape)},
u AS (SELECT * FROM r QUALIFY row_number() OVER (PARTITION BY ${[...keyNames(shape), '"_time"'].join(', ')} ORDER BY ${order}) = 1),
c AS (SELECT l.*, u."_available", ${row.map((name) => `u.${name}`).join(', ')} FROM l ASOF JOIN u ON ${[...same('l', 'u'), 'l."_at" > u."_time"'].join(' AND ')}),
e AS (SELECT ${[...labels.map((name) => `c.${name}`), ...row.map((name) => `r.${name}`)].join(', ')} FROM c JOIN r
  ON ${[...same('c', 'r'), 'r."_time" < c."_at"'].join(' AND ')}${young} AND (r."_available" IS NULL OR r."_available" < c."_known")
  WHERE ${late}
  QUALIFY row_number() OVER (PARTITION BY c."_line" ORDER BY ${order}) = 1),
f AS (SELECT ${[...labels, ...row].join(', ')} FROM c WHERE NOT (${late}) UNION ALL SELECT * FROM e),
s AS (SELECT ${[...labels, ...shape.features.map((name) => agedColumn(name, shape.featureMaxAgeMs[name]))].join(', ')} FROM f${maxAgeMs === undefined ? '' : ` WHERE "_at" - "_time" <= ${maxAgeMs}`})`
}

function agedColumn(name: string, maxAgeMs: number | undefined): string {
  return maxAgeMs === undefined ? quote(name) : `CASE WHEN "_at" - "_time" <= ${maxAgeMs} THEN ${quote(name)} END AS ${quote(name)}`
}

/** The seen rows with a whole key, as text; their time is the last moment of their window. */
function rowsPart(shape: MomentShape): string {
  const { view, features, asOf } = shape
  const keys = view.entity.map((name, i) => `CAST(${quote(name)} AS VARCHAR) AS "_k${i}"`)
  const available = view.availableAt === undefined ? 'NULL::BIGINT' : `epoch_ms(${quote(view.availableAt)})`
  const conditions = [
    ...view.entity.map((name) => `${quote(name)} IS NOT NULL`),
    ...(view.availableAt === undefined ? [] : [`(${quote(view.availableAt)} IS NULL OR ${available} < ${asOf})`]),
  ]
  const columns = [
    ...keys,
    ...features.map((name) => `CAST(${quote(name)} AS DOUBLE) AS ${quote(name)}`),
    'epoch_ms("window_start") AS "_start"',
    'epoch_ms("window_end") - 1 AS "_time"',
    `${available} AS "_available"`,
  ]
  return `r AS (SELECT ${columns.join(', ')} FROM ${view.table}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`})`
}

/** The labels travel as one JSON text, which the parser takes in a stride. */
function labelsPart({ moments, view }: MomentShape): string {
  const rows = moments.map(({ key, at, positive, knownAt }, line) => ({ i: line, k: key, t: at, n: knownAt ?? null, p: positive }))
  const text = JSON.stringify(rows).replaceAll("'", "''")
  const form = '[{"i":"BIGINT","k":["VARCHAR"],"t":"BIGINT","n":"BIGINT","p":"BOOLEAN"}]'
  const keys = view.entity.map((_, i) => `x.k[${i + 1}] AS "_k${i}"`)
  const known = keys.map((_, i) => `"_k${i}" IS NOT NULL`)
  const columns = ['x.i AS "_line"', 'x.t AS "_at"', 'x.n AS "_known"', 'x.p AS "_positive"', ...keys]
  return `l AS (SELECT * FROM (SELECT ${columns.join(', ')} FROM (SELECT unnest(from_json('${text}', '${form}')) AS x))${known.length === 0 ? '' : ` WHERE ${known.join(' AND ')}`})`
}

function keyNames({ view }: MomentShape): readonly string[] {
  return view.entity.map((_, i) => `"_k${i}"`)
}
