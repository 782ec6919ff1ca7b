import { closest, type Snapshot, type TableName, userError } from '@millrace/core'
import type { WriteContext } from '../append.ts'
import { quoteName } from '../feed/parquet-writer.ts'
import { currentEntry, currentSchema } from '../format/table-metadata.ts'
import { findFiles } from '../live-file.ts'
import type { LoadedTable } from '../table-reader.ts'
import { type BinLimits, binsOf, partitionsOf } from './bin.ts'
import { rewriteFiles } from './rewrite.ts'

const TARGET_BYTES = 128 * 1024 ** 2

export interface CompactRequest extends Partial<BinLimits> {
  /** Columns by which rows are sorted within a partition. Absent: rows keep their order, and only small files are put together. */
  readonly sortBy?: readonly string[]
}

/**
 * Puts small data files of a partition together, or sorts the rows of each partition, in one snapshot with the same rows. Undefined where there
 * is nothing to do. What other writers append meanwhile stays; files that they removed make it fail.
 * @throws `lake/conflict`, `lake/unknown-column`
 */
export async function compact(context: WriteContext, name: TableName, request: CompactRequest = {}): Promise<Snapshot | undefined> {
  const base = await context.reader.load(name)
  const order = orderBy(base, request.sortBy ?? [])
  const { files } = await findFiles(context.reader, base.metadata, { entry: currentEntry(base.metadata) })
  const targetBytes = request.targetBytes ?? TARGET_BYTES
  const bins = order === '' ? binsOf(files, { ...request, targetBytes }) : [...partitionsOf(files).values()]
  if (bins.length === 0) return undefined
  return rewriteFiles(context, base, {
    bins,
    operation: 'replace',
    query: (rows) => `${rows}${order}`,
    mark: '-compact-',
    bytesMax: order === '' ? targetBytes * 2 : targetBytes,
  })
}

function orderBy({ metadata }: LoadedTable, columns: readonly string[]): string {
  const names = currentSchema(metadata).fields.map((field) => field.name)
  for (const column of columns) if (!names.includes(column)) throw unknownColumn(column, names)
  return columns.length === 0 ? '' : ` ORDER BY ${columns.map((column) => `${quoteName(column)} NULLS FIRST`).join(', ')}`
}

function unknownColumn(asked: string, found: readonly string[]): Error {
  const near = closest(asked, found)
  return userError(
    'lake/unknown-column',
    `The table has no column \`${asked}\` to sort by${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked,
      found,
      do: 'Use one of the columns found.',
    },
  )
}
