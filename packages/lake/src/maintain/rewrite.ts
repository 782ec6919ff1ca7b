import { join } from 'node:path'
import type { Snapshot } from '@millrace/core'
import { commitDraft, type FilePlace, type WriteContext, withPlace } from '../append.ts'
import type { SnapshotDraft } from '../commit/snapshot-change.ts'
import { removeFiles } from '../durable-file.ts'
import type { DataFileWritten } from '../feed/data-writer.ts'
import { FILE_PREFIX } from '../file-name.ts'
import { currentEntry, currentSchema } from '../format/table-metadata.ts'
import { findFiles } from '../live-file.ts'
import { refuseMissing } from '../overwrite.ts'
import { checkFiles } from '../scan/check-file.ts'
import { scanSource } from '../scan/scan-source.ts'
import { storedColumns } from '../scan/scan-sql.ts'
import { CLOSING_KEY, type LoadedTable } from '../table-reader.ts'
import type { Bin } from './bin.ts'

/** What becomes of files: those of a bin are replaced by what a query over them gives. */
export interface Rewrite {
  readonly bins: readonly Bin[]
  /** `replace`: the same rows. `overwrite`: others that stand for them. */
  readonly operation: 'replace' | 'overwrite'
  /** A query over a table expression of the bin's rows, with the same columns. */
  readonly query: (rows: string) => string
  /** What the new files' names have. */
  readonly mark: string
  readonly bytesMax: number
}

/**
 * Replaces files in one snapshot. What other writers append meanwhile stays; files that they removed make it fail.
 * @throws `lake/conflict`
 */
export async function rewriteFiles(context: WriteContext, base: LoadedTable, rewrite: Rewrite): Promise<Snapshot> {
  await checkFiles(rewrite.bins.flat())
  return withPlace(context, base, async (place) => {
    const added = await writeBins(context, base, rewrite, place)
    return commitDraft(context, added, () => draftOf(context, base, rewrite, { ...place, added }))
  })
}

function draftOf(
  { reader }: WriteContext,
  base: LoadedTable,
  { operation, bins }: Rewrite,
  written: Pick<SnapshotDraft, 'folder' | 'uuid' | 'added'>,
): SnapshotDraft {
  const removed = bins.flat()
  return {
    ...written,
    removed,
    base,
    operation,
    positions: {},
    summary: isProvisional(base) ? { [CLOSING_KEY]: 'true' } : {},
    check: async (now) => {
      const { files } = await findFiles(reader, now.metadata, { entry: currentEntry(now.metadata) })
      refuseMissing(base, removed, files, now)
    },
  }
}

/** Whether the current snapshot holds provisional rows. */
export function isProvisional({ metadata }: LoadedTable): boolean {
  return currentEntry(metadata)?.summary?.[CLOSING_KEY] === 'true'
}

async function writeBins(
  { writer, reader }: WriteContext,
  base: LoadedTable,
  { bins, query, mark, bytesMax }: Rewrite,
  place: FilePlace,
): Promise<DataFileWritten[]> {
  const schema = currentSchema(base.metadata)
  const written: DataFileWritten[] = []
  try {
    for (const [number, bin] of bins.entries()) {
      const rows = await scanSource(reader.layouts, { metadata: base.metadata, schema, files: bin })
      const files = await writer.writeQueryFiles({
        folder: join(place.folder, 'data'),
        prefix: `${FILE_PREFIX}${place.uuid}${mark}${String(number).padStart(5, '0')}`,
        query: `SELECT ${storedColumns(schema.fields)} FROM ${query(rows)}`,
        fields: schema.fields,
        bytesMax,
      })
      written.push(...files.map((file) => ({ ...file, specId: bin[0].ref.partition_spec_id, tuple: bin[0].tuple })))
    }
  } catch (error) {
    await removeFiles(written.map((file) => file.path))
    throw error
  }
  return written
}
