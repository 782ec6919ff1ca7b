import type { Field } from '@millrace/columnar'
import type { CheckedPlan, LateEntry, PlanResult, Value } from '@millrace/core'
import { jsonValue } from '../output/json-value.ts'

/** A line that became no row. */
export interface PlanDeadLetter {
  readonly source: string
  readonly arrival: number
  readonly reason: string
  readonly column?: string
}

/** The document `plan-run --json` prints. */
export interface PlanRunDocument {
  readonly engine: string
  readonly mode: 'as_served' | 'exact'
  readonly plan_hash: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly late: readonly LateEntry[]
  readonly dead_letters: readonly PlanDeadLetter[]
  readonly counts: { readonly rows_in: number; readonly rows_counted: number; readonly late: number; readonly rows_out: number }
  readonly seconds: number
}

export interface DocumentFacts {
  readonly engine: string
  readonly mode: 'as_served' | 'exact'
  readonly plan: CheckedPlan
  readonly result: PlanResult
  readonly deadLetters: readonly PlanDeadLetter[]
  /** Rows that reached the first time operator from its left, or the output when there is none. */
  readonly rowsIn: number
  /** Of these, those that it refused altogether. */
  readonly refused: number
  readonly seconds: number
}

/** Makes the document: rows sorted by their JSON bytes, late entries by arrival and node. */
export function planRunDocument(facts: DocumentFacts): PlanRunDocument {
  const { result } = facts
  return {
    engine: facts.engine,
    mode: facts.mode,
    plan_hash: facts.plan.plan.hash,
    columns: result.columns.map(({ name, type }) => ({ name, type })),
    rows: sortedRows(result),
    late: result.late
      .toSorted((a, b) => a.arrival - b.arrival || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0))
      .map(({ source, arrival, late, windows_missed, node }) => ({ source, arrival, late, windows_missed, node })),
    dead_letters: facts.deadLetters,
    counts: { rows_in: facts.rowsIn, rows_counted: facts.rowsIn - facts.refused, late: facts.refused, rows_out: result.rows.length },
    seconds: facts.seconds,
  }
}

export function rowObject(columns: readonly Field[], row: readonly Value[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, i) => [column.name, jsonValue(row[i], column.type)]))
}

function sortedRows(result: PlanResult): Record<string, unknown>[] {
  const keyed = result.rows.map((values) => {
    const row = rowObject(result.columns, values)
    return { row, bytes: Buffer.from(JSON.stringify(row)) }
  })
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ row }) => row)
}
