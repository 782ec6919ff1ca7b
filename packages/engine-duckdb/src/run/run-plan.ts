import type { DuckDBConnection } from '@duckdb/node-api'
import type { Field } from '@millrace/columnar'
import type { CheckedPlan, LateEntry, Value } from '@millrace/core'
import { type PrintOptions, printPlan } from '../print/plan-printer.ts'
import { duckdbError } from './duckdb-error.ts'
import { chunkRows } from './read-vector.ts'

export interface RunningPlan {
  /** User columns of the output. */
  readonly columns: readonly Field[]
  /** The rows, some thousand at a time, in no order; each is read once. Nothing but these rows reaches JavaScript. */
  readonly rows: AsyncIterable<Value[][]>
  /** The refused rows; empty in mode `exact`. Runs its own statement, after or beside `rows`. */
  readonly late: () => Promise<readonly LateEntry[]>
}

/** Prints a checked plan and runs it over the given table expressions on a connection. */
export function runPlan(connection: DuckDBConnection, plan: CheckedPlan, options: PrintOptions): RunningPlan {
  const { sql, lateSql } = printPlan(plan, options)
  return {
    columns: plan.output.fields,
    rows: streamRows(connection, sql),
    late: async () => {
      if (lateSql === undefined) return []
      const entries: LateEntry[] = []
      for await (const rows of streamRows(connection, lateSql)) entries.push(...rows.map(lateEntry))
      return entries
    },
  }
}

function lateEntry([source, arrival, late, missed, node]: readonly Value[]): LateEntry {
  return {
    source: String(source),
    arrival: Number(arrival),
    late: late === 'all' ? 'all' : 'some',
    windows_missed: Number(missed),
    node: String(node),
  }
}

/** The rows of one of our own statements, a chunk at a time. */
export async function* streamRows(connection: DuckDBConnection, sql: string): AsyncGenerator<Value[][]> {
  try {
    const result = await connection.stream(sql)
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
      yield chunkRows(chunk)
  } catch (cause) {
    throw duckdbError(cause, sql)
  }
}
