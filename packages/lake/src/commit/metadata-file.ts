import { join } from 'node:path'
import { syncPath, writeDurably } from '../durable-file.ts'
import { pathOf } from '../format/location.ts'
import { printJson } from '../format/lossless-json.ts'
import type { TableMetadata } from '../format/table-metadata.ts'
import type { LoadedTable } from '../table-reader.ts'

/** Writes the metadata file that is to follow the table's current one, and returns its path. */
export async function writeMetadata(table: LoadedTable, metadata: TableMetadata, uuid: string): Promise<string> {
  const folder = join(pathOf(table.metadata.location), 'metadata')
  const path = join(folder, `${nextVersion(table.location)}-${uuid}.metadata.json`)
  await writeDurably(path, Buffer.from(printJson(metadata)))
  await syncPath(folder)
  return path
}

/** Number of the metadata file that follows `location`: `00002` after `00001-….metadata.json`. */
function nextVersion(location: string): string {
  const number = /(?:^|\/)v?(\d+)[^/]*$/.exec(location)?.[1]
  return String(Number(number ?? 0) + 1).padStart(5, '0')
}
