import { type CheckedPlan, compileAsset, streamsOf, type TableScan, userError, WATERMARK_FLOOR } from '@millrace/core'
import { printPlan, registerMaps } from '@millrace/engine-duckdb'
import { computedUntil } from '../micro-batch/micro-batch-position.ts'
import { jsonValue } from '../output/json-value.ts'
import type { ComputedAsset } from '../pipeline/view-job.ts'
import { projectFunctions } from '../project/project-functions.ts'
import type { ReadContext } from '../scope/open-scope.ts'
import { queryRows } from './one-query.ts'
import { planReachMs } from './plan-reach.ts'

/** Differing rows that are shown of each side. */
const DIFFERENCES_MAX = 20

export interface Parity {
  readonly asset: string
  readonly mode: 'as_served'
  readonly equal: boolean
  /** Windows that end later may still be open in the stream, and are not compared. */
  readonly until: string | null
  /** Windows that ended at it or before were not asked for; null: all were. */
  readonly since: string | null
  readonly rows: { readonly compared: number; readonly only_stream: number; readonly only_batch: number }
  readonly differences: readonly { readonly side: 'stream' | 'batch'; readonly row: Readonly<Record<string, unknown>> }[]
}

/** Compares a view's table with the same plan computed by DuckDB over the stream's table, bit for bit; `view` is handed through. */
export async function parityOf(
  context: ReadContext,
  view: ComputedAsset,
  since?: number,
): Promise<Parity & { readonly view: ComputedAsset }> {
  const { duckdb } = context
  const plan = compileAsset(view)
  const sources = new Map(streamsOf(view).map(({ name }) => [name, scanOf(context, name).sql]))
  const table = scanOf(context, view.name)
  const { fields } = plan.output
  const until = closedByNow(context) ? null : Math.min(await watermarkOf(context, [...sources.values()]), madeUntil(plan, view, table))
  const bounds = [
    ...(until === null ? [] : [`epoch_ms("${windowEnd(plan, view)}") <= ${until}`]),
    ...(since === undefined ? [] : [`epoch_ms("${windowEnd(plan, view)}") > ${since}`]),
  ]
  const bound = bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`
  const columns = fields.map((field) => `"${field.name}"`).join(', ')
  return duckdb.with(async (connection) => {
    const batchSql = printPlan(plan, {
      mode: 'as_served',
      sources: (name) => recordsSince(sources.get(name) as string, { plan, source: name, since }),
      mapName: registerMaps(connection, plan, projectFunctions(context.loaded.project)),
    }).sql
    await connection.run(`CREATE OR REPLACE TEMP TABLE parity_batch AS SELECT ${columns} FROM (${batchSql})${bound}`)
    await connection.run(`CREATE OR REPLACE TEMP TABLE parity_stream AS SELECT ${columns} FROM ${table.sql}${bound}`)
    try {
      const count = async (sql: string): Promise<number> => Number((await connection.runAndReadAll(sql)).getRows()[0][0])
      const only = (side: 'stream' | 'batch'): string =>
        `SELECT * FROM parity_${side} EXCEPT ALL SELECT * FROM parity_${side === 'stream' ? 'batch' : 'stream'}`
      const rows = {
        compared: await count('SELECT count(*) FROM parity_stream'),
        only_stream: await count(`SELECT count(*) FROM (${only('stream')})`),
        only_batch: await count(`SELECT count(*) FROM (${only('batch')})`),
      }
      const differences: Parity['differences'][number][] = []
      for (const side of ['stream', 'batch'] as const) {
        const times = fields.map((field) => (field.type === 'timestamp' ? `epoch_ms("${field.name}")` : `"${field.name}"`)).join(', ')
        const found = await connection.runAndReadAll(`SELECT ${times} FROM (${only(side)}) ORDER BY ALL LIMIT ${DIFFERENCES_MAX}`)
        for (const row of found.getRows())
          differences.push({ side, row: Object.fromEntries(fields.map((field, i) => [field.name, jsonValue(plain(row[i]), field.type)])) })
      }
      const equal = rows.only_stream === 0 && rows.only_batch === 0
      return {
        asset: view.name,
        mode: 'as_served',
        equal,
        until: until === null ? null : new Date(until).toISOString(),
        since: since === undefined ? null : new Date(since).toISOString(),
        rows,
        differences,
        view,
      }
    } finally {
      await connection.run('DROP TABLE IF EXISTS parity_batch; DROP TABLE IF EXISTS parity_stream')
    }
  })
}

/** Up to when a view in micro-batches is in its table, whatever the watermark; other views follow it. */
function madeUntil({ plan }: CheckedPlan, view: ComputedAsset, table: TableScan): number {
  if (view.materialize === undefined) return Number.POSITIVE_INFINITY
  return (computedUntil(table.snapshot, view.name, plan.hash) ?? WATERMARK_FLOOR) - 1
}

/** The records of a source that rows after `since` may depend on: files whose statistics lie before are not read. */
function recordsSince(
  sql: string,
  of: { readonly plan: CheckedPlan; readonly source: string; readonly since: number | undefined },
): string {
  const reach = planReachMs(of.plan)
  const source = of.plan.sources.get(of.source)
  if (of.since === undefined || reach === undefined || source === undefined) return sql
  return `(SELECT * FROM ${sql} WHERE "${source.event_time}" >= make_timestamptz(${of.since - reach} * 1000))`
}

function plain(value: unknown): null | boolean | number | bigint | string {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value
  return value === null || value === undefined ? null : String(value)
}

/** The least of the sources' watermarks, epoch ms. */
async function watermarkOf({ duckdb }: ReadContext, tables: readonly string[]): Promise<number> {
  const marks = await Promise.all(tables.map((table) => queryRows(duckdb, `SELECT epoch_ms(max("_watermark")) FROM ${table}`)))
  return Math.min(...marks.map(([[mark]]) => Number(mark ?? 0)))
}

/** Only rows of closed windows stand still while more comes in. */
function windowEnd({ output }: CheckedPlan, view: ComputedAsset): string {
  if (output.window !== undefined && !output.upsert) return output.window.end
  throw userError('parity/open-view', `The rows of \`${view.name}\` belong to no window, so what is followed is never done with them.`, {
    asked: view.name,
    found: 'what is followed',
    do: 'Compare it over a bounded input: `millrace run --input FILE`, then `millrace parity` with `--input FILE`.',
  })
}

/** A bounded input's windows are all closed for the answer. */
function closedByNow({ scope }: ReadContext): boolean {
  return scope.id !== 'live'
}

function scanOf({ tables }: ReadContext, name: string): TableScan {
  const table = tables.find((one) => one.spec.name === name)
  if (table !== undefined) return table.scan
  throw userError('project/unknown-asset', `There is no table \`${name}\` here.`, {
    asked: name,
    found: tables.map((one) => one.spec.name),
    do: 'Run the project first.',
  })
}
