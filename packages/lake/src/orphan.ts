import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFiles } from './durable-file.ts'
import { FILE_PREFIX } from './file-name.ts'
import { pathOf } from './format/location.ts'
import type { LoadedTable, TableReader } from './table-reader.ts'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/

/**
 * Removes files of our own appends that never became a snapshot, when they are older than `ageMsMin`, and returns their paths.
 * Only files named after an append of ours are looked at, so that another program's work in progress stays.
 */
export async function removeOrphans(reader: TableReader, table: LoadedTable, ageMsMin: number): Promise<string[]> {
  const folder = pathOf(table.metadata.location)
  const candidates = await oldFiles([join(folder, 'data'), join(folder, 'metadata')], ageMsMin)
  const committed = new Set(
    (table.metadata.snapshots ?? []).flatMap((entry) => UUID.exec(entry['manifest-list'].replace(/^.*\//, ''))?.[0] ?? []),
  )
  const unclear = candidates.filter((path) => !committed.has(uuidOf(path) ?? ''))
  if (unclear.length === 0) return []
  const named = await namedFiles(reader, table)
  const orphans = unclear.filter((path) => !named.has(path))
  orphans.push(...(await unnamedMetadata(table, join(folder, 'metadata'), new Set(orphans.map(uuidOf)))))
  await removeFiles(orphans)
  return orphans
}

async function oldFiles(folders: readonly string[], ageMsMin: number): Promise<string[]> {
  const found: string[] = []
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.startsWith(FILE_PREFIX)) continue
      const path = join(folder, name)
      const { mtimeMs } = await stat(path)
      if (Date.now() - Math.floor(mtimeMs) >= ageMsMin) found.push(path)
    }
  }
  return found
}

/** Every file that a snapshot of the table names. */
async function namedFiles(reader: TableReader, { metadata }: LoadedTable): Promise<Set<string>> {
  const named = new Set<string>()
  for (const entry of metadata.snapshots ?? []) {
    named.add(pathOf(entry['manifest-list']))
    for (const ref of await reader.manifests(entry)) {
      const path = pathOf(ref.manifest_path)
      if (named.has(path)) continue
      named.add(path)
      for (const { data_file: file } of (await reader.manifest(ref)).entries) named.add(pathOf(file.file_path))
    }
  }
  return named
}

/** Metadata files of the given appends that the catalog never named. */
async function unnamedMetadata(
  { location, metadata }: LoadedTable,
  folder: string,
  uuids: ReadonlySet<string | undefined>,
): Promise<string[]> {
  const named = new Set([location, ...(metadata['metadata-log'] ?? []).map((entry) => entry['metadata-file'])].map(pathOf))
  const paths = (await readdir(folder)).filter((name) => name.endsWith('.metadata.json')).map((name) => join(folder, name))
  return paths.filter((path) => uuids.has(uuidOf(path)) && !named.has(path))
}

function uuidOf(path: string): string | undefined {
  return UUID.exec(path.replace(/^.*\//, ''))?.[0]
}
