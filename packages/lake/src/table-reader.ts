import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { operatingError, type Positions, type Snapshot, type TableName, userError } from '@millrace/core'
import type { Catalog } from './catalog.ts'
import { pathOf } from './format/location.ts'
import { parseJson, type Whole } from './format/lossless-json.ts'
import { decodeManifest, type Manifest } from './format/manifest.ts'
import { decodeManifestList, type ManifestRef, totalsOf } from './format/manifest-list.ts'
import { checkVersion, entryOf, type SnapshotEntry, type TableMetadata } from './format/table-metadata.ts'
import type { FileLayouts } from './scan/file-layout.ts'

/** Summary key that holds the positions of a snapshot. */
export const POSITIONS_KEY = 'millrace.positions'
/** Summary key of a snapshot that holds a provisional closing: the next commit builds on what is below. */
export const CLOSING_KEY = 'millrace.closing'
/** Metadata files and manifests kept in memory; they never change once written. */
const METADATA_CACHE_MAX = 64
const MANIFEST_CACHE_MAX = 512

/** A table's metadata and the file it stands in. */
export interface LoadedTable {
  readonly name: TableName
  readonly location: string
  readonly metadata: TableMetadata
}

/** Reads tables' metadata, which other programs may have written. */
export class TableReader {
  readonly #catalog: Catalog
  readonly #metadata = new Map<string, TableMetadata>()
  readonly #manifests = new Map<string, Manifest>()
  readonly layouts: FileLayouts

  constructor(catalog: Catalog, layouts: FileLayouts) {
    this.#catalog = catalog
    this.layouts = layouts
  }

  async find(name: TableName): Promise<LoadedTable | undefined> {
    const location = await this.#catalog.location(name)
    if (location === undefined) return undefined
    const metadata = await kept(this.#metadata, METADATA_CACHE_MAX, location, async () => {
      const read = parseJson(await readMetadata(pathOf(location))) as TableMetadata
      checkVersion(read, name)
      return read
    })
    return { name, location, metadata }
  }

  /** @throws `lake/unknown-table` */
  async load(name: TableName): Promise<LoadedTable> {
    const loaded = await this.find(name)
    if (loaded !== undefined) return loaded
    const found = await this.#catalog.tables(name.namespace)
    throw userError(
      'lake/unknown-table',
      `There is no table \`${name.table}\` in \`${name.namespace}\`; it holds ${found.length === 0 ? 'no table' : found.join(', ')}.`,
      {
        asked: name.table,
        found,
        do: 'Use one of the tables found, or create the table first.',
      },
    )
  }

  async manifests(entry: SnapshotEntry | undefined): Promise<ManifestRef[]> {
    if (entry === undefined) return []
    const path = pathOf(entry['manifest-list'])
    return decodeManifestList(await readBytes(path), path)
  }

  manifest(ref: ManifestRef): Promise<Manifest> {
    const path = pathOf(ref.manifest_path)
    return kept(this.#manifests, MANIFEST_CACHE_MAX, path, async () => decodeManifest(await readBytes(path), path))
  }

  async snapshot(metadata: TableMetadata, entry: SnapshotEntry): Promise<Snapshot> {
    const summary = entry.summary ?? {}
    const total = summary['total-records']
    return {
      id: Number(entry['snapshot-id']),
      parentId:
        entry['parent-snapshot-id'] === null || entry['parent-snapshot-id'] === undefined ? undefined : Number(entry['parent-snapshot-id']),
      sequenceNumber: entry['sequence-number'] ?? 0,
      at: entry['timestamp-ms'],
      operation: summary.operation ?? 'append',
      summary,
      rows: total === undefined ? totalsOf(await this.manifests(entry)).rows : Number(total),
      positions: positionsAt(metadata, entry),
    }
  }
}

/** Positions of a snapshot, from the nearest ancestor that carries them. */
export function positionsAt(metadata: TableMetadata, entry: SnapshotEntry | undefined): Positions {
  const seen = new Set<Whole>()
  for (let at = entry; at !== undefined && !seen.has(at['snapshot-id']); at = entryOf(metadata, at['parent-snapshot-id'])) {
    const text = at.summary?.[POSITIONS_KEY]
    if (text !== undefined) return JSON.parse(text) as Positions
    seen.add(at['snapshot-id'])
  }
  return {}
}

/** The snapshot of an id; an id beyond 2^53 that came through a double is found by its double. @throws `lake/unknown-snapshot` */
export function snapshotEntry({ name, metadata }: LoadedTable, id: number): SnapshotEntry {
  const entry = entryOf(metadata, id) ?? metadata.snapshots?.find((one) => Number(one['snapshot-id']) === id)
  if (entry !== undefined) return entry
  throw userError('lake/unknown-snapshot', `Table \`${name.namespace}.${name.table}\` has no snapshot ${id}.`, {
    asked: id,
    found: metadata.snapshots?.map((one) => String(one['snapshot-id'])) ?? [],
    do: 'Use one of the snapshots found.',
  })
}

async function readMetadata(path: string): Promise<string> {
  const bytes = await readBytes(path)
  return (path.includes('.gz.') || path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw operatingError('lake/file-missing', `The table's file ${path} cannot be read: ${reason}`, {
      asked: path,
      found: reason,
      do: 'Restore the lake folder; files in it belong together with the catalog in the database.',
      cause,
    })
  }
}

/** A value from `cache`, loaded when missing; the entry longest unused goes when there are more than `max`. */
async function kept<V>(cache: Map<string, V>, max: number, key: string, load: () => Promise<V>): Promise<V> {
  const known = cache.get(key)
  const value = known ?? (await load())
  cache.delete(key)
  cache.set(key, value)
  if (cache.size > max) cache.delete(cache.keys().next().value as string)
  return value
}
