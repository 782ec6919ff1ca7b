import { createHash } from 'node:crypto'
import type { Field } from '@millrace/columnar'
import {
  type AlertAsset,
  type CheckedPlan,
  checkPlan,
  compileAsset,
  type Expr,
  type FeaturesAsset,
  streamOf,
  type Value,
} from '@millrace/core'
import { type Duckdb, printExpression, runPlan } from '@millrace/engine-duckdb'
import { parseTarget } from '../model/model-target.ts'
import { jsonValue } from '../output/json-value.ts'

/** An alert as commands print it. */
export interface RaisedAlert {
  readonly id: string
  readonly asset: string
  readonly key: Readonly<Record<string, unknown>>
  readonly window_start: string
  readonly window_end: string
  readonly evidence: Readonly<Record<string, unknown>>
  /** Of a model's alert; null where the fallback rule decided. */
  readonly score: number | null
  /** `name@version` of the model that decided. */
  readonly model: string | null
  readonly threshold?: number | null
  /** p01, p50 and p99 of each feature in the model's training set. */
  readonly usual?: Readonly<Record<string, readonly number[]>>
  /** What moved the score most, greatest first, in log-odds. */
  readonly contributions?: readonly { readonly feature: string; readonly value: number }[]
  /** What the model saw; taken out again by whoever explains the alert. */
  readonly inputs?: Readonly<Record<string, unknown>>
  /** Byte offsets of some of the key's lines in the window. */
  readonly sample_offsets: readonly number[]
  readonly runbook: string
}

/** The model and the version that decided about an alert; nulls where a rule did. */
export function deciderOf({ model }: Pick<RaisedAlert, 'model'>): { readonly model: string | null; readonly version: number | null } {
  if (model === null) return { model: null, version: null }
  const { name, version } = parseTarget(model)
  return { model: name, version: version ?? null }
}

/** Most alerts of one answer. */
const ALERTS_MAX = 100_000
export const SAMPLES_PER_ALERT = 5
/** Alerts whose samples are looked up in one statement. */
const SAMPLED_AT_ONCE = 1_000

/** What decides which rows of a view raise an alert. */
export interface AlertRule {
  readonly view: string
  /** The view's columns. */
  readonly fields: readonly Field[]
  readonly key: readonly string[]
  readonly when: Expr
  readonly cooldownMs: number
}

export function alertRule(alert: AlertAsset): AlertRule {
  const { fields } = compileAsset(alert.input).output
  return { view: alert.input.name, fields, key: alert.input.entity, when: alert.when, cooldownMs: alert.cooldownMs }
}

/** The condition of an alert as a plan over its feature view's table. */
export function alertPlan(rule: AlertRule): CheckedPlan {
  return checkPlan({
    millrace_plan: 1,
    sources: [{ name: rule.view, event_time: 'window_end', key: [], watermark_delay_ms: 0, late: 'drop', fields: rule.fields }],
    nodes: [
      { id: 'rows', kind: 'scan', source: rule.view },
      { id: 'raised', kind: 'filter', input: 'rows', where: rule.when },
    ],
    output: 'raised',
  })
}

/** Holds back further alerts of a key until its cool-down, counted from the window end of the last one, is over. */
export class Cooldown {
  readonly #last = new Map<string, number>()
  readonly #ms: number

  constructor(ms: number) {
    this.#ms = ms
  }

  admits(key: string, windowEnd: number): boolean {
    const last = this.#last.get(key)
    if (last !== undefined && windowEnd - last < this.#ms) return false
    this.#last.set(key, windowEnd)
    return true
  }
}

interface Tables {
  /** Table expressions of the feature view and of its stream. */
  readonly view: string
  readonly rows: string
}

/** The rows of a view's table that raise an alert, in order of their windows and keys. */
export async function raisedRows(duckdb: Duckdb, rule: AlertRule, table: string): Promise<readonly (readonly Value[])[]> {
  const stamped = `(SELECT 0::BIGINT AS "_arrival", "window_end" AS "_watermark", * FROM ${table})`
  const found: Value[][] = []
  await duckdb.with(async (connection) => {
    for await (const chunk of runPlan(connection, alertPlan(rule), { mode: 'exact', sources: () => stamped }).rows) found.push(...chunk)
  })
  const at = (name: string): number => rule.fields.findIndex((field) => field.name === name)
  const end = at('window_end')
  const keyOf = (row: readonly Value[]): string =>
    JSON.stringify(rule.key.map((name) => jsonValue(row[at(name)], rule.fields[at(name)].type)))
  const keyed = found
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => Number(a.row[end]) - Number(b.row[end]) || (a.key < b.key ? -1 : 1))
  const cooldown = new Cooldown(rule.cooldownMs)
  return keyed.filter(({ row, key }) => cooldown.admits(key, Number(row[end]))).map(({ row }) => row)
}

/** The alerts that a view's rows raise, in order of their windows, with sample lines. */
export async function raisedAlerts(duckdb: Duckdb, alert: AlertAsset, tables: Tables): Promise<readonly RaisedAlert[]> {
  const rule = alertRule(alert)
  const raised = (await raisedRows(duckdb, rule, tables.view)).slice(0, ALERTS_MAX)
  return withSamples(duckdb, alert, { alerts: raised.map((row) => alertOf(alert, rule.fields, row)), rows: tables.rows })
}

/** An alert from a row of its view; the id is the same whenever the same alert is found. */
export function alertOf(alert: AlertAsset, fields: CheckedPlan['output']['fields'], row: readonly Value[]): RaisedAlert {
  const values = Object.fromEntries(fields.map((field, i) => [field.name, jsonValue(row[i], field.type)]))
  const pick = (names: readonly string[]): Record<string, unknown> => Object.fromEntries(names.map((name) => [name, values[name]]))
  const key = pick(alert.input.entity)
  const id = createHash('sha256')
    .update(JSON.stringify([alert.name, key, values.window_start, values.window_end]))
    .digest('hex')
    .slice(0, 16)
  return {
    id,
    asset: alert.name,
    key,
    window_start: String(values.window_start),
    window_end: String(values.window_end),
    evidence: pick(alert.evidence),
    ...scoreOf(alert, values),
    ...(alert.input.kind === 'model' ? { inputs: pick(alert.input.features) } : {}),
    sample_offsets: [],
    runbook: alert.runbook,
  }
}

function scoreOf({ input }: AlertAsset, values: Readonly<Record<string, unknown>>): Pick<RaisedAlert, 'score' | 'model' | 'threshold'> {
  if (input.kind !== 'model') return { score: null, model: null }
  const score = values.score === null ? null : Number(values.score)
  const threshold = values.threshold === null ? null : Number(values.threshold)
  return { score, model: values.model_version === null ? null : `${input.name}@${values.model_version}`, threshold }
}

/** The alerts with byte offsets of some of their lines, as far as `of.rows` holds them. */
export async function withSamples(
  duckdb: Duckdb,
  alert: AlertAsset,
  of: { readonly alerts: readonly RaisedAlert[]; readonly rows: string },
): Promise<readonly RaisedAlert[]> {
  const result: RaisedAlert[] = []
  for (let from = 0; from < of.alerts.length; from += SAMPLED_AT_ONCE) {
    const some = of.alerts.slice(from, from + SAMPLED_AT_ONCE)
    const samples = await sampleOffsets(duckdb, alert, { alerts: some, rows: of.rows })
    for (const [i, one] of some.entries()) result.push({ ...one, sample_offsets: samples.get(i) ?? [] })
  }
  return result
}

/** A column of an alert's key, and what gives it from the stream's rows. */
export interface AlertKey {
  readonly name: string
  readonly type: string
  readonly expr: Expr
}

export function alertKeys(alert: AlertAsset): readonly AlertKey[] {
  const { fields } = compileAsset(alert.input).output
  const computed = keysOf(alert.input)
  return alert.input.entity.map((name) => ({
    name,
    type: fields.find((field) => field.name === name)?.type ?? 'string',
    expr: computed.find((key) => key.name === name)?.expr ?? { col: name },
  }))
}

function keysOf(input: AlertAsset['input']): FeaturesAsset['keys'] {
  if (input.kind === 'model') return keysOf(input.input)
  return input.kind === 'joined' ? input.base.keys : input.keys
}

async function sampleOffsets(
  duckdb: Duckdb,
  alert: AlertAsset,
  of: { readonly alerts: readonly RaisedAlert[]; readonly rows: string },
): Promise<ReadonlyMap<number, readonly number[]>> {
  const time = streamOf(alert).contract.eventTime
  const text = (value: unknown): string => (value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`)
  const wanted = of.alerts.map(
    (one, i) =>
      `(${[i, text(one.window_start), text(one.window_end), ...alert.input.entity.map((name) => text(one.key[name]))].join(', ')})`,
  )
  const { fields } = compileAsset(streamOf(alert)).output
  const keys = alertKeys(alert).map(
    ({ name, expr }) => `w."key_${name}" IS NOT DISTINCT FROM CAST(${printExpression(expr, fields).sql} AS VARCHAR)`,
  )
  const sql = `WITH w(i, "from", "to", ${alert.input.entity.map((name) => `"key_${name}"`).join(', ')}) AS (VALUES ${wanted.join(', ')}),
r AS (SELECT * FROM ${of.rows})
SELECT i, "_offset" FROM (
  SELECT i, "_offset", row_number() OVER (PARTITION BY i ORDER BY "_arrival") AS n
  FROM w JOIN r ON ${[...keys, `r."${time}" >= w."from"::TIMESTAMPTZ`, `r."${time}" < w."to"::TIMESTAMPTZ`].join(' AND ')}
) WHERE n <= ${SAMPLES_PER_ALERT} ORDER BY i, n`
  const offsets = new Map<number, number[]>()
  await duckdb.with(async (connection) => {
    for (const [i, offset] of (await connection.runAndReadAll(sql)).getRows())
      offsets.set(Number(i), [...(offsets.get(Number(i)) ?? []), Number(offset)])
  })
  return offsets
}
