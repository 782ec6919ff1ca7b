import type { Field } from '@millrace/columnar'
import type { CheckedPlan, LateEntry, PlanResult, Value } from '@millrace/core'
import { jsonValue } from '../output/json-value.ts'

/** A line that became no row, or a row that a map's function refused; `source` and `arrival` are null where that comes from no record. */
export interface PlanDeadLetter {
  readonly source: string | null
  readonly arrival: number | null
  readonly reason: string
  readonly column?: string
  readonly node?: string
  readonly message?: string
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
  /** `dead_letters`, of a plan with a map: rows that it refused before they were counted; rows_in = rows_counted + late + dead_letters. */
  readonly counts: {
    readonly rows_in: number
    readonly rows_counted: number
    readonly late: number
    readonly dead_letters?: number
    readonly rows_out: number
  }
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
  /** Of these, those that maps in front of it refused. */
  readonly deadInFront: number
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
    dead_letters: [...facts.deadLetters, ...mapDeadLetters(result)],
    counts: {
      rows_in: facts.rowsIn,
      rows_counted: facts.rowsIn - facts.refused - facts.deadInFront,
      late: facts.refused,
      ...(facts.plan.nodes.some(({ node }) => node.kind === 'map') ? { dead_letters: facts.deadInFront } : {}),
      rows_out: result.rows.length,
    },
    seconds: facts.seconds,
  }
}

/** By arrival, node and what was said of them. */
function mapDeadLetters({ dead = [] }: PlanResult): readonly PlanDeadLetter[] {
  const place = ({ arrival }: PlanDeadLetter): number => arrival ?? Number.POSITIVE_INFINITY
  const text = ({ node, reason, message }: PlanDeadLetter): string => JSON.stringify([node, reason, message])
  return dead
    .map(({ source, arrival, reason, node, message }) => ({ source, arrival, reason, node, message }))
    .toSorted((a, b) => (place(a) === place(b) ? (text(a) < text(b) ? -1 : 1) : place(a) - place(b)))
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
