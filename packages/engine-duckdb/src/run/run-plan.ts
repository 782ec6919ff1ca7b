import type { DuckDBConnection } from '@duckdb/node-api'
import type { Field } from '@millrace/columnar'
import type { CheckedPlan, LateEntry, MapDeadLetter, MapFunctions, MapReason, Value } from '@millrace/core'
import { type PrintOptions, printPlan } from '../print/plan-printer.ts'
import { duckdbError } from './duckdb-error.ts'
import { chunkRows } from './read-vector.ts'
import { registerMaps } from './register-maps.ts'

export interface RunningPlan {
  /** User columns of the output. */
  readonly columns: readonly Field[]
  /** The rows, some thousand at a time, in no order; each is read once. Nothing but these rows reaches JavaScript. */
  readonly rows: AsyncIterable<Value[][]>
  /** The refused rows; empty in mode `exact`. Runs its own statement, after or beside `rows`. */
  readonly late: () => Promise<readonly LateEntry[]>
  /** The rows that maps refused. Runs its own statement. */
  readonly dead: () => Promise<readonly MapDeadLetter[]>
}

export interface RunPlanOptions extends PrintOptions {
  /** The functions that the plan's maps name. */
  readonly functions?: MapFunctions
}

/** Prints a checked plan and runs it over the given table expressions on a connection. */
export function runPlan(connection: DuckDBConnection, plan: CheckedPlan, options: RunPlanOptions): RunningPlan {
  const mapName = registerMaps(connection, plan, options.functions)
  const { sql, lateSql, deadSql } = printPlan(plan, { mapName, ...options })
  return {
    columns: plan.output.fields,
    rows: streamRows(connection, sql),
    late: () => entries(connection, lateSql, lateEntry),
    dead: () => entries(connection, deadSql, deadLetter),
  }
}

async function entries<T>(
  connection: DuckDBConnection,
  sql: string | undefined,
  entryOf: (row: readonly Value[]) => T,
): Promise<readonly T[]> {
  if (sql === undefined) return []
  const found: T[] = []
  for await (const rows of streamRows(connection, sql)) found.push(...rows.map(entryOf))
  return found
}

function deadLetter([node, source, arrival, reason, message, record]: readonly Value[]): MapDeadLetter {
  return {
    node: String(node),
    source: source === null ? null : String(source),
    arrival: arrival === null ? null : Number(arrival),
    reason: reason as MapReason,
    message: String(message),
    record: String(record),
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
