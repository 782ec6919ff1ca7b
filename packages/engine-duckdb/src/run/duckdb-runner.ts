import type { DuckDBConnection } from '@duckdb/node-api'
import type { CheckedPlan, PlanResult, PlanRunner, PlanRunOptions, StampedRow, Value } from '@millrace/core'
import { identifier } from '../print/identifier.ts'
import { loadRows } from './load-rows.ts'
import { type Duckdb, openDuckdb } from './open-duckdb.ts'
import { runPlan } from './run-plan.ts'

let shared: Promise<Duckdb> | undefined

/** Runs plans over rows in memory. One DuckDB instance serves all runs of the process; each run has its own connection and temporary tables. */
export const duckdbRunner: PlanRunner = {
  engine: 'duckdb',
  run: async (plan, rows, options) => {
    shared ??= openDuckdb()
    return (await shared).with((connection) => runOnce(connection, plan, { rows, options }))
  },
}

async function runOnce(
  connection: DuckDBConnection,
  plan: CheckedPlan,
  input: { readonly rows: readonly StampedRow[]; readonly options: PlanRunOptions },
): Promise<PlanResult> {
  const tables = await loadSources(connection, plan, input.rows)
  const { mode, functions } = input.options
  const running = runPlan(connection, plan, { mode, functions, sources: (name) => identifier(tables.get(name) as string) })
  const rows: (readonly Value[])[] = []
  for await (const chunk of running.rows) for (const row of chunk) rows.push(row)
  return { columns: running.columns, rows, late: await running.late(), dead: await running.dead() }
}

/** Loads the sources' rows; the tables' names cannot be a node's id, which would hide them. */
async function loadSources(
  connection: DuckDBConnection,
  plan: CheckedPlan,
  rows: readonly StampedRow[],
): Promise<ReadonlyMap<string, string>> {
  const bySource = Map.groupBy(rows, (row) => row.source)
  const ids = new Set(plan.nodes.map(({ node }) => node.id.toLowerCase()))
  const tables = new Map<string, string>()
  for (const source of plan.sources.values()) {
    let table = `_source_${tables.size}`
    while (ids.has(table)) table += '_'
    tables.set(source.name, table)
    await loadRows(connection, { table, source }, bySource.get(source.name) ?? [])
  }
  return tables
}
