import { operatingError, type TableName, type TableScan } from '@millrace/core'
import { entryOf } from '../format/table-metadata.ts'
import { type HoldKeeper, snapshotHold } from '../hold/hold-keeper.ts'
import type { TableReader } from '../table-reader.ts'
import { checkFiles } from './check-file.ts'
import { planTable, type ScanRequest, scannedEntry } from './table-scan.ts'

/** Times a snapshot may expire under a reader before it gives up; each time it takes a newer one. */
const TRIES_MAX = 5

/** A scan whose snapshot and files stay until it is released, whatever expires. */
export interface PinnedScan extends TableScan {
  release(): Promise<void>
}

/** Plans a scan and holds its snapshot. @throws `lake/unknown-snapshot`, `lake/unknown-tag`, `lake/expiring`, `lake/file-missing`, `lake/file-differs` */
export async function pinScan(reader: TableReader, holds: HoldKeeper, name: TableName, request: ScanRequest): Promise<PinnedScan> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const table = await reader.load(name)
    const id = scannedEntry(table, request)?.['snapshot-id']
    const release = id === undefined ? async () => {} : await holds.hold(snapshotHold(table.metadata['table-uuid'], id))
    try {
      // It may have expired before it was held.
      if (id === undefined || entryOf((await reader.load(name)).metadata, id) !== undefined) {
        const scan = await planTable(reader, table, request)
        await checkFiles(scan.files)
        return { ...scan, release }
      }
    } catch (error) {
      await release()
      throw error
    }
    await release()
  }
  throw operatingError('lake/expiring', `Snapshots of \`${name.namespace}.${name.table}\` expire faster than they can be read.`, {
    asked: `${name.namespace}.${name.table}`,
    found: TRIES_MAX,
    do: 'Let fewer programs expire its snapshots, or keep more of them.',
  })
}
