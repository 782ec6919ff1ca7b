import {
  type Aggregate,
  checkPlan,
  type LateEntry,
  type MapReason,
  type Plan,
  type PlanNode,
  type PlanSource,
  type Window,
} from '@millrace/core'
import type { PlanRunLine } from '../case/plan-case.ts'
import { col, type DeadRow, type Scenario } from './scenario.ts'

/** A source whose columns are named by type and a number, keyed by its text. */
function source(name: string, n: number): PlanSource {
  return {
    name,
    event_time: `ts${n}`,
    key: [`txt${n}`],
    watermark_delay_ms: 0,
    late: 'keep',
    fields: [
      { name: `ts${n}`, type: 'timestamp' },
      { name: `txt${n}`, type: 'string', nullable: true },
      { name: `int${n}`, type: 'int32', nullable: true },
      { name: `boo${n}`, type: 'boolean', nullable: true },
    ],
  }
}

/** `events` and `others` have the same columns, `rights` has columns of its own. */
const SOURCES: readonly PlanSource[] = [source('events', 1), source('others', 1), source('rights', 2)]

type Line = (ts: number | string, txt?: string | null, int?: number | null, boo?: boolean | null) => PlanRunLine

function lineOf({ name, fields }: PlanSource): Line {
  return (ts, txt = 'a', int = null, boo = null) => ({
    source: name,
    row: { [fields[0].name]: ts, [fields[1].name]: txt, [fields[2].name]: int, [fields[3].name]: boo },
  })
}

/** Lines of the three sources: event time, key `a`, number, flag. */
export const [event, other, right] = SOURCES.map(lineOf)

/** The line with a stamp of its own. */
export function stamped(watermark: number, line: PlanRunLine): PlanRunLine {
  return { ...line, watermark }
}

export interface FlowText {
  /** All nodes but the scans; a scan of each source stands under the source's name. The last one is the output. */
  readonly nodes: readonly PlanNode[]
  readonly input: readonly PlanRunLine[]
  /** Values of the output's columns in order; times as epoch ms or text. */
  readonly rows: readonly (readonly unknown[])[]
  /** Arrival and node of each row refused whole by an operator; else what share it refused, and how many windows. */
  readonly late?: readonly (readonly [arrival: number, node: string, extent?: 'some' | 'all', missed?: number])[]
  /** Arrival, node and reason of each row that a map refused; arrival null where it comes from no record. */
  readonly dead?: readonly (readonly [arrival: number | null, node: string, reason: MapReason])[]
  /** What is other than usual in every source. */
  readonly source?: Partial<PlanSource>
  readonly mode?: Scenario['mode']
}

/** A scenario whose rows are written as lists. */
export function flow(name: string, text: FlowText): Scenario {
  const read = new Set(text.nodes.flatMap((node) => JSON.stringify(node).match(/"(events|others|rights)"/g) ?? []))
  const sources = SOURCES.filter((one) => read.has(`"${one.name}"`)).map((one) => ({ ...one, ...text.source }))
  const scans = sources.map((one): PlanNode => ({ id: one.name, kind: 'scan', source: one.name }))
  const plan: Plan = { millrace_plan: 1, sources, nodes: [...scans, ...text.nodes], output: text.nodes[text.nodes.length - 1].id }
  const names = checkPlan(plan).output.fields.map((field) => field.name)
  const late = (text.late ?? []).map(
    ([arrival, node, extent = 'all', missed = 1]): LateEntry => ({
      source: text.input[arrival].source ?? '',
      arrival,
      late: extent,
      windows_missed: missed,
      node,
    }),
  )
  const rows = text.rows.map((values) => Object.fromEntries(names.map((column, i) => [column, values[i]])))
  const dead = (text.dead ?? []).map(
    ([arrival, node, reason]): DeadRow => ({
      source: arrival === null ? null : (text.input[arrival].source ?? ''),
      arrival,
      node,
      reason,
    }),
  )
  return { name, plan, lines: text.input, rows, late, dead, mode: text.mode ?? 'as_served' }
}

export const COUNT: Aggregate = { name: 'n', fn: 'count' }
export const SUM: Aggregate = { name: 'total', fn: 'sum', args: [col('int1')] }

/** An aggregate over windows, or over everything, by `txt1`. */
export function aggregated(
  id: string,
  input: string,
  window: Window,
  options: { readonly aggregates?: readonly Aggregate[]; readonly keys?: readonly string[] } = {},
): PlanNode {
  return { id, kind: 'window-aggregate', input, keys: options.keys ?? ['txt1'], window, aggregates: options.aggregates ?? [COUNT] }
}

export function projected(id: string, input: string, ...columns: readonly (string | readonly [name: string, from: string])[]): PlanNode {
  return {
    id,
    kind: 'project',
    input,
    columns: columns.map((column) =>
      typeof column === 'string' ? { name: column, expr: col(column) } : { name: column[0], expr: col(column[1]) },
    ),
  }
}

export function moved(id: string, input: string, keys: readonly string[]): PlanNode {
  return { id, kind: 'exchange', input, keys }
}
