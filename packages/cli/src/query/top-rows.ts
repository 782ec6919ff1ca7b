import {
  type CheckedPlan,
  checkPlan,
  type Expr,
  type FeaturesAsset,
  type PlanNode,
  type PlanSource,
  sourceOf,
  type Value,
} from '@millrace/core'
import { type Duckdb, printPlan, runPlan } from '@millrace/engine-duckdb'
import { jsonValue } from '../output/json-value.ts'

/** Rows in `top`. */
const TOP_ROWS = 20

/**
 * The greatest entities of a feature view over a whole input, late rows included: its aggregates without windows.
 * First the entities are ranked by one count, then only theirs are computed in full: exact distinct counts of everybody would need everybody's values.
 */
export async function topRows(duckdb: Duckdb, view: FeaturesAsset, table: string): Promise<readonly Record<string, unknown>[]> {
  const rank = view.aggregates.find((one) => one.name === 'hits') ?? view.aggregates.find((one) => one.fn === 'count') ?? view.aggregates[0]
  if (rank === undefined || view.entity.length === 0) return []
  const ranked = totals(view, [], [rank])
  const { sql } = printPlan(ranked, { mode: 'exact', sources: () => table })
  const order = [`"${rank.name}" DESC NULLS LAST`, ...view.entity.map((key) => `"${key}" ASC NULLS FIRST`)].join(', ')
  const first = (await duckdb.with(async (connection) =>
    (await connection.runAndReadAll(`SELECT * FROM (${sql}) ORDER BY ${order} LIMIT ${TOP_ROWS}`)).getRows(),
  )) as Value[][]
  if (first.length === 0) return []
  const full = totals(view, first, view.aggregates)
  const rows = await duckdb.with(async (connection) => {
    const result: Value[][] = []
    for await (const chunk of runPlan(connection, full, { mode: 'exact', sources: () => table }).rows) result.push(...chunk)
    return result
  })
  const place = new Map(first.map((row, i) => [keyText(row, view), i]))
  rows.sort((a, b) => (place.get(keyText(a, view)) ?? 0) - (place.get(keyText(b, view)) ?? 0))
  return rows.map((row) => Object.fromEntries(full.output.fields.map((field, i) => [field.name, jsonValue(row[i], field.type)])))
}

function keyText(row: readonly Value[], view: FeaturesAsset): string {
  return JSON.stringify(row.slice(0, view.entity.length).map(String))
}

/** The view's aggregates over everything, of the given entities only (of all when none are given). */
function totals(view: FeaturesAsset, entities: readonly (readonly Value[])[], aggregates: FeaturesAsset['aggregates']): CheckedPlan {
  const source: PlanSource = { ...sourceOf(view.input), key: [] }
  const conditions: Expr[] = view.where === undefined ? [] : [view.where]
  if (entities.length > 0) conditions.push(isOneOf(view, entities))
  const nodes: PlanNode[] = [{ id: 'rows', kind: 'scan', source: source.name }]
  for (const [i, where] of conditions.entries()) nodes.push({ id: `chosen${i}`, kind: 'filter', input: nodes[nodes.length - 1].id, where })
  nodes.push({
    id: 'totals',
    kind: 'window-aggregate',
    input: nodes[nodes.length - 1].id,
    keys: view.entity,
    window: { kind: 'all' },
    aggregates,
  })
  return checkPlan({ millrace_plan: 1, sources: [source], nodes, output: 'totals' })
}

function isOneOf(view: FeaturesAsset, entities: readonly (readonly Value[])[]): Expr {
  const types = Object.fromEntries(sourceOf(view.input).fields.map((field) => [field.name, field.type]))
  const same = entities.map(
    (row): Expr => ({
      fn: 'and',
      args: view.entity.map(
        (key, i): Expr =>
          row[i] === null
            ? { fn: 'is_null', args: [{ col: key }] }
            : { fn: 'eq', args: [{ col: key }, { lit: String(row[i]), type: types[key] }] },
      ),
    }),
  )
  return { fn: 'or', args: same }
}
