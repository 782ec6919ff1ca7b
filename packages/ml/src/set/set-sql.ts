import type { Label } from './label-file.ts'

/** The rows of a feature view, as DuckDB reads them. */
export interface SetView {
  readonly name: string
  /** A DuckDB table expression with `window_start`, `window_end`, the entity's columns and the features. */
  readonly table: string
  readonly entity: readonly string[]
  /** Timestamp column that says when a row could be seen; undefined where the table has none. */
  readonly availableAt: string | undefined
  /** The records that the rows were made of, where the entity does not hold the labels' key. */
  readonly records: SetRecords | undefined
}

export interface SetRecords {
  /** A DuckDB table expression with the entity's columns, computed as the view computes them, and the labels' column. */
  readonly table: string
  /** Event time of a record. */
  readonly time: string
}

export interface SetLabels {
  /** Column of the view, or of its records, that the labels' keys are values of. */
  readonly column: string
  /** Labels with fewer keys are left out, and the rows that they alone touch. */
  readonly keysMin: number
  /** Undefined: any number. */
  readonly keysMax?: number
  /** Least share of a row's records that counting labels must hold; rows with less are left out. Only where records are matched. */
  readonly shareMin?: number
  readonly labels: readonly Label[]
  /** Whether a label counts only for rows that were available before it became known. */
  readonly knownTime: boolean
}

export interface SetShape {
  readonly view: SetView
  readonly features: readonly string[]
  readonly labels: SetLabels
  /** Rows that were available from here on (epoch ms) are not seen. */
  readonly asOf: number
}

/** Ends of the train and the validation range, epoch ms; the test range goes on to the end. */
export type SplitBounds = readonly [trainEnd: number, validateEnd: number]

/** One row: `first` and `last` moment that the windows of seen rows cover (epoch ms), and how many there are. */
export function rangeSql(shape: SetShape): string {
  return `WITH ${rowsPart(shape)}
SELECT min("_start")::DOUBLE AS "first", max("_end")::DOUBLE AS "last", count(*)::DOUBLE AS "rows" FROM r`
}

/**
 * The set's rows in order of window and key: `_end` (epoch ms), `_positive`, the features, and the key as text where it is wanted.
 * A row belongs to a range iff its window lies within it whole.
 */
export function setSql(shape: SetShape, bounds: SplitBounds, options: { readonly keys: boolean }): string {
  const { entity } = shape.view
  const key = options.keys ? [`to_json([${entity.map((name) => `CAST(r.${quote(name)} AS VARCHAR)`).join(', ')}])::VARCHAR AS "_key"`] : []
  const columns = ['r."_end"::DOUBLE AS "_end"', 'coalesce(t."_positive", false)::DOUBLE AS "_positive"', ...key]
  const order = ['r."_end"', 'r."_start"', ...entity.map((name) => `r.${quote(name)} NULLS FIRST`)]
  const within = `r."_end" <= ${bounds[0]} OR (r."_start" >= ${bounds[0]} AND r."_end" <= ${bounds[1]}) OR r."_start" >= ${bounds[1]}`
  return `WITH ${[rowsPart(shape), labelsPart(shape.labels), ...matchParts(shape), touchedPart(shape)].join(',\n')}
SELECT ${[...columns, ...shape.features.map((name) => `r.${quote(name)}`)].join(', ')}
FROM r LEFT JOIN touched t ON ${sameRow(shape, 't')}
WHERE t."_positive" IS DISTINCT FROM false AND (${within})
ORDER BY ${order.join(', ')}`
}

/** One row that says why nothing matches: how many `keys` the labels have, how many `occur`, and some `sample` of those that do. */
export function evidenceSql(shape: SetShape): string {
  const { column } = shape.labels
  const [table, time] =
    shape.view.records === undefined ? ['r', '"_start"'] : [shape.view.records.table, `epoch_ms(${quote(shape.view.records.time)})`]
  return `WITH ${[rowsPart(shape), labelsPart(shape.labels)].join(',\n')},
k AS (SELECT CAST(${quote(column)} AS VARCHAR) AS "key", ${time} AS "time" FROM ${table}),
seen AS (SELECT "key", min("time") AS "first" FROM k WHERE "key" IS NOT NULL GROUP BY "key")
SELECT (SELECT count(DISTINCT "_key") FROM l)::DOUBLE AS "keys",
  (SELECT count(*) FROM seen WHERE "key" IN (SELECT "_key" FROM l))::DOUBLE AS "occur",
  (SELECT string_agg("key", ', ') FROM (SELECT "key" FROM seen ORDER BY "first", "key" LIMIT 3)) AS "sample"`
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The seen rows, with their window in epoch ms and their features as doubles: to the nearest, as everywhere else. */
function rowsPart({ view, features, asOf }: SetShape): string {
  const columns = [...view.entity.map(quote), ...features.map((name) => `CAST(${quote(name)} AS DOUBLE) AS ${quote(name)}`)]
  const available = view.availableAt === undefined ? 'NULL::BIGINT' : `epoch_ms(${quote(view.availableAt)})`
  const seen =
    view.availableAt === undefined ? '' : ` WHERE ${quote(view.availableAt)} IS NULL OR epoch_ms(${quote(view.availableAt)}) < ${asOf}`
  return `r AS (SELECT ${columns.join(', ')}, epoch_ms("window_start") AS "_start", epoch_ms("window_end") AS "_end", ${available} AS "_available"
  FROM ${view.table}${seen})`
}

/** Whether a label has as many keys as the model learns from. */
export function counts(keys: readonly string[], { keysMin, keysMax }: Pick<SetLabels, 'keysMin' | 'keysMax'>): boolean {
  return keys.length >= keysMin && keys.length <= (keysMax ?? Number.POSITIVE_INFINITY)
}

/** The labels, one row per key. They travel as one JSON text, which the parser takes in a stride. */
function labelsPart({ labels, ...limits }: SetLabels): string {
  const rows = labels.flatMap(({ keys, from, to, knownAt }) =>
    keys.map((key) => ({ k: key, f: from, t: to, n: knownAt ?? null, e: counts(keys, limits) })),
  )
  const text = JSON.stringify(rows).replaceAll("'", "''")
  const form = '[{"k":"VARCHAR","f":"BIGINT","t":"BIGINT","n":"BIGINT","e":"BOOLEAN"}]'
  return `l AS (SELECT x.k AS "_key", x.f AS "_from", x.t AS "_to", x.n AS "_known", x.e AS "_enough"
  FROM (SELECT unnest(from_json('${text}', '${form}')) AS x))`
}

/** `m`: pairs of a row's identity and a label that touches it. */
function matchParts(shape: SetShape): readonly string[] {
  const { view, labels } = shape
  const entity = view.entity.map((name) => quote(name))
  if (view.records === undefined) {
    return [
      `m AS (SELECT ${[...entity.map((name) => `r.${name}`), 'r."_start"', 'r."_end"', `${seenBy(labels)} AS "_counts"`].join(', ')}
  FROM r JOIN l ON CAST(r.${quote(labels.column)} AS VARCHAR) = l."_key" AND l."_from" < r."_end" AND r."_start" < l."_to")`,
    ]
  }
  if ((labels.shareMin ?? 0) > 0) return countedParts(shape)
  const kept = [...entity, '"_known"', '"_enough"']
  return [
    `hits AS (SELECT DISTINCT ${[...kept, '"_time"'].join(', ')}
  FROM (SELECT ${entity.join(', ')}, CAST(${quote(labels.column)} AS VARCHAR) AS "_of", epoch_ms(${quote(view.records.time)}) AS "_time"
    FROM ${view.records.table}) h
  JOIN l ON h."_of" = l."_key" AND h."_time" >= l."_from" AND h."_time" <= l."_to")`,
    'w AS (SELECT DISTINCT "_start", "_end" FROM r)',
    `p AS (SELECT DISTINCT ${[...kept, 'w."_start"', 'w."_end"'].join(', ')}
  FROM hits JOIN w ON hits."_time" >= w."_start" AND hits."_time" < w."_end")`,
    `m AS (SELECT ${[...entity.map((name) => `r.${name}`), 'r."_start"', 'r."_end"', `${seenBy(labels, 'p')} AS "_counts"`].join(', ')}
  FROM p JOIN r ON ${sameRow(shape, 'p')})`,
  ]
}

/** `m` by the share of a row's records that labels hold: every record of a touched row is counted. */
function countedParts(shape: SetShape): readonly string[] {
  const { view, labels } = shape
  const entity = view.entity.map((name) => quote(name))
  const records = view.records as SetRecords
  const row = [...entity, '"_start"', '"_end"'].join(', ')
  const within = (window: string): string => `h."_time" >= ${window}."_start" AND h."_time" < ${window}."_end"`
  // Records and windows meet by stretches of time as long as a window: a join by equality, where one by order alone would try every pair.
  return [
    'z AS (SELECT greatest(1, max("_end" - "_start")) AS "_step" FROM r)',
    `h AS (SELECT row_number() OVER () AS "_id", ${entity.join(', ')}, CAST(${quote(labels.column)} AS VARCHAR) AS "_of",
    epoch_ms(${quote(records.time)}) AS "_time", epoch_ms(${quote(records.time)}) // z."_step" AS "_stretch" FROM ${records.table}, z)`,
    `hits AS (SELECT h.*, l."_known", l."_enough" FROM h JOIN l ON h."_of" = l."_key" AND h."_time" >= l."_from" AND h."_time" <= l."_to")`,
    `w AS (SELECT DISTINCT "_start", "_end", unnest(range("_start" // "_step", ("_end" - 1) // "_step" + 1)) AS "_stretch" FROM r, z)`,
    `p AS (SELECT h.*, w."_start", w."_end" FROM hits h JOIN w ON h."_stretch" = w."_stretch" AND ${within('w')})`,
    `c AS (SELECT ${[...entity.map((name) => `r.${name}`), 'r."_start"', 'r."_end"', 'p."_id"', `bool_or(${seenBy(labels, 'p')}) AS "_counts"`].join(', ')}
  FROM p JOIN r ON ${sameRow(shape, 'p')} GROUP BY ALL)`,
    `s AS (SELECT ${row}, count(*) FILTER (WHERE "_counts") AS "_labelled" FROM c GROUP BY ${row})`,
    `n AS (SELECT ${[...entity.map((name) => `h.${name}`), 't."_start"', 't."_end"', 'count(*) AS "_records"'].join(', ')}
  FROM h JOIN (SELECT * FROM w WHERE ("_start", "_end") IN (SELECT "_start", "_end" FROM s)) t
  ON h."_stretch" = t."_stretch" AND ${within('t')} GROUP BY ALL)`,
    `m AS (SELECT ${[...entity.map((name) => `r.${name}`), 'r."_start"', 'r."_end"'].join(', ')},
    r."_labelled" > 0 AND r."_labelled" >= ${labels.shareMin} * n."_records" AS "_counts"
  FROM s r JOIN n ON ${sameRow(shape, 'n')})`,
  ]
}

/** Whether a label makes its row positive: it counts for this model, and the row was there when the label became known. */
function seenBy({ knownTime }: SetLabels, table = 'l'): string {
  if (!knownTime) return `${table}."_enough"`
  return `${table}."_enough" AND (${table}."_known" IS NULL OR r."_available" IS NULL OR r."_available" < ${table}."_known")`
}

function touchedPart({ view }: SetShape): string {
  const identity = [...view.entity.map(quote), '"_start"', '"_end"'].join(', ')
  return `touched AS (SELECT ${identity}, bool_or("_counts") AS "_positive" FROM m GROUP BY ${identity})`
}

function sameRow({ view }: SetShape, other: string): string {
  const keys = view.entity.map((name) => `r.${quote(name)} IS NOT DISTINCT FROM ${other}.${quote(name)}`)
  return [...keys, `r."_start" = ${other}."_start"`, `r."_end" = ${other}."_end"`].join(' AND ')
}
