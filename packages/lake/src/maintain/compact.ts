import { join } from 'node:path'
import { closest, type Snapshot, type TableName, userError } from '@millrace/core'
import { commitDraft, type FilePlace, type WriteContext, withPlace } from '../append.ts'
import type { SnapshotDraft } from '../commit/snapshot-change.ts'
import { removeFiles } from '../durable-file.ts'
import type { DataFileWritten } from '../feed/data-writer.ts'
import { quoteName } from '../feed/parquet-writer.ts'
import { FILE_PREFIX } from '../file-name.ts'
import { currentEntry, currentSchema } from '../format/table-metadata.ts'
import { fieldsOf } from '../format/table-schema.ts'
import { findFiles, type LiveFile } from '../live-file.ts'
import { refuseMissing } from '../overwrite.ts'
import { checkFiles } from '../scan/check-file.ts'
import { scanSql, storedColumns } from '../scan/scan-sql.ts'
import { CLOSING_KEY, type LoadedTable } from '../table-reader.ts'

const TARGET_BYTES = 128 * 1024 ** 2
/** Files of this part of the target are large enough to be left alone. */
const LARGE_SHARE = 0.75
/** Files of one partition that make a rewrite worth while. */
const FILES_MIN = 2

export interface CompactRequest {
  /** Size that files come to, 128 MiB by default. */
  readonly targetBytes?: number
  /** Columns by which rows are sorted within a partition. Absent: rows keep their order, and only small files are put together. */
  readonly sortBy?: readonly string[]
}

/** Files of one partition that become one file, or, sorted, as many as it takes. */
type Bin = readonly LiveFile[]

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
  const bins = order === '' ? binsOf(files, targetBytes) : [...partitionsOf(files).values()]
  if (bins.length === 0) return undefined
  await checkFiles(bins.flat())
  return withPlace(context, base, async (place) => {
    const added = await rewrite(context, base, { bins, order, targetBytes, place })
    return commitDraft(context, added, () => compactDraft(context, base, { ...place, added, removed: bins.flat() }))
  })
}

function compactDraft(
  { reader }: WriteContext,
  base: LoadedTable,
  parts: Pick<SnapshotDraft, 'folder' | 'uuid' | 'added' | 'removed'>,
): SnapshotDraft {
  const isProvisional = currentEntry(base.metadata)?.summary?.[CLOSING_KEY] === 'true'
  return {
    ...parts,
    base,
    operation: 'replace',
    positions: {},
    summary: isProvisional ? { [CLOSING_KEY]: 'true' } : {},
    check: async (now) => {
      const { files } = await findFiles(reader, now.metadata, { entry: currentEntry(now.metadata) })
      refuseMissing(base, parts.removed, files, now)
    },
  }
}

function partitionsOf(files: readonly LiveFile[]): Map<string, LiveFile[]> {
  const shown = (value: unknown) => (Buffer.isBuffer(value) ? `x${value.toString('hex')}` : String(value))
  return Map.groupBy(files, ({ ref, tuple }) => `${ref.partition_spec_id} ${tuple.map(shown).join('/')}`)
}

/** Small files of each partition, packed in the order in which they came until the next would be too much. */
function binsOf(files: readonly LiveFile[], targetBytes: number): Bin[] {
  const bins: LiveFile[][] = []
  for (const partition of partitionsOf(files).values()) {
    let open: LiveFile[] = []
    let bytes = 0
    for (const file of partition) {
      if (file.bytes >= targetBytes * LARGE_SHARE) continue
      if (bytes + file.bytes > targetBytes) {
        bins.push(open)
        open = []
        bytes = 0
      }
      open.push(file)
      bytes += file.bytes
    }
    bins.push(open)
  }
  return bins.filter((bin) => bin.length >= FILES_MIN)
}

interface Rewrite {
  readonly bins: readonly Bin[]
  readonly order: string
  readonly targetBytes: number
  readonly place: FilePlace
}

async function rewrite(
  { writer }: WriteContext,
  base: LoadedTable,
  { bins, order, targetBytes, place }: Rewrite,
): Promise<DataFileWritten[]> {
  const schema = currentSchema(base.metadata)
  const fields = fieldsOf(base.metadata, schema)
  const written: DataFileWritten[] = []
  try {
    for (const [number, bin] of bins.entries()) {
      const query = `SELECT ${storedColumns(schema.fields)} FROM ${scanSql(bin, fields)}${order}`
      const files = await writer.writeQueryFiles({
        folder: join(place.folder, 'data'),
        prefix: `${FILE_PREFIX}${place.uuid}-compact-${String(number).padStart(5, '0')}`,
        query,
        fields: schema.fields,
        bytesMax: order === '' ? targetBytes * 2 : targetBytes,
      })
      written.push(...files.map((file) => ({ ...file, specId: bin[0].ref.partition_spec_id, tuple: bin[0].tuple })))
    }
  } catch (error) {
    await removeFiles(written.map((file) => file.path))
    throw error
  }
  return written
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
