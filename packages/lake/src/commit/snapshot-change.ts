import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { Positions, Snapshot } from '@millrace/core'
import { writeDurably } from '../durable-file.ts'
import type { DataFileWritten } from '../feed/data-writer.ts'
import { FILE_PREFIX } from '../file-name.ts'
import { locationOf, pathOf } from '../format/location.ts'
import { encodeManifestList, type ManifestRef } from '../format/manifest-list.ts'
import { currentEntry, type SnapshotEntry, surplusSnapshots, withSnapshot } from '../format/table-metadata.ts'
import { snapshotHold } from '../hold/hold-keeper.ts'
import type { LiveFile } from '../live-file.ts'
import { keepManifests, writeManifests } from '../manifest-writer.ts'
import { type LoadedTable, snapshotEntry } from '../table-reader.ts'
import { snapshotSummary } from './snapshot-summary.ts'
import type { Attempt, CommitContext, TableChange } from './table-commit.ts'

/** Greatest snapshot id: doubles hold every id exactly. */
export const SNAPSHOT_ID_MAX = 2 ** 48 - 1

/** A snapshot to be: what it adds to the one below and what it takes from it. */
export interface SnapshotDraft {
  /** The table's state when the commit began. */
  readonly base: LoadedTable
  readonly uuid: string
  readonly folder: string
  readonly operation: 'append' | 'overwrite' | 'delete' | 'replace'
  readonly added: readonly DataFileWritten[]
  readonly removed: readonly LiveFile[]
  readonly positions: Positions
  /** Further summary keys. */
  readonly summary: Readonly<Record<string, string>>
  /** The snapshot to build on; absent: the current one, null: an empty table. */
  readonly parent?: number | null
  /** Refuses what others committed meanwhile. */
  readonly check: (now: LoadedTable) => Promise<void> | void
}

/** Writes the manifests of what a draft adds; the change that comes of it can be built on any state of the table that its check allows. */
export async function snapshotChange(context: CommitContext, draft: SnapshotDraft): Promise<TableChange<Snapshot>> {
  const snapshotId = randomInt(1, SNAPSHOT_ID_MAX)
  const target = { folder: join(draft.folder, 'metadata'), uuid: draft.uuid, snapshotId }
  const manifests = await writeManifests(draft.base.metadata, { ...target, files: draft.added })
  return {
    uuid: draft.uuid,
    base: draft.base,
    check: draft.check,
    build: (now, attempt) => build(context, draft, now, { ...target, attempt, manifests }),
    files: [...draft.added.map((file) => file.path), ...manifests.map((ref) => pathOf(ref.manifest_path))],
  }
}

interface BuildTarget {
  readonly folder: string
  readonly uuid: string
  readonly snapshotId: number
  readonly attempt: number
  readonly manifests: readonly ManifestRef[]
}

async function build(
  { reader, holds }: CommitContext,
  draft: SnapshotDraft,
  table: LoadedTable,
  target: BuildTarget,
): Promise<Attempt<Snapshot>> {
  const { snapshotId, folder, uuid, attempt } = target
  const parent = parentEntry(table, draft.parent)
  const parentId = parent?.['snapshot-id']
  const sequenceNumber = table.metadata['last-sequence-number'] + 1
  const kept = await keepManifests(reader, table.metadata, await reader.manifests(parent), {
    ...target,
    sequenceNumber,
    removed: new Set(draft.removed.map((file) => file.path)),
  })
  const added = target.manifests.map((ref) => ({ ...ref, sequence_number: sequenceNumber, min_sequence_number: sequenceNumber }))
  const manifests = [...added, ...kept.manifests]
  const listPath = join(folder, `${FILE_PREFIX}${uuid}-list-${attempt}.avro`)
  await writeDurably(listPath, encodeManifestList({ snapshotId, parentId, sequenceNumber }, manifests))
  const entry: SnapshotEntry = {
    'snapshot-id': snapshotId,
    ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max(Date.now(), table.metadata['last-updated-ms']),
    'manifest-list': locationOf(listPath),
    summary: snapshotSummary(draft, { metadata: table.metadata, parent, manifests }),
    'schema-id': table.metadata['current-schema-id'],
  }
  const surplus = surplusSnapshots(table.metadata)
  const hold = ({ 'snapshot-id': id }: SnapshotEntry) => snapshotHold(table.metadata['table-uuid'], id)
  const { free, release } = await holds.takeFree(surplus.map(hold))
  const dropped = new Set(surplus.filter((one) => free.has(hold(one))).map((one) => one['snapshot-id']))
  const metadata = withSnapshot(table.metadata, entry, { previous: table.location, dropped })
  return { metadata, result: await reader.snapshot(metadata, entry), made: [listPath, ...kept.made], settle: release }
}

/** The snapshot a commit builds on; undefined when it starts from an empty table. */
export function parentEntry(table: LoadedTable, parent: number | null | undefined): SnapshotEntry | undefined {
  if (parent === undefined) return currentEntry(table.metadata)
  return parent === null ? undefined : snapshotEntry(table, parent)
}
