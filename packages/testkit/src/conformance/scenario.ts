import type { Expr, JoinNode, LateEntry, MapDeadLetter, Plan, PlanNode, PlanRunOptions, PlanSource, SourceField } from '@millrace/core'
import type { PlanCase, PlanRunLine } from '../case/plan-case.ts'

/** A plan, its input, and what comes out, written down by hand. */
export interface Scenario extends PlanCase {
  /** What behaviour it shows, unique among all scenarios. */
  readonly name: string
  readonly mode: PlanRunOptions['mode']
  /** Rows out in any order, in the JSON form of `plan-run`; times may be epoch ms. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly late: readonly LateEntry[]
  /** Rows that maps refuse; none where it is left out. */
  readonly dead?: readonly DeadRow[]
}

/** What matters of a row that a map refused. */
export type DeadRow = Pick<MapDeadLetter, 'node' | 'source' | 'arrival' | 'reason'>

/** A node without its place in the chain. */
export type Step = DistributedOmit<Exclude<PlanNode, JoinNode>, 'id' | 'input'>
type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never

/** A row refused wholly or partly: arrival, extent, windows missed. */
type Late = readonly [arrival: number, late: 'all' | 'some', missed: number]

export interface ScenarioText {
  readonly steps: readonly Step[]
  readonly source?: Partial<PlanSource>
  readonly input: readonly PlanRunLine[]
  readonly rows: Scenario['rows']
  readonly late?: readonly Late[]
  readonly mode?: Scenario['mode']
}

const FIELDS: readonly SourceField[] = [
  { name: 'ts1', type: 'timestamp' },
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'txt2', type: 'string', nullable: true },
  { name: 'int1', type: 'int32', nullable: true },
  { name: 'big1', type: 'int64', nullable: true },
  { name: 'big2', type: 'int64', nullable: true },
  { name: 'num1', type: 'double', nullable: true },
  { name: 'num2', type: 'double', nullable: true },
  { name: 'boo1', type: 'boolean', nullable: true },
  { name: 'ts2', type: 'timestamp', nullable: true },
  { name: 'day1', type: 'date', nullable: true },
  { name: 'byt1', type: 'bytes', nullable: true },
  { name: 'dec1', type: 'decimal(10,2)', nullable: true },
  { name: 'dec2', type: 'decimal(38,10)', nullable: true },
  { name: 'json1', type: 'json', nullable: true },
  { name: 'list1', type: 'list<int64>', nullable: true },
  { name: 'struct1', type: 'struct<a:int32,b:list<string>>', nullable: true },
]

/** The source that scenarios read: a field of each type, one split, no delay, keyed by `txt1`. */
export const EVENTS: PlanSource = {
  name: 'events',
  event_time: 'ts1',
  key: ['txt1'],
  watermark_delay_ms: 0,
  late: 'keep',
  fields: FIELDS,
}

/** A scenario over a chain of nodes n2, n3, … behind the scan n1. */
export function scenario(name: string, text: ScenarioText): Scenario {
  const source = { ...EVENTS, ...text.source }
  const nodes = text.steps.map((step, i) => ({ ...step, id: `n${i + 2}`, input: `n${i + 1}` }) as PlanNode)
  const node = nodes.find((one) => one.kind === 'window-aggregate')?.id ?? ''
  const plan: Plan = {
    millrace_plan: 1,
    sources: [source],
    nodes: [{ id: 'n1', kind: 'scan', source: source.name }, ...nodes],
    output: `n${nodes.length + 1}`,
  }
  const late = (text.late ?? []).map(
    ([arrival, extent, missed]): LateEntry => ({ source: source.name, arrival, late: extent, windows_missed: missed, node }),
  )
  return { name, plan, lines: text.input, rows: text.rows, late, mode: text.mode ?? 'as_served' }
}

export interface GraphText {
  readonly sources: readonly PlanSource[]
  /** All nodes but the scans; a scan of each source stands under the source's name. The last one is the output. */
  readonly nodes: readonly PlanNode[]
  readonly input: readonly PlanRunLine[]
  readonly rows: Scenario['rows']
  /** Like `Late`, and the node that refused the row. */
  readonly late?: readonly (readonly [...late: Late, node: string])[]
  readonly mode?: Scenario['mode']
}

/** A scenario over a plan of several branches or sources. */
export function graphScenario(name: string, text: GraphText): Scenario {
  const { sources, nodes } = text
  const scans = sources.map((source): PlanNode => ({ id: source.name, kind: 'scan', source: source.name }))
  const plan: Plan = { millrace_plan: 1, sources, nodes: [...scans, ...nodes], output: nodes[nodes.length - 1].id }
  const late = (text.late ?? []).map(
    ([arrival, extent, missed, node]): LateEntry => ({
      source: text.input[arrival].source ?? sources[0].name,
      arrival,
      late: extent,
      windows_missed: missed,
      node,
    }),
  )
  return { name, plan, lines: text.input, rows: text.rows, late, mode: text.mode ?? 'as_served' }
}

/** A line with a row; `ts1` is 0 unless given. */
export function row(values: Readonly<Record<string, unknown>>, at: Omit<PlanRunLine, 'row'> = {}): PlanRunLine {
  return { ...at, row: { ts1: 0, ...values } }
}

export function col(name: string): Expr {
  return { col: name }
}

export function call(fn: string, ...args: Expr[]): Expr {
  return { fn, args }
}

/** A scenario over one row: each name stands for an expression and what it gives. */
export function gives(
  name: string,
  values: Readonly<Record<string, unknown>>,
  results: Readonly<Record<string, readonly [Expr, unknown]>>,
): Scenario {
  const columns = Object.entries(results).map(([column, [expr]]) => [column, expr] as const)
  return scenario(name, {
    steps: [project(...columns)],
    input: [row(values)],
    rows: [Object.fromEntries(Object.entries(results).map(([column, [, result]]) => [column, result]))],
  })
}

/** A literal: int32, double, boolean or string by its JavaScript type, else of the type given. */
export function lit(value: number | boolean | string | null, type?: string): Expr {
  const byValue =
    typeof value === 'number' ? (Number.isInteger(value) ? 'int32' : 'double') : typeof value === 'boolean' ? 'boolean' : 'string'
  return { lit: value === null ? null : String(value), type: type ?? byValue }
}

export function filter(where: Expr): Step {
  return { kind: 'filter', where }
}

/** A project of bare columns and computed ones. */
export function project(...columns: readonly (string | readonly [string, Expr])[]): Step {
  return {
    kind: 'project',
    columns: columns.map((column) =>
      typeof column === 'string' ? { name: column, expr: col(column) } : { name: column[0], expr: column[1] },
    ),
  }
}
