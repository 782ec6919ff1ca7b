import { type Batch, batchFromRows } from '@millrace/columnar'
import type { Expr, Snapshot, Value } from '@millrace/core'
import { type SqlView, withSqlRows } from '@millrace/engine-duckdb'
import { type ReadContext, tableName } from '../scope/open-scope.ts'
import type { SqlTable } from './sql-tables.ts'

/** Rows of one batch to the lake. */
const BATCH_ROWS = 16_384

export interface ComputedTable {
  readonly rows: number
  readonly snapshot: Snapshot
}

/** Runs a table's statement and puts its rows in the place of those that the table has, in one commit. */
export function computeTable(context: ReadContext, { asset, fields }: SqlTable, views: readonly SqlView[]): Promise<ComputedTable> {
  const name = tableName(context.scope, asset.name)
  return withSqlRows(context.duckdb, { sql: asset.sql, views, fields }, async (rows) => {
    await context.lake.openTable(name, { fields, evolve: true, partitionBy: partitionTerms(asset) })
    let count = 0
    const batches = batchesOf(rows, (part) => {
      count += part.length
      return batchFromRows(fields, part)
    })
    const snapshot = await context.lake.overwrite(name, { where: everyRow(fields[0].name), batches })
    return { rows: count, snapshot }
  })
}

/** Rows as batches for the lake. */
export async function* batchesOf(
  rows: AsyncIterable<Value[][]>,
  batchOf: (rows: readonly (readonly Value[])[]) => Batch,
): AsyncGenerator<Batch> {
  let waiting: Value[][] = []
  for await (const part of rows) {
    waiting.push(...part)
    if (waiting.length < BATCH_ROWS) continue
    yield batchOf(waiting)
    waiting = []
  }
  if (waiting.length > 0) yield batchOf(waiting)
}

/** How a table by SQL is laid out in files. */
export function partitionTerms({ partition }: SqlTable['asset']): readonly string[] {
  return partition === undefined ? [] : [`${partition.unit}(${partition.column})`]
}

/** A filter that takes every row. */
export function everyRow(column: string): Expr {
  const args = [{ col: column }]
  return {
    fn: 'or',
    args: [
      { fn: 'is_null', args },
      { fn: 'is_not_null', args },
    ],
  }
}
