import {
  type CheckedPlan,
  checkPlan,
  type Expr,
  type PlanNode,
  type PlanResult,
  type StampedRow,
  type Value,
  WATERMARK_FLOOR,
} from '@millrace/core'
import { duckdbRunner } from '../src/index.ts'

/** A source whose columns are named by type; the event time is `ts1`. */
export const SOURCE = {
  name: 'events',
  event_time: 'ts1',
  key: [] as string[],
  watermark_delay_ms: 0,
  late: 'keep' as const,
  fields: [
    { name: 'ts1', type: 'timestamp' },
    { name: 'txt1', type: 'string', nullable: true },
    { name: 'int1', type: 'int32', nullable: true },
    { name: 'big1', type: 'int64', nullable: true },
    { name: 'num1', type: 'double', nullable: true },
    { name: 'flag1', type: 'boolean', nullable: true },
    { name: 'bin1', type: 'bytes', nullable: true },
    { name: 'day1', type: 'date', nullable: true },
  ],
}

export type Row = Readonly<Record<string, Value>> & { readonly watermark?: number }

/** A plan over `SOURCE`: a scan `n1`, then the given nodes; the last one is the output. */
export function planOf(nodes: readonly unknown[]): CheckedPlan {
  const all = [{ id: 'n1', kind: 'scan', source: 'events' }, ...nodes] as PlanNode[]
  return checkPlan({ millrace_plan: 1, sources: [SOURCE], nodes: all, output: (all.at(-1) as PlanNode).id })
}

export function stamped(rows: readonly Row[]): StampedRow[] {
  return rows.map((row, arrival) => ({
    source: 'events',
    split: '0',
    arrival,
    watermark: row.watermark ?? WATERMARK_FLOOR,
    values: SOURCE.fields.map((field) => row[field.name] ?? (field.name === 'ts1' ? 0 : null)),
  }))
}

export function run(nodes: readonly unknown[], rows: readonly Row[], mode: 'as_served' | 'exact' = 'as_served'): Promise<PlanResult> {
  return duckdbRunner.run(planOf(nodes), stamped(rows), { mode })
}

/** The values of expressions over one row. */
export async function evaluate(exprs: readonly Expr[], row: Row = {}): Promise<readonly Value[]> {
  const { rows } = await run(
    [{ id: 'n2', kind: 'project', input: 'n1', columns: exprs.map((expr, i) => ({ name: `c${i}`, expr })) }],
    [row],
  )
  return rows[0]
}

export const col = (name: string): Expr => ({ col: name })
export const lit = (text: string | null, type: string): Expr => ({ lit: text, type })
export const int = (value: number | bigint | null): Expr => lit(value === null ? null : String(value), 'int64')
export const num = (value: number | null): Expr => lit(value === null ? null : String(value), 'double')
export const txt = (value: string | null): Expr => lit(value, 'string')
export const flag = (value: boolean | null): Expr => lit(value === null ? null : String(value), 'boolean')
export const time = (value: string | null): Expr => lit(value, 'timestamp')
export const fn = (name: string, ...args: Expr[]): Expr => ({ fn: name, args })

/** Rows in an order that does not depend on the engine's. */
export function sorted(rows: readonly (readonly Value[])[]): (readonly Value[])[] {
  const text = (row: readonly Value[]): string => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  return [...rows].sort((a, b) => (text(a) < text(b) ? -1 : 1))
}
