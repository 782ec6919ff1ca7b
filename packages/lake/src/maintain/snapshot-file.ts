import { pathOf } from '../format/location.ts'
import { DELETED } from '../format/manifest.ts'
import type { SnapshotEntry } from '../format/table-metadata.ts'
import type { TableReader } from '../table-reader.ts'

/** Every file that snapshots need: their lists of manifests, the manifests, and the data files that live in them. */
export async function filesOfSnapshots(reader: TableReader, snapshots: readonly SnapshotEntry[]): Promise<Set<string>> {
  const named = new Set<string>()
  for (const entry of snapshots) {
    named.add(pathOf(entry['manifest-list']))
    for (const ref of await reader.manifests(entry)) {
      const path = pathOf(ref.manifest_path)
      if (named.has(path)) continue
      named.add(path)
      for (const { status, data_file: file } of (await reader.manifest(ref)).entries) {
        if (status !== DELETED) named.add(pathOf(file.file_path))
      }
    }
  }
  return named
}
