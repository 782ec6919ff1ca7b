import { randomInt, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type AppendCommit, operatingError, type Positions, type Snapshot, type TableName } from '@millrace/core'
import type { Catalog } from './catalog.ts'
import { makeFolder, removeFiles, syncPath, writeDurably } from './durable-file.ts'
import { type DataFileWritten, writeData } from './feed/data-writer.ts'
import type { ParquetWriter } from './feed/parquet-writer.ts'
import { FILE_PREFIX } from './file-name.ts'
import { locationOf, pathOf } from './format/location.ts'
import { printJson } from './format/lossless-json.ts'
import { encodeManifestList, type ManifestRef, totalsOf } from './format/manifest-list.ts'
import {
  currentEntry,
  currentSchema,
  defaultSpec,
  forgottenMetadataFiles,
  type SnapshotEntry,
  type TableMetadata,
  withSnapshot,
} from './format/table-metadata.ts'
import { dayColumn, fieldsOf } from './format/table-schema.ts'
import { mergeManifests, writeManifest } from './manifest-writer.ts'
import { type LoadedTable, POSITIONS_KEY, positionsAt, snapshotEntry, type TableReader } from './table-reader.ts'

/** Times a commit is tried again on top of what another writer appended. */
const COMMIT_ATTEMPTS_MAX = 10
const RETRY_WAIT_MS_MAX = 100
/** Greatest snapshot id: doubles hold every id exactly. */
const SNAPSHOT_ID_MAX = 2 ** 48 - 1

/** Called when a commit has come so far; `committed` only after the catalog names the new snapshot. */
export type CommitPhase = 'data-written' | 'metadata-written' | 'committed'

export interface AppendContext {
  readonly catalog: Catalog
  readonly reader: TableReader
  readonly writer: ParquetWriter
  readonly fileRowsMax: number
  readonly onPhase: (phase: CommitPhase, table: TableName) => void
}

/** What one append has made, and on what it stands. */
interface Draft {
  readonly commit: AppendCommit
  readonly positions: Positions
  readonly uuid: string
  readonly snapshotId: number
  readonly folder: string
  /** The table's state when the append began. */
  readonly base: LoadedTable
  readonly files: readonly DataFileWritten[]
  readonly manifest: ManifestRef | undefined
}

/** Writes the data files of an append and commits them as one snapshot. @throws `lake/conflict`, `lake/commit-contended` */
export async function append(context: AppendContext, name: TableName, commit: AppendCommit): Promise<Snapshot> {
  const base = await context.reader.load(name)
  baseEntry(base, commit)
  const uuid = randomUUID()
  const folder = pathOf(base.metadata.location)
  await makeFolder(join(folder, 'data'))
  const files = await writeFiles(context, base, commit, { folder, uuid })
  const draft = await draftOf(base, commit, { uuid, folder, files }).catch(async (error: unknown) => {
    await removeFiles(files.map((file) => file.path))
    throw error
  })
  context.onPhase('data-written', name)
  return commitDraft(context, draft)
}

async function draftOf(base: LoadedTable, commit: AppendCommit, written: Pick<Draft, 'uuid' | 'folder' | 'files'>): Promise<Draft> {
  const positions = typeof commit.positions === 'function' ? commit.positions() : commit.positions
  refuseFallingBack(base, commit, positions)
  const snapshotId = randomInt(1, SNAPSHOT_ID_MAX)
  const target = { ...written, folder: join(written.folder, 'metadata'), snapshotId }
  const manifest = written.files.length === 0 ? undefined : await writeManifest(base.metadata, target)
  return { ...written, base, commit, positions, snapshotId, manifest }
}

function writeFiles(
  context: AppendContext,
  { metadata }: LoadedTable,
  commit: AppendCommit,
  { folder, uuid }: { folder: string; uuid: string },
) {
  const fields = fieldsOf(metadata, currentSchema(metadata))
  return writeData(commit.batches, {
    writer: context.writer,
    fields,
    dayColumn: dayColumn(defaultSpec(metadata), fields),
    folder: join(folder, 'data'),
    prefix: FILE_PREFIX + uuid,
    fileRowsMax: context.fileRowsMax,
  })
}

async function commitDraft(context: AppendContext, draft: Draft): Promise<Snapshot> {
  const { name } = draft.base
  for (let attempt = 0; attempt < COMMIT_ATTEMPTS_MAX; attempt++) {
    const table = await context.reader.load(name)
    if (table.location !== draft.base.location && collides(draft, table)) {
      await removeFiles(filesOf(draft))
      throw conflict(draft.base, draft.positions, table)
    }
    const { entry, metadata, metadataPath, made } = await writeAttempt(context, draft, table, attempt)
    context.onPhase('metadata-written', name)
    // A failure of the swap itself leaves its files: the server may have taken it.
    if (await context.catalog.swap(name, table.location, locationOf(metadataPath))) {
      context.onPhase('committed', name)
      await removeFiles(forgottenMetadataFiles(table.metadata, metadata).map(pathOf))
      return context.reader.snapshot(metadata, entry)
    }
    await removeFiles(made)
    await setTimeout(randomInt(RETRY_WAIT_MS_MAX))
  }
  await removeFiles(filesOf(draft))
  throw contended(name)
}

interface Attempt {
  readonly entry: SnapshotEntry
  readonly metadata: TableMetadata
  readonly metadataPath: string
  /** Files of this attempt alone. */
  readonly made: readonly string[]
}

async function writeAttempt(context: AppendContext, draft: Draft, table: LoadedTable, attempt: number): Promise<Attempt> {
  const { commit, uuid, snapshotId } = draft
  const folder = join(draft.folder, 'metadata')
  const parent = baseEntry(table, commit)
  const parentId = parent?.['snapshot-id']
  const sequenceNumber = table.metadata['last-sequence-number'] + 1
  const before = await context.reader.manifests(parent)
  const merged = await mergeManifests(context.reader, table.metadata, before, { folder, uuid, snapshotId, attempt, sequenceNumber })
  const added =
    draft.manifest === undefined ? [] : [{ ...draft.manifest, sequence_number: sequenceNumber, min_sequence_number: sequenceNumber }]
  const manifests = [...added, ...merged.manifests]
  const listPath = join(folder, `${FILE_PREFIX}${uuid}-list-${attempt}.avro`)
  await writeDurably(listPath, encodeManifestList({ snapshotId, parentId, sequenceNumber }, manifests))
  const entry: SnapshotEntry = {
    'snapshot-id': snapshotId,
    ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max(Date.now(), table.metadata['last-updated-ms']),
    'manifest-list': locationOf(listPath),
    summary: summaryOf(draft, table.metadata, parent, manifests),
    'schema-id': table.metadata['current-schema-id'],
  }
  const metadata = withSnapshot(table.metadata, entry, table.location)
  const metadataPath = join(folder, `${nextVersion(table.location)}-${uuid}.metadata.json`)
  await writeDurably(metadataPath, Buffer.from(printJson(metadata)))
  await syncPath(folder)
  return { entry, metadata, metadataPath, made: [listPath, metadataPath, ...merged.made] }
}

/** The snapshot this append builds on; undefined when it starts from an empty table. */
function baseEntry(table: LoadedTable, { parent }: AppendCommit): SnapshotEntry | undefined {
  if (parent === undefined) return currentEntry(table.metadata)
  return parent === null ? undefined : snapshotEntry(table, parent)
}

/** Whether what others committed since must not be built upon: they moved positions of ours, or we are to replace the latest snapshot and it is another now. */
function collides(draft: Draft, now: LoadedTable): boolean {
  const before = currentEntry(draft.base.metadata)
  const after = currentEntry(now.metadata)
  if (before?.['snapshot-id'] === after?.['snapshot-id']) return false
  if (draft.commit.parent !== undefined) return true
  const [was, is] = [positionsAt(draft.base.metadata, before), positionsAt(now.metadata, after)]
  return Object.entries(draft.positions).some(([topic, partitions]) =>
    Object.keys(partitions).some((partition) => was[topic]?.[partition] !== is[topic]?.[partition]),
  )
}

/** Positions behind those of the snapshot below mean that the same records would be appended twice. */
function refuseFallingBack(base: LoadedTable, commit: AppendCommit, positions: Positions): void {
  const found = positionsAt(base.metadata, baseEntry(base, commit))
  const behind = Object.entries(positions).some(([topic, partitions]) =>
    Object.entries(partitions).some(([partition, next]) => next < (found[topic]?.[partition] ?? 0)),
  )
  if (behind) throw conflict(base, positions, base)
}

function summaryOf(
  draft: Draft,
  metadata: TableMetadata,
  parent: SnapshotEntry | undefined,
  manifests: readonly ManifestRef[],
): Record<string, string> {
  const { files, commit, positions } = draft
  const totals = totalsOf(manifests)
  const addedBytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const bytesBefore = parent === undefined ? 0 : Number(parent.summary?.['total-files-size'] ?? Number.NaN)
  const summary: Record<string, string> = {
    ...commit.summary,
    operation: 'append',
    'added-data-files': String(files.length),
    'added-records': String(files.reduce((sum, file) => sum + file.rows, 0)),
    'added-files-size': String(addedBytes),
    'changed-partition-count': String(new Set(files.map((file) => file.day)).size),
    'total-data-files': String(totals.files),
    'total-records': String(totals.rows),
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
    [POSITIONS_KEY]: JSON.stringify(mergedPositions(positionsAt(metadata, parent), positions)),
  }
  if (!Number.isNaN(bytesBefore)) summary['total-files-size'] = String(bytesBefore + addedBytes)
  return summary
}

/** Positions after an append: its own, and those of partitions that it says nothing about. */
function mergedPositions(before: Positions, own: Positions): Positions {
  const merged: Record<string, Record<string, number>> = {}
  for (const positions of [before, own]) {
    for (const [topic, partitions] of Object.entries(positions)) merged[topic] = { ...merged[topic], ...partitions }
  }
  return merged
}

/** Number of the metadata file that follows `location`: `00002` after `00001-….metadata.json`. */
function nextVersion(location: string): string {
  const number = /(?:^|\/)v?(\d+)[^/]*$/.exec(location)?.[1]
  return String(Number(number ?? 0) + 1).padStart(5, '0')
}

function filesOf(draft: Draft): string[] {
  return [...draft.files.map((file) => file.path), ...(draft.manifest === undefined ? [] : [pathOf(draft.manifest.manifest_path)])]
}

function conflict({ name, metadata }: LoadedTable, positions: Positions, now: LoadedTable): Error {
  const [before, after] = [metadata, now.metadata].map((one) => String(currentEntry(one)?.['snapshot-id'] ?? 'none'))
  return operatingError(
    'lake/conflict',
    `Another writer has changed \`${name.namespace}.${name.table}\`, whose current snapshot is ${after}: these rows would not follow on its positions.`,
    {
      asked: positions,
      found: positionsAt(now.metadata, currentEntry(now.metadata)),
      do: 'Let one writer run at a time; go on from the positions of the current snapshot.',
      details: { began_on_snapshot: before },
    },
  )
}

function contended({ namespace, table }: TableName): Error {
  return operatingError(
    'lake/commit-contended',
    `Other writers committed to \`${namespace}.${table}\` ${COMMIT_ATTEMPTS_MAX} times while this append waited its turn.`,
    {
      asked: `${namespace}.${table}`,
      found: COMMIT_ATTEMPTS_MAX,
      do: 'Try again, or let fewer writers append to the table at once.',
    },
  )
}
