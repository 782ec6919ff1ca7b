import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { type Snapshot, userError } from '@millrace/core'
import type { FilePlace } from './append.ts'
import { changeConflict } from './commit/conflict.ts'
import { SNAPSHOT_ID_MAX, type SnapshotDraft, snapshotChange } from './commit/snapshot-change.ts'
import { snapshotSummary } from './commit/snapshot-summary.ts'
import type { Attempt, CommitContext, TableChange } from './commit/table-commit.ts'
import { writeDurably } from './durable-file.ts'
import { FILE_PREFIX } from './file-name.ts'
import { locationOf } from './format/location.ts'
import { DATA_CONTENT, encodeManifestList, type ManifestRef, totalsOf } from './format/manifest-list.ts'
import { currentEntry, entryOf, type SnapshotEntry, withSnapshot } from './format/table-metadata.ts'
import { CLOSING_KEY, type LoadedTable, type TableReader } from './table-reader.ts'

/** A provisional closing on top of a table, and what it stands on. */
export interface Closing {
  readonly entry: SnapshotEntry
  readonly below: SnapshotEntry
  /** Manifests of the closing's own files. */
  readonly own: readonly ManifestRef[]
}

/** The closing on top of a table; undefined where there is none. @throws `lake/provisional` where its rows cannot be told from those below */
export async function closingOf(reader: TableReader, { name, metadata }: LoadedTable): Promise<Closing | undefined> {
  const entry = currentEntry(metadata)
  if (entry?.summary?.[CLOSING_KEY] !== 'true') return undefined
  const below = entryOf(metadata, entry['parent-snapshot-id'])
  const manifests = (await reader.manifests(entry)).filter(({ content }) => content === DATA_CONTENT)
  const beneath = new Map((await reader.manifests(below)).map((ref) => [ref.manifest_path, ref]))
  const own = manifests.filter(({ manifest_path: path }) => !beneath.has(path))
  const rest = manifests.filter(({ manifest_path: path }) => beneath.has(path))
  const apart =
    below !== undefined &&
    below.summary?.[CLOSING_KEY] !== 'true' &&
    own.every((ref) => ref.existing_files_count === 0) &&
    totalsOf(rest).rows === totalsOf([...beneath.values()]).rows
  if (apart) return { entry, below, own }
  throw userError(
    'lake/provisional',
    `The provisional rows of \`${name.namespace}.${name.table}\` lie in one file with others, so what is below them cannot be corrected.`,
    { asked: 'to replace rows', found: entry.summary?.operation, do: 'Run the input with `--replace`.' },
  )
}

/**
 * Two snapshots in one commit: a draft's change of what is below a closing, and the closing's files back on top. Readers see one change, and the
 * next input, which leaves the closing behind, builds on the first.
 */
export async function beneathChange(
  context: CommitContext,
  draft: SnapshotDraft,
  { closing, place }: { readonly closing: Closing; readonly place: FilePlace },
): Promise<TableChange<Snapshot>> {
  const change = await snapshotChange(context, { ...draft, parent: Number(closing.below['snapshot-id']) })
  return {
    ...change,
    check: (now) => {
      if (currentEntry(now.metadata)?.['snapshot-id'] !== closing.entry['snapshot-id'])
        throw changeConflict(draft.base, now, 'the provisional rows on top are others')
    },
    build: async (now, number) => onTop(context.reader, { first: await change.build(now, number), now, closing, place, number }),
  }
}

interface OnTop {
  readonly first: Attempt<Snapshot>
  readonly now: LoadedTable
  readonly closing: Closing
  readonly place: FilePlace
  readonly number: number
}

async function onTop(reader: TableReader, { first, now, closing, place, number }: OnTop): Promise<Attempt<Snapshot>> {
  const corrected = currentEntry(first.metadata) as SnapshotEntry
  const manifests = [...closing.own, ...(await reader.manifests(corrected))]
  const snapshotId = randomInt(1, SNAPSHOT_ID_MAX)
  const sequenceNumber = first.metadata['last-sequence-number'] + 1
  const parentId = corrected['snapshot-id']
  const path = join(place.folder, 'metadata', `${FILE_PREFIX}${place.uuid}-closing-${number}.avro`)
  await writeDurably(path, encodeManifestList({ snapshotId, parentId, sequenceNumber }, manifests))
  const entry: SnapshotEntry = {
    'snapshot-id': snapshotId,
    'parent-snapshot-id': parentId,
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max(Date.now(), first.metadata['last-updated-ms']),
    'manifest-list': locationOf(path),
    summary: closingSummary(first, { corrected, closing, manifests }),
    'schema-id': first.metadata['current-schema-id'],
  }
  // Both snapshots are one step of the metadata: its log grows by one file.
  const grown = withSnapshot(first.metadata, entry, { previous: now.location })
  const metadata = { ...grown, 'metadata-log': first.metadata['metadata-log'] }
  return { ...first, metadata, result: await reader.snapshot(metadata, entry), made: [...first.made, path] }
}

function closingSummary(
  { metadata }: Attempt<Snapshot>,
  {
    corrected,
    closing,
    manifests,
  }: { readonly corrected: SnapshotEntry; readonly closing: Closing; readonly manifests: readonly ManifestRef[] },
): Record<string, string> {
  const draft = { operation: 'append', added: [], removed: [], positions: {}, summary: { [CLOSING_KEY]: 'true' } } as const
  const summary = snapshotSummary(draft, { metadata, parent: corrected, manifests })
  const added = Object.fromEntries(
    ['added-data-files', 'added-records', 'added-files-size'].flatMap((key) => {
      const value = closing.entry.summary?.[key]
      return value === undefined ? [] : [[key, value]]
    }),
  )
  const bytes = Number(corrected.summary?.['total-files-size'] ?? Number.NaN) + Number(added['added-files-size'] ?? 0)
  return { ...summary, ...added, ...(Number.isNaN(bytes) ? {} : { 'total-files-size': String(bytes) }) }
}
