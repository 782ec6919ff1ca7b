import { describe, expect, it } from 'vitest'
import {
  forgottenMetadataFiles,
  SNAPSHOTS_MAX,
  type SnapshotEntry,
  surplusSnapshots,
  type TableMetadata,
  withSnapshot,
} from './table-metadata.ts'

function entry(id: number): SnapshotEntry {
  return {
    'snapshot-id': id,
    'sequence-number': id,
    'timestamp-ms': id,
    'manifest-list': `list-${id}`,
    summary: { operation: 'append' },
    'schema-id': 0,
  }
}

function grown(commits: number, refs: TableMetadata['refs'] = {}): TableMetadata {
  let metadata = { 'format-version': 2, 'last-sequence-number': 0, 'last-updated-ms': 0, refs } as TableMetadata
  for (let id = 1; id <= commits; id++) {
    const dropped = new Set(surplusSnapshots(metadata).map((one) => one['snapshot-id']))
    metadata = withSnapshot(metadata, entry(id), { previous: `metadata-${id - 1}`, dropped })
  }
  return metadata
}

describe('withSnapshot', () => {
  it('forgets the oldest snapshots beyond the limit, and their places in the log', () => {
    const metadata = grown(SNAPSHOTS_MAX + 7)
    expect(metadata.snapshots).toHaveLength(SNAPSHOTS_MAX)
    expect(metadata.snapshots?.[0]['snapshot-id']).toBe(8)
    expect(metadata['snapshot-log']?.[0]['snapshot-id']).toBe(8)
    expect(metadata['current-snapshot-id']).toBe(SNAPSHOTS_MAX + 7)
  })

  it('keeps a snapshot that a tag names', () => {
    const metadata = grown(SNAPSHOTS_MAX + 7, { old: { 'snapshot-id': 3, type: 'tag' } })
    expect(metadata.snapshots?.[0]['snapshot-id']).toBe(3)
    expect(metadata.snapshots).toHaveLength(SNAPSHOTS_MAX + 1)
  })

  it('tells which metadata files fell off the log', () => {
    const before = grown(100)
    const after = withSnapshot(before, entry(101), { previous: 'metadata-100' })
    expect(forgottenMetadataFiles(before, after)).toEqual(['metadata-0'])
  })
})
