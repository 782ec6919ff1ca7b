import { stat } from 'node:fs/promises'
import type { Snapshot, TableName } from '@millrace/core'
import type { WriteContext } from '../append.ts'
import { currentEntry, currentSchema } from '../format/table-metadata.ts'
import { findFiles, type LiveFile } from '../live-file.ts'
import { type Bin, CONDENSED_MARK, isCondensed, partitionsOf } from './bin.ts'
import { isProvisional, rewriteFiles } from './rewrite.ts'

const TARGET_BYTES = 128 * 1024 ** 2
/** Changes that come to less than this part of the condensed rows wait for more. */
const SHARE_MIN = 0.25
/** Files of changes that make a rewrite worth while. */
const FILES_MIN = 8
/** Bytes of one partition that are condensed at once. */
const BYTES_MAX = 4 * 1024 ** 3

export interface CondenseRequest {
  /**
   * A table expression of fewer rows that stand for those of another one with these columns, whatever part of the table's rows it is. It must
   * have the same columns.
   */
  readonly rows: (all: string, columns: readonly string[]) => string
  /** Rows of files that were written after this time (epoch ms) stay as they are. */
  readonly before: number
  /** Files of changes in a partition that make it worth while, 8 by default. */
  readonly filesMin?: number
}

/**
 * Replaces rows that were written before a time by fewer that stand for them, in one snapshot, partition by partition, where they have come to a
 * quarter of those that are condensed already: so a row is read about as often as the table doubles. Undefined where there is nothing to do.
 * @throws `lake/conflict`
 */
export async function condense(context: WriteContext, name: TableName, request: CondenseRequest): Promise<Snapshot | undefined> {
  const base = await context.reader.load(name)
  if (isProvisional(base)) return undefined
  const { files } = await findFiles(context.reader, base.metadata, { entry: currentEntry(base.metadata) })
  const bins: Bin[] = []
  for (const partition of partitionsOf(files).values()) {
    const bin = await binOf(partition, request)
    if (bin !== undefined) bins.push(bin)
  }
  if (bins.length === 0) return undefined
  const columns = currentSchema(base.metadata).fields.map((field) => field.name)
  return rewriteFiles(context, base, {
    bins,
    operation: 'overwrite',
    query: (rows) => request.rows(rows, columns),
    mark: CONDENSED_MARK,
    bytesMax: TARGET_BYTES,
  })
}

async function binOf(partition: readonly LiveFile[], { before, filesMin = FILES_MIN }: CondenseRequest): Promise<Bin | undefined> {
  const old: LiveFile[] = []
  for (const file of partition) if ((await writtenAt(file)) < before) old.push(file)
  const [done, changes] = [old.filter(isCondensed), old.filter((file) => !isCondensed(file))]
  if (changes.length < filesMin || sum(changes, 'rows') < sum(done, 'rows') * SHARE_MIN) return undefined
  return sum(old, 'bytes') > BYTES_MAX ? undefined : old
}

/** A file that is gone is found missing when it is read. */
async function writtenAt({ path }: LiveFile): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}

function sum(files: readonly LiveFile[], what: 'rows' | 'bytes'): number {
  return files.reduce((total, file) => total + file[what], 0)
}
