import { type Expr, type ScanBound, type TableName, type TableScan, userError } from '@millrace/core'
import { resolveFilter } from '../filter/row-filter.ts'
import { currentEntry, currentSchema, entryOf, type SnapshotEntry, schemaOf } from '../format/table-metadata.ts'
import { fieldsOf } from '../format/table-schema.ts'
import { findFiles } from '../live-file.ts'
import { unknownTag } from '../maintain/tag.ts'
import { type LoadedTable, snapshotEntry, type TableReader } from '../table-reader.ts'
import { boundsFilter } from './prune.ts'
import { scanSource } from './scan-source.ts'

const ID = /^\d+$/

export interface ScanRequest {
  readonly snapshotId?: number
  /** A tag, or a snapshot's id as text. */
  readonly version?: string
  /** The snapshot that was current at this time, epoch ms. */
  readonly asOf?: number
  readonly bounds?: readonly ScanBound[]
  readonly where?: Expr
}

/** Plans a scan: the files of a snapshot that can hold rows within the bounds, in the order in which they were added. */
export async function planScan(reader: TableReader, name: TableName, request: ScanRequest): Promise<TableScan> {
  return planTable(reader, await reader.load(name), request)
}

export async function planTable(reader: TableReader, table: LoadedTable, request: ScanRequest): Promise<TableScan> {
  const { metadata } = table
  const { bounds = [], where } = request
  const entry = scannedEntry(table, request)
  const schema = isCurrent(request) ? currentSchema(metadata) : schemaOf(metadata, entry?.['schema-id'])
  const fields = fieldsOf(metadata, schema)
  const parts = [boundsFilter(schema, bounds), ...(where === undefined ? [] : [resolveFilter(where, schema)])]
  const found = await findFiles(reader, metadata, { entry, filter: { kind: 'and', parts } })
  const files = found.files.map(({ path, rows, bytes }) => ({ path, rows, bytes }))
  const snapshot = entry === undefined ? undefined : await reader.snapshot(metadata, entry)
  return { snapshot, fields, files, pruned: found.pruned, sql: await scanSource(reader.layouts, { metadata, schema, files }) }
}

function isCurrent({ snapshotId, version, asOf }: ScanRequest): boolean {
  return snapshotId === undefined && version === undefined && asOf === undefined
}

/** The snapshot that a scan is of. @throws `lake/unknown-snapshot`, `lake/unknown-tag` */
export function scannedEntry(table: LoadedTable, { snapshotId, version, asOf }: ScanRequest): SnapshotEntry | undefined {
  if (snapshotId !== undefined) return snapshotEntry(table, snapshotId)
  if (version !== undefined) return entryOfVersion(table, version)
  return asOf === undefined ? currentEntry(table.metadata) : entryAt(table, asOf)
}

function entryOfVersion(table: LoadedTable, version: string): SnapshotEntry {
  const { metadata } = table
  const ref = metadata.refs?.[version]
  if (ref === undefined && !ID.test(version)) throw unknownTag(version, metadata.refs ?? {})
  const named =
    ref === undefined ? metadata.snapshots?.find((one) => String(one['snapshot-id']) === version) : entryOf(metadata, ref['snapshot-id'])
  return named ?? snapshotEntry(table, Number(version))
}

/** The snapshot that was current at a time, by the table's log. */
function entryAt(table: LoadedTable, at: number): SnapshotEntry {
  const { metadata, name } = table
  const log = metadata['snapshot-log'] ?? []
  const found = log.findLast((one) => one['timestamp-ms'] <= at)
  const entry = found === undefined ? undefined : entryOf(metadata, found['snapshot-id'])
  if (entry !== undefined) return entry
  const first = log[0] === undefined ? undefined : new Date(log[0]['timestamp-ms']).toISOString()
  throw userError(
    'lake/unknown-snapshot',
    `Table \`${name.namespace}.${name.table}\` tells nothing of ${new Date(at).toISOString()}: ${first === undefined ? 'it has no snapshot' : `its history begins at ${first}`}.`,
    { asked: new Date(at).toISOString(), found: first ?? [], do: 'Ask for a later time.' },
  )
}
