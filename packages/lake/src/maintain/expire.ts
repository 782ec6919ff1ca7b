import { randomUUID } from 'node:crypto'
import type { TableName } from '@millrace/core'
import { type Attempt, type CommitContext, commitChange } from '../commit/table-commit.ts'
import { removeFiles } from '../durable-file.ts'
import type { Whole } from '../format/lossless-json.ts'
import { currentEntry, entryOf, type SnapshotEntry, type TableMetadata, withoutSnapshots, withUpdate } from '../format/table-metadata.ts'
import { snapshotHold } from '../hold/hold-keeper.ts'
import { CLOSING_KEY, type LoadedTable, POSITIONS_KEY } from '../table-reader.ts'
import { filesOfSnapshots } from './snapshot-file.ts'

/** Snapshots that stay however old they are; Iceberg's own default. */
const KEPT_MIN = 1

export interface ExpireRequest {
  /** Snapshots that were committed before this time (epoch ms) may go. */
  readonly before: number
  /** The latest snapshots of the table's history that stay in any case, 1 by default. */
  readonly keepLast?: number
}

export interface Expired {
  /** Snapshots that are gone, oldest first. */
  readonly snapshots: readonly number[]
  /** Snapshots that would have gone but are being read. */
  readonly held: readonly number[]
  /** Files that went with them. */
  readonly files: number
}

interface Expiry {
  readonly kept: readonly SnapshotEntry[]
  readonly gone: readonly SnapshotEntry[]
  readonly held: readonly SnapshotEntry[]
}

/**
 * Drops old snapshots and the files that only they need. The current snapshot, what tags and branches name, what is being read, and the
 * snapshot whose positions a writer goes on from stay. A crash in between leaves files that `removeOrphans` takes.
 */
export async function expireSnapshots(context: CommitContext, name: TableName, request: ExpireRequest): Promise<Expired> {
  const base = await context.reader.load(name)
  if (oldSnapshots(base.metadata, request).length === 0) return { snapshots: [], held: [], files: 0 }
  const { kept, gone, held } = await commitChange<Expiry>(context, {
    uuid: randomUUID(),
    base,
    check: () => {},
    build: (now) => build(context, now, request),
    files: [],
  })
  const ids = (entries: readonly SnapshotEntry[]) => entries.map((entry) => Number(entry['snapshot-id']))
  if (gone.length === 0) return { snapshots: [], held: ids(held), files: 0 }
  const needed = await filesOfSnapshots(context.reader, kept)
  const files = [...(await filesOfSnapshots(context.reader, gone))].filter((path) => !needed.has(path))
  await removeFiles(files)
  return { snapshots: ids(gone), held: ids(held), files: files.length }
}

async function build({ holds }: CommitContext, table: LoadedTable, request: ExpireRequest): Promise<Attempt<Expiry>> {
  const { metadata } = table
  const all = metadata.snapshots ?? []
  const old = oldSnapshots(metadata, request)
  const hold = (entry: SnapshotEntry) => snapshotHold(metadata['table-uuid'], entry['snapshot-id'])
  const { free, release } = await holds.takeFree(old.map(hold))
  const gone = old.filter((entry) => free.has(hold(entry)))
  const dropped = new Set(gone.map((entry) => entry['snapshot-id']))
  const result: Expiry = {
    gone,
    kept: all.filter((entry) => !dropped.has(entry['snapshot-id'])),
    held: old.filter((entry) => !free.has(hold(entry))),
  }
  return { metadata: withUpdate(metadata, withoutSnapshots(metadata, dropped), table.location), result, made: [], settle: release }
}

function oldSnapshots(metadata: TableMetadata, { before, keepLast = KEPT_MIN }: ExpireRequest): SnapshotEntry[] {
  const needed = neededSnapshots(metadata, keepLast)
  return (metadata.snapshots ?? []).filter((entry) => entry['timestamp-ms'] < before && !needed.has(entry['snapshot-id']))
}

/** Snapshots that no expiry takes. */
function neededSnapshots(metadata: TableMetadata, keepLast: number): ReadonlySet<Whole> {
  const needed = new Set<Whole>(Object.values(metadata.refs ?? {}).map((ref) => ref['snapshot-id']))
  let steps = 0
  for (const entry of history(metadata)) {
    if (steps++ >= keepLast) break
    needed.add(entry['snapshot-id'])
  }
  for (const entry of history(metadata)) {
    needed.add(entry['snapshot-id'])
    // A writer goes on from here: from the nearest snapshot with positions that is not provisional.
    if (entry.summary?.[POSITIONS_KEY] !== undefined && entry.summary[CLOSING_KEY] !== 'true') break
  }
  return needed
}

/** The current snapshot and its ancestors. */
function* history(metadata: TableMetadata): Generator<SnapshotEntry> {
  const seen = new Set<Whole>()
  for (
    let at = currentEntry(metadata);
    at !== undefined && !seen.has(at['snapshot-id']);
    at = entryOf(metadata, at['parent-snapshot-id'])
  ) {
    yield at
    seen.add(at['snapshot-id'])
  }
}
