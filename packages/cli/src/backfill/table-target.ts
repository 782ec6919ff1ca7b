import { contentHash, PARTITION_MS, type TablePartition, userError } from '@millrace/core'
import { keepSqlRows, type SqlView } from '@millrace/engine-duckdb'
import type { ReadContext } from '../scope/open-scope.ts'
import { partitionTerms } from '../sql-table/compute-table.ts'
import { type SqlTable, sqlTables } from '../sql-table/sql-tables.ts'
import type { BackfillTarget } from './backfill-target.ts'
import type { SliceColumn } from './time-slice.ts'

/** A table by SQL: a slice of it is its statement with the slice's condition, over what is committed now. */
export async function tableTarget(context: ReadContext, name: string): Promise<BackfillTarget> {
  const tables = await sqlTables(context.duckdb, context.loaded.project)
  const table = tables.find(({ asset }) => asset.name === name) as SqlTable
  const { asset, fields, reads } = table
  const partition = partitionOf(table)
  const views = context.tables.map(({ spec, scan }): SqlView => ({ name: spec.name, sql: scan.sql }))
  const missing = reads.find((read) => !views.some((view) => view.name === read))
  if (missing !== undefined) throw notComputed(name, missing, views)
  return {
    name,
    definition: contentHash({ sql: asset.sql, partition, fields }),
    fields,
    time: { column: partition.column, type: fields.find((field) => field.name === partition.column)?.type as SliceColumn['type'] },
    unitMs: PARTITION_MS[partition.unit],
    partitionBy: partitionTerms(asset),
    until: undefined,
    arrivalMax: undefined,
    compute: (connection, slice, as) => keepSqlRows(connection, { sql: asset.sliceSql(slice), views, fields }, as),
  }
}

function partitionOf({ asset }: SqlTable): { readonly unit: TablePartition['unit']; readonly column: string } {
  if (asset.partition !== undefined) return { unit: asset.partition.unit, column: asset.partition.column }
  throw userError('backfill/no-partition', `Table \`${asset.name}\` is not kept by time, so there are no slices of it.`, {
    asked: asset.name,
    do: `Compute it whole: \`millrace run --select ${asset.name}\`; or declare it with \`partition: daily()\` and \`slice.on(…)\`.`,
    at: asset.at,
  })
}

function notComputed(asked: string, missing: string, views: readonly SqlView[]): Error {
  return userError('table/not-computed', `Table \`${asked}\` reads \`${missing}\`, which holds nothing yet.`, {
    asked: missing,
    found: views.map((view) => view.name),
    do: 'Run the project first, or compute what it reads.',
  })
}
