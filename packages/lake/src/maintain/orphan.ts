import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFiles } from '../durable-file.ts'
import { FILE_PREFIX } from '../file-name.ts'
import { pathOf } from '../format/location.ts'
import { commitHold, type HoldKeeper } from '../hold/hold-keeper.ts'
import type { LoadedTable, TableReader } from '../table-reader.ts'
import { filesOfSnapshots } from './snapshot-file.ts'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/
/** Metadata files that nothing names and that bear no mark of ours go when they are older than this: no commit takes so long. */
const FOREIGN_METADATA_AGE_MS_MIN = 24 * 3_600_000

export interface OrphanContext {
  readonly reader: TableReader
  readonly holds: HoldKeeper
  /** Loads the table as it is now. */
  readonly load: () => Promise<LoadedTable>
}

/**
 * Removes files of our own commits that never became a snapshot, or whose snapshots are gone, when they are older than `ageMsMin`, and
 * returns their paths. Files of a commit under way stay: it holds them. Of data files and manifests only those named after a commit of
 * ours are looked at, so that another program's work in progress stays.
 */
export async function removeOrphans({ reader, holds, load }: OrphanContext, ageMsMin: number): Promise<string[]> {
  const before = await load()
  const folder = pathOf(before.metadata.location)
  const candidates = await oldFiles([join(folder, 'data'), join(folder, 'metadata')], ageMsMin)
  const underWay = await heldUuids(holds, candidates)
  // A commit that is not under way any more has come to the table by now, or never will.
  const table = await load()
  const ended = candidates.filter((path) => !underWay.has(uuidOf(path)))
  const committed = new Set((table.metadata.snapshots ?? []).map((entry) => uuidOf(entry['manifest-list'])))
  // What lies beside a snapshot's own files is known without reading any of them.
  if (ended.every((path) => committed.has(uuidOf(path)))) return []
  const named = await filesOfSnapshots(reader, table.metadata.snapshots ?? [])
  const orphans = ended.filter((path) => !named.has(path))
  orphans.push(...(await unnamedMetadata(table, join(folder, 'metadata'), { uuids: new Set(orphans.map(uuidOf)), ageMsMin })))
  await removeFiles(orphans)
  return orphans
}

async function heldUuids(holds: HoldKeeper, paths: readonly string[]): Promise<ReadonlySet<string | undefined>> {
  const held = new Set<string | undefined>()
  for (const uuid of new Set(paths.map(uuidOf))) if (uuid !== undefined && (await holds.isHeld(commitHold(uuid)))) held.add(uuid)
  return held
}

async function oldFiles(folders: readonly string[], ageMsMin: number): Promise<string[]> {
  const found: string[] = []
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (!name.startsWith(FILE_PREFIX)) continue
      const path = join(folder, name)
      const status = await stat(path).catch(() => undefined)
      if (status !== undefined && Date.now() - Math.floor(status.mtimeMs) >= ageMsMin) found.push(path)
    }
  }
  return found
}

/** Metadata files of the given commits that the catalog never named, and old ones of anybody that nothing names any more. */
async function unnamedMetadata(
  { location, metadata }: LoadedTable,
  folder: string,
  { uuids, ageMsMin }: { readonly uuids: ReadonlySet<string | undefined>; readonly ageMsMin: number },
): Promise<string[]> {
  const named = new Set([location, ...(metadata['metadata-log'] ?? []).map((entry) => entry['metadata-file'])].map(pathOf))
  const unnamed: string[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (!name.endsWith('.metadata.json') || named.has(path)) continue
    if (uuids.has(uuidOf(path)) || (await ageMs(path)) >= Math.max(ageMsMin, FOREIGN_METADATA_AGE_MS_MIN)) unnamed.push(path)
  }
  return unnamed
}

async function ageMs(path: string): Promise<number> {
  const status = await stat(path).catch(() => undefined)
  return status === undefined ? 0 : Date.now() - status.mtimeMs
}

function uuidOf(path: string): string | undefined {
  return UUID.exec(path.replace(/^.*\//, ''))?.[0]
}
