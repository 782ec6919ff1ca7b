import { join } from 'node:path'
import { type Expr, type OverwriteCommit, type Snapshot, type TableName, userError } from '@millrace/core'
import { commitDraft, type FilePlace, positionsMoved, positionsOf, type WriteContext, withPlace, writeRows } from './append.ts'
import { changeConflict, positionConflict } from './commit/conflict.ts'
import type { SnapshotDraft } from './commit/snapshot-change.ts'
import { removeFiles } from './durable-file.ts'
import type { DataFileWritten } from './feed/data-writer.ts'
import { FILE_PREFIX } from './file-name.ts'
import { filterSql } from './filter/filter-sql.ts'
import { type RowFilter, resolveFilter } from './filter/row-filter.ts'
import { currentEntry, currentSchema, type SnapshotEntry } from './format/table-metadata.ts'
import { findFiles, type LiveFile } from './live-file.ts'
import { beneathChange, closingOf } from './overwrite-beneath.ts'
import { checkFiles } from './scan/check-file.ts'
import { scanSource } from './scan/scan-source.ts'
import { storedColumns } from './scan/scan-sql.ts'
import { CLOSING_KEY, type LoadedTable, type TableReader } from './table-reader.ts'

type Isolation = NonNullable<OverwriteCommit['isolation']>

/** What a filter takes out of a table: files that go, and files with what is left of them. */
interface Removal {
  readonly removed: readonly LiveFile[]
  readonly rewritten: readonly DataFileWritten[]
}

/**
 * Replaces the rows for which a filter is true by other rows, in one snapshot. Files wholly inside the filter are dropped, files partly inside
 * are written anew without those rows, files outside by their statistics are left alone.
 * @throws `lake/conflict` when others removed such a file since, or, unless `isolation` is `snapshot`, added one with rows that may match
 */
export async function overwrite(context: WriteContext, name: TableName, commit: OverwriteCommit): Promise<Snapshot> {
  const base = await context.reader.load(name)
  const closing = commit.beneath === true ? await closingOf(context.reader, base) : undefined
  if (closing === undefined) refuseProvisional(base)
  const filter = resolveFilter(commit.where, currentSchema(base.metadata))
  return withPlace(context, base, async (place) => {
    const added = await writeRows(context, base, commit.batches, place)
    const from = closing?.below ?? currentEntry(base.metadata)
    const removal = await removalOf(context, base, { filter, from, place }).catch(async (error: unknown) => {
      await removeFiles(added.map((file) => file.path))
      throw error
    })
    const files = [...added, ...removal.rewritten]
    const draft = () => overwriteDraft(context, { base, filter, removal, added }, { commit, place })
    if (closing === undefined) return commitDraft(context, files, draft)
    return commitDraft(context, files, draft, (one) => beneathChange(context, one, { closing, place }))
  })
}

interface Replacement {
  readonly base: LoadedTable
  readonly filter: RowFilter
  readonly removal: Removal
  readonly added: readonly DataFileWritten[]
}

function overwriteDraft(
  { reader }: WriteContext,
  replacement: Replacement,
  { commit, place }: { readonly commit: OverwriteCommit; readonly place: FilePlace },
): SnapshotDraft {
  const { base, filter, removal, added } = replacement
  const positions = positionsOf(commit.positions ?? {})
  const isolation = commit.isolation ?? 'serializable'
  return {
    ...place,
    base,
    operation: removal.removed.length === 0 ? 'append' : added.length + removal.rewritten.length === 0 ? 'delete' : 'overwrite',
    added: [...added, ...removal.rewritten],
    removed: removal.removed,
    positions,
    summary: commit.summary ?? {},
    check: async (now) => {
      if (positionsMoved(base, positions, now)) throw positionConflict(base, positions, now)
      await checkRemoval(reader, { base, filter, removal, isolation }, now)
    },
  }
}

export interface DeleteCommit {
  readonly where: Expr
  readonly isolation?: Isolation
  readonly summary?: Readonly<Record<string, string>>
}

/** Removes the rows for which a filter is true. Where there are none, nothing is committed, and the current snapshot is the answer. */
export async function deleteRows(context: WriteContext, name: TableName, commit: DeleteCommit): Promise<Snapshot | undefined> {
  const base = await context.reader.load(name)
  refuseProvisional(base)
  const filter = resolveFilter(commit.where, currentSchema(base.metadata))
  return withPlace(context, base, async (place) => {
    const removal = await removalOf(context, base, { filter, from: currentEntry(base.metadata), place })
    if (removal.removed.length === 0) {
      const entry = currentEntry(base.metadata)
      return entry === undefined ? undefined : context.reader.snapshot(base.metadata, entry)
    }
    const replacement = { base, filter, removal, added: [] }
    return commitDraft(context, removal.rewritten, () =>
      overwriteDraft(context, replacement, { commit: { ...commit, batches: [] }, place }),
    )
  })
}

/** What corrects rows on top of a provisional closing would be left behind with it. */
function refuseProvisional({ name, metadata }: LoadedTable): void {
  if (currentEntry(metadata)?.summary?.[CLOSING_KEY] !== 'true') return
  throw userError(
    'lake/provisional',
    `The current snapshot of \`${name.namespace}.${name.table}\` holds provisional rows, which the next input leaves behind, and with them what is corrected now.`,
    { asked: 'to replace rows', found: CLOSING_KEY, do: 'Correct the input and run it with `--replace`.' },
  )
}

interface RemovalRequest {
  readonly filter: RowFilter
  /** The snapshot whose rows are taken. */
  readonly from: SnapshotEntry | undefined
  readonly place: FilePlace
}

async function removalOf(context: WriteContext, base: LoadedTable, { filter, from, place }: RemovalRequest): Promise<Removal> {
  const { files } = await findFiles(context.reader, base.metadata, { entry: from, filter })
  await checkFiles(files.filter((file) => file.verdict === 'some'))
  const removed = files.filter((file) => file.verdict === 'all')
  const rewritten: DataFileWritten[] = []
  try {
    for (const file of files) {
      if (file.verdict !== 'some') continue
      const rest = await writeRest(context, base, { file, filter, path: restPath(place, rewritten.length) })
      if (rest === 'untouched') continue
      removed.push(file)
      if (rest !== undefined) rewritten.push(rest)
    }
  } catch (error) {
    await removeFiles(rewritten.map((file) => file.path))
    throw error
  }
  return { removed, rewritten }
}

function restPath({ folder, uuid }: FilePlace, number: number): string {
  return join(folder, 'data', `${FILE_PREFIX}${uuid}-rest-${String(number).padStart(5, '0')}.parquet`)
}

interface RestRequest {
  readonly file: LiveFile
  readonly filter: RowFilter
  readonly path: string
}

/** Writes the rows of a file that the filter does not take; nothing where it takes none or all of them. */
async function writeRest(
  { writer, reader }: WriteContext,
  { metadata }: LoadedTable,
  { file, filter, path }: RestRequest,
): Promise<DataFileWritten | 'untouched' | undefined> {
  const schema = currentSchema(metadata)
  const source = await scanSource(reader.layouts, { metadata, schema, files: [file] })
  const taken = filterSql(filter)
  const [found] = await writer.read(`SELECT count(*) FILTER (${taken}) AS taken FROM ${source}`)
  if (Number(found.taken) === 0) return 'untouched'
  if (Number(found.taken) === file.rows) return undefined
  const written = await writer.writeQuery(
    path,
    `SELECT ${storedColumns(schema.fields)} FROM ${source} WHERE (${taken}) IS NOT TRUE`,
    schema.fields,
  )
  return written && { ...written, specId: file.ref.partition_spec_id, tuple: file.tuple }
}

interface RemovalCheck {
  readonly base: LoadedTable
  readonly filter: RowFilter
  readonly removal: Removal
  readonly isolation: Isolation
}

/** Refuses to build on a table in which a removed file is gone, or, serializably, one was added that the filter may take rows of. */
async function checkRemoval(reader: TableReader, { base, filter, removal, isolation }: RemovalCheck, now: LoadedTable): Promise<void> {
  const is = await findFiles(reader, now.metadata, { entry: currentEntry(now.metadata) })
  refuseMissing(base, removal.removed, is.files, now)
  if (isolation === 'snapshot') return
  const was = await findFiles(reader, base.metadata, { entry: currentEntry(base.metadata) })
  const known = new Set(was.files.map((file) => file.path))
  const matching = await findFiles(reader, now.metadata, { entry: currentEntry(now.metadata), filter })
  const added = matching.files.filter((file) => !known.has(file.path))
  if (added.length === 0) return
  const rows = added.reduce((sum, file) => sum + file.rows, 0)
  throw changeConflict(base, now, `${added.length} data files with ${rows} rows that the filter may take were added`)
}

/** Refuses to remove files that are gone already. */
export function refuseMissing(base: LoadedTable, removed: readonly LiveFile[], files: readonly LiveFile[], now: LoadedTable): void {
  const present = new Set(files.map((file) => file.path))
  const missing = removed.filter((file) => !present.has(file.path))
  if (missing.length > 0) throw changeConflict(base, now, `${missing.length} of the data files to be replaced are gone`)
}
