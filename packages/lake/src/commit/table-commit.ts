import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { operatingError, type TableName } from '@millrace/core'
import type { Catalog } from '../catalog.ts'
import { removeFiles } from '../durable-file.ts'
import { locationOf, pathOf } from '../format/location.ts'
import { forgottenMetadataFiles, type TableMetadata } from '../format/table-metadata.ts'
import type { HoldKeeper } from '../hold/hold-keeper.ts'
import type { LoadedTable, TableReader } from '../table-reader.ts'
import { writeMetadata } from './metadata-file.ts'

/** Times a commit is tried again on top of what other writers committed. */
const COMMIT_ATTEMPTS_MAX = 10
const RETRY_WAIT_MS_MAX = 100

/** Called when a commit has come so far; `committed` only after the catalog names the new metadata. */
export type CommitPhase = 'data-written' | 'metadata-written' | 'committed'

export interface CommitContext {
  readonly catalog: Catalog
  readonly reader: TableReader
  readonly holds: HoldKeeper
  readonly onPhase: (phase: CommitPhase, table: TableName) => void
}

/** What one attempt wants the table to be. */
export interface Attempt<T> {
  readonly metadata: TableMetadata
  readonly result: T
  /** Files of this attempt alone. */
  readonly made: readonly string[]
  /** Called when the attempt is over, whatever came of it. */
  readonly settle?: () => Promise<void>
}

/** A change of a table, which is built anew on whatever the table has become, until it is committed or cannot be. */
export interface TableChange<T> {
  /** First part of the names of its files. */
  readonly uuid: string
  /** The table's state when the change began. */
  readonly base: LoadedTable
  /** Refuses (`lake/conflict`) a table on which others committed what this change may not be built upon. */
  check(now: LoadedTable): Promise<void> | void
  build(now: LoadedTable, attempt: number): Promise<Attempt<T>>
  /** Files that all attempts share; they go when the change is given up. */
  readonly files: readonly string[]
}

/**
 * Commits a change by compare-and-swap of the table's metadata pointer. A change whose base has moved is checked against what it
 * moved to and built again on that (Iceberg spec, "Optimistic Concurrency").
 * @throws `lake/conflict`, `lake/commit-contended`, `lake/commit-unknown`
 */
export async function commitChange<T>(context: CommitContext, change: TableChange<T>): Promise<T> {
  const { name } = change.base
  for (let number = 0; number < COMMIT_ATTEMPTS_MAX; number++) {
    const table = await context.reader.load(name)
    const attempt = await buildOn(table, change, number).catch(async (error: unknown) => {
      await removeFiles(change.files)
      throw error
    })
    const done = await commitAttempt(context, change, { table, attempt }).finally(() => attempt.settle?.())
    if (done) return attempt.result
    await setTimeout(randomInt(RETRY_WAIT_MS_MAX))
  }
  await removeFiles(change.files)
  throw contended(name)
}

/** Offers an attempt to the catalog; false, and nothing left of it, when the table has moved. */
async function commitAttempt<T>(
  context: CommitContext,
  change: TableChange<T>,
  { table, attempt }: { readonly table: LoadedTable; readonly attempt: Attempt<T> },
): Promise<boolean> {
  const { name } = table
  const path = await writeMetadata(table, attempt.metadata, change.uuid)
  context.onPhase('metadata-written', name)
  // A failure of the swap itself leaves its files: the server may have taken it.
  if (await context.catalog.swap(name, table.location, locationOf(path))) {
    context.onPhase('committed', name)
    await removeFiles(forgottenMetadataFiles(table.metadata, attempt.metadata).map(pathOf))
    return true
  }
  await removeFiles([path, ...attempt.made])
  return false
}

async function buildOn<T>(table: LoadedTable, change: TableChange<T>, number: number): Promise<Attempt<T>> {
  if (table.location !== change.base.location) {
    if (table.metadata['table-uuid'] !== change.base.metadata['table-uuid']) throw replaced(table.name)
    await change.check(table)
  }
  return change.build(table, number)
}

function contended({ namespace, table }: TableName): Error {
  return operatingError(
    'lake/commit-contended',
    `Other writers committed to \`${namespace}.${table}\` ${COMMIT_ATTEMPTS_MAX} times while this commit waited its turn.`,
    {
      asked: `${namespace}.${table}`,
      found: COMMIT_ATTEMPTS_MAX,
      do: 'Try again, or let fewer writers commit to the table at once.',
    },
  )
}

function replaced({ namespace, table }: TableName): Error {
  return operatingError('lake/conflict', `\`${namespace}.${table}\` was dropped and made anew while this commit was under way.`, {
    asked: `${namespace}.${table}`,
    found: 'another table of that name',
    do: 'Begin again with the table that is there now.',
  })
}
