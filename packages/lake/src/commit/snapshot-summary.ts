import type { Positions } from '@millrace/core'
import { type ManifestRef, totalsOf } from '../format/manifest-list.ts'
import type { SnapshotEntry, TableMetadata } from '../format/table-metadata.ts'
import { POSITIONS_KEY, positionsAt } from '../table-reader.ts'
import type { SnapshotDraft } from './snapshot-change.ts'

export interface SummaryContext {
  readonly metadata: TableMetadata
  readonly parent: SnapshotEntry | undefined
  readonly manifests: readonly ManifestRef[]
}

type SummaryDraft = Pick<SnapshotDraft, 'operation' | 'added' | 'removed' | 'positions' | 'summary'>

/** The summary of a snapshot: operation, counts and totals by Iceberg's names (spec, appendix F), and our positions. */
export function snapshotSummary(draft: SummaryDraft, { metadata, parent, manifests }: SummaryContext): Record<string, string> {
  const { added, removed } = draft
  const totals = totalsOf(manifests)
  const [addedBytes, removedBytes] = [sum(added, 'bytes'), sum(removed, 'bytes')]
  const bytesBefore = parent === undefined ? 0 : Number(parent.summary?.['total-files-size'] ?? Number.NaN)
  const summary: Record<string, string> = {
    ...draft.summary,
    operation: draft.operation,
    'added-data-files': String(added.length),
    'added-records': String(sum(added, 'rows')),
    'added-files-size': String(addedBytes),
    ...(removed.length === 0
      ? {}
      : {
          'deleted-data-files': String(removed.length),
          'deleted-records': String(sum(removed, 'rows')),
          'removed-files-size': String(removedBytes),
        }),
    'changed-partition-count': String(changedPartitions(draft)),
    'total-data-files': String(totals.files),
    'total-records': String(totals.rows),
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
    [POSITIONS_KEY]: JSON.stringify(mergedPositions(positionsAt(metadata, parent), draft.positions)),
  }
  if (!Number.isNaN(bytesBefore)) summary['total-files-size'] = String(bytesBefore + addedBytes - removedBytes)
  return summary
}

function sum(files: readonly { readonly rows: number; readonly bytes: number }[], what: 'rows' | 'bytes'): number {
  return files.reduce((total, file) => total + file[what], 0)
}

function changedPartitions({ added, removed }: SummaryDraft): number {
  const shown = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value))
  const ofAdded = added.map(({ specId, tuple }) => `${specId} ${tuple.map(shown).join('/')}`)
  const ofRemoved = removed.map(({ ref, tuple }) => `${ref.partition_spec_id} ${tuple.map(shown).join('/')}`)
  return new Set([...ofAdded, ...ofRemoved]).size
}

/** Positions after a commit: its own, and those of partitions that it says nothing about. */
function mergedPositions(before: Positions, own: Positions): Positions {
  const merged: Record<string, Record<string, number>> = {}
  for (const positions of [before, own]) {
    for (const [topic, partitions] of Object.entries(positions)) merged[topic] = { ...merged[topic], ...partitions }
  }
  return merged
}
