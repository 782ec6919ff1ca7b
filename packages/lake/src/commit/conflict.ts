import { operatingError, type Positions } from '@millrace/core'
import { currentEntry, type TableMetadata } from '../format/table-metadata.ts'
import { type LoadedTable, positionsAt } from '../table-reader.ts'

/** Refuses an append whose positions another writer has moved. */
export function positionConflict({ name, metadata }: LoadedTable, positions: Positions, now: LoadedTable): Error {
  return operatingError(
    'lake/conflict',
    `Another writer has changed \`${name.namespace}.${name.table}\`, whose current snapshot is ${currentId(now.metadata)}: these rows would not follow on its positions.`,
    {
      asked: positions,
      found: positionsAt(now.metadata, currentEntry(now.metadata)),
      do: 'Let one writer run at a time; go on from the positions of the current snapshot.',
      details: { began_on_snapshot: currentId(metadata) },
    },
  )
}

/** Refuses a commit on top of what others committed since it began; `why` ends the sentence. */
export function changeConflict({ name, metadata }: LoadedTable, now: LoadedTable, why: string): Error {
  return operatingError('lake/conflict', `Another writer has changed \`${name.namespace}.${name.table}\` meanwhile: ${why}.`, {
    asked: currentId(metadata),
    found: currentId(now.metadata),
    do: 'Read the table again and decide on what it holds now; nothing of this commit is in the table.',
    details: { began_on_snapshot: currentId(metadata) },
  })
}

function currentId(metadata: TableMetadata): string {
  return String(currentEntry(metadata)?.['snapshot-id'] ?? 'none')
}
