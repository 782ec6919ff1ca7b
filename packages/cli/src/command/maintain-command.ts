import { durationMs, userError } from '@millrace/core'
import { note, printJson, printText } from '../output/print.ts'
import { type ReadContext, type ReadOptions, tableName, withReadContext } from '../scope/open-scope.ts'
import { knownTable } from './tables-command.ts'

const BYTES_PER_MB = 1024 ** 2
const SNAPSHOT_ID = /^\d{1,19}$/

interface TagOptions extends ReadOptions {
  readonly snapshot?: string
}

/** Names a snapshot of a table. */
export async function tagCommand(options: TagOptions, table: string, tag: string): Promise<void> {
  const snapshotId = options.snapshot === undefined ? {} : { snapshotId: parseSnapshot(options.snapshot) }
  const made = await onTable(options, table, ({ lake }, name) => lake.tag(name, { tag, ...snapshotId }))
  if (options.json === true) return printJson({ table, tag: made.name, snapshot: String(made.snapshotId) })
  printText(`${tag} names snapshot ${made.snapshotId} of ${table}: \`select … from ${table} for version as of ${tag}\``)
}

/** Forgets a tag of a table. */
export async function untagCommand(options: ReadOptions, table: string, tag: string): Promise<void> {
  const gone = await onTable(options, table, ({ lake }, name) => lake.dropTag(name, tag))
  if (options.json === true) return printJson({ table, tag, snapshot: String(gone.snapshotId) })
  printText(`${tag} names nothing any more; snapshot ${gone.snapshotId} of ${table} stays until it expires`)
}

interface CompactOptions extends ReadOptions {
  readonly sort?: readonly string[]
  readonly targetMb: number
}

/** Puts the small data files of a table together, or sorts its rows. */
export async function compactCommand(options: CompactOptions, table: string): Promise<void> {
  const started = performance.now()
  const snapshot = await onTable(options, table, ({ lake }, name) =>
    lake.compact(name, { targetBytes: options.targetMb * BYTES_PER_MB, ...(options.sort === undefined ? {} : { sortBy: options.sort }) }),
  )
  const [before, after] = ['deleted-data-files', 'added-data-files'].map((key) => Number(snapshot?.summary[key] ?? 0))
  const seconds = Math.round(performance.now() - started) / 1000
  if (options.json === true) {
    return printJson({
      table,
      snapshot: snapshot === undefined ? null : String(snapshot.id),
      files_before: before,
      files_after: after,
      seconds,
    })
  }
  printText(snapshot === undefined ? `${table} has no small files to put together` : `${before} files of ${table} became ${after}`)
  note(`${seconds} s`)
}

interface ExpireOptions extends ReadOptions {
  readonly olderThan: string
  readonly keepLast: number
}

/** Drops old snapshots of a table, and the files that only they need. */
export async function expireCommand(options: ExpireOptions, table: string): Promise<void> {
  const before = Date.now() - durationMs(options.olderThan, '`--older-than`')
  const expired = await onTable(options, table, ({ lake }, name) => lake.expire(name, { before, keepLast: options.keepLast }))
  const document = { table, expired: expired.snapshots.map(String), held: expired.held.map(String), files: expired.files }
  if (options.json === true) return printJson(document)
  const held = expired.held.length === 0 ? '' : `; ${expired.held.length} more are being read and stay`
  printText(`${expired.snapshots.length} snapshots of ${table} and ${expired.files} files are gone${held}`)
}

function onTable<T>(
  options: ReadOptions,
  table: string,
  work: (context: ReadContext, name: { readonly namespace: string; readonly table: string }) => Promise<T>,
): Promise<T> {
  return withReadContext(options, async (context) => work(context, tableName(context.scope, await knownTable(context, table))))
}

function parseSnapshot(text: string): number {
  if (SNAPSHOT_ID.test(text)) return Number(text)
  throw userError('cli/bad-number', `\`--snapshot\` is \`${text}\`; a snapshot has a whole number.`, {
    asked: `--snapshot ${text}`,
    found: text,
    do: 'Take an id that `millrace tables TABLE` shows.',
  })
}
