import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { AppendCommit, Positions, Snapshot, TableName } from '@millrace/core'
import { positionConflict } from './commit/conflict.ts'
import { parentEntry, type SnapshotDraft, snapshotChange } from './commit/snapshot-change.ts'
import { type CommitContext, commitChange, type TableChange } from './commit/table-commit.ts'
import { makeFolder, removeFiles } from './durable-file.ts'
import { type DataFileWritten, writeData } from './feed/data-writer.ts'
import type { ParquetWriter } from './feed/parquet-writer.ts'
import { FILE_PREFIX } from './file-name.ts'
import { pathOf } from './format/location.ts'
import { currentEntry, currentSchema, defaultSpec } from './format/table-metadata.ts'
import { fieldIdsSql, fieldsOf } from './format/table-schema.ts'
import { commitHold } from './hold/hold-keeper.ts'
import { boundFields } from './partition/partition-value.ts'
import { type LoadedTable, positionsAt } from './table-reader.ts'

export interface WriteContext extends CommitContext {
  readonly writer: ParquetWriter
  readonly fileRowsMax: number
}

/** Where the files of one commit go. */
export interface FilePlace {
  readonly folder: string
  readonly uuid: string
}

/** Writes the data files of an append and commits them as one snapshot. @throws `lake/conflict`, `lake/commit-contended` */
export async function append(context: WriteContext, name: TableName, commit: AppendCommit): Promise<Snapshot> {
  const base = await context.reader.load(name)
  parentEntry(base, commit.parent)
  return withPlace(context, base, async (place) => {
    const added = await writeRows(context, base, commit.batches, place)
    return commitDraft(context, added, () => appendDraft(base, commit, { ...place, added }))
  })
}

/** Runs a commit with a place for its files, on which a sweep of orphans does not touch them. */
export async function withPlace<T>(context: WriteContext, base: LoadedTable, run: (place: FilePlace) => Promise<T>): Promise<T> {
  const folder = pathOf(base.metadata.location)
  await makeFolder(join(folder, 'data'))
  const uuid = randomUUID()
  const release = await context.holds.hold(commitHold(uuid))
  try {
    return await run({ folder, uuid })
  } finally {
    await release()
  }
}

/** Writes batches as data files of the table's current schema and partition spec. */
export function writeRows(
  context: WriteContext,
  { metadata }: LoadedTable,
  batches: AppendCommit['batches'],
  { folder, uuid }: FilePlace,
): Promise<DataFileWritten[]> {
  const schema = currentSchema(metadata)
  const spec = defaultSpec(metadata)
  return writeData(batches, {
    writer: context.writer,
    fields: fieldsOf(metadata, schema),
    fieldIds: fieldIdsSql(schema.fields),
    specId: spec['spec-id'],
    spec: boundFields(spec, metadata),
    folder: join(folder, 'data'),
    prefix: FILE_PREFIX + uuid,
    fileRowsMax: context.fileRowsMax,
  })
}

/** Commits the draft that `draftOf` makes; where that fails, the files it was to hold go. */
export async function commitDraft(
  context: CommitContext,
  written: readonly DataFileWritten[],
  draftOf: () => SnapshotDraft | Promise<SnapshotDraft>,
  changeOf: (draft: SnapshotDraft) => Promise<TableChange<Snapshot>> = (draft) => snapshotChange(context, draft),
): Promise<Snapshot> {
  const change = await Promise.resolve()
    .then(draftOf)
    .then(changeOf)
    .catch(async (error: unknown) => {
      await removeFiles(written.map((file) => file.path))
      throw error
    })
  context.onPhase('data-written', change.base.name)
  return commitChange(context, change)
}

function appendDraft(base: LoadedTable, commit: AppendCommit, written: FilePlace & Pick<SnapshotDraft, 'added'>): SnapshotDraft {
  const positions = positionsOf(commit.positions)
  refuseFallingBack(base, commit, positions)
  return {
    ...written,
    base,
    operation: 'append',
    removed: [],
    positions,
    summary: commit.summary ?? {},
    parent: commit.parent,
    check: (now) => {
      if (collides(base, commit, positions, now)) throw positionConflict(base, positions, now)
    },
  }
}

export function positionsOf(positions: Positions | (() => Positions)): Positions {
  return typeof positions === 'function' ? positions() : positions
}

/** Whether what others committed since must not be built upon: they moved positions of ours, or we are to replace the latest snapshot and it is another now. */
function collides(base: LoadedTable, commit: AppendCommit, positions: Positions, now: LoadedTable): boolean {
  const before = currentEntry(base.metadata)
  const after = currentEntry(now.metadata)
  if (before?.['snapshot-id'] === after?.['snapshot-id']) return false
  if (commit.parent !== undefined) return true
  return positionsMoved(base, positions, now)
}

/** Whether others moved one of these positions since. */
export function positionsMoved(base: LoadedTable, positions: Positions, now: LoadedTable): boolean {
  const [was, is] = [base, now].map(({ metadata }) => positionsAt(metadata, currentEntry(metadata)))
  return Object.entries(positions).some(([topic, partitions]) =>
    Object.keys(partitions).some((partition) => was[topic]?.[partition] !== is[topic]?.[partition]),
  )
}

/** Positions behind those of the snapshot below mean that the same records would be appended twice. */
function refuseFallingBack(base: LoadedTable, commit: AppendCommit, positions: Positions): void {
  const found = positionsAt(base.metadata, parentEntry(base, commit.parent))
  const behind = Object.entries(positions).some(([topic, partitions]) =>
    Object.entries(partitions).some(([partition, next]) => next < (found[topic]?.[partition] ?? 0)),
  )
  if (behind) throw positionConflict(base, positions, base)
}
