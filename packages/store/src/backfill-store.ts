import { randomUUID } from 'node:crypto'
import { operatingError } from '@millrace/core'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { BackfillSlicesTable, BackfillsTable, StoreSchema } from './schema.ts'
import type { Store } from './store.ts'

/** Which stretch of which table is to be computed anew, and by which definition. Times are epoch ms, half open. */
export interface BackfillRequest {
  readonly env: string
  readonly scope: string
  readonly project: string
  readonly asset: string
  /** Hash of the definition that the rows are computed by: another one is another request. */
  readonly definition: string
  readonly from: number
  readonly to: number
  readonly sliceMs: number
}

export interface BackfillSlice {
  readonly from: number
  readonly to: number
  readonly state: 'pending' | 'running' | 'done' | 'failed'
  /** Tries, one under way included. */
  readonly attempts: number
  /** Rows of the slice, and rows that were put in or taken out; null before it is done. */
  readonly rows: number | null
  readonly changed: number | null
  /** The snapshot that replaced them; null where nothing had to change. */
  readonly snapshot: number | null
  readonly error: string | null
}

export interface Backfill extends BackfillRequest {
  readonly id: string
  /** Epoch ms. */
  readonly createdAt: number
  readonly finishedAt: number | null
  readonly slices: readonly BackfillSlice[]
}

/** What came of a slice. */
export type SliceOutcome =
  | { readonly state: 'done'; readonly rows: number; readonly changed: number; readonly snapshot: number | null }
  | { readonly state: 'failed'; readonly error: string }

/** Most slices of one request. */
export const SLICES_MAX = 100_000
const slicesPerInsertMax = 5_000
const errorCharsMax = 500
/** Requests that are kept of an environment's scope; the oldest finished ones go. */
const finishedMax = 1_000

/** The unfinished backfill of this very request, to go on with it, else a new one with all slices pending. */
export async function openBackfill(
  db: Kysely<StoreSchema>,
  request: BackfillRequest,
  slices: readonly { readonly from: number; readonly to: number }[],
): Promise<{ readonly backfill: Backfill; readonly resumed: boolean }> {
  const known = await unfinished(db, request)
  if (known !== undefined) return { backfill: known, resumed: true }
  const id = randomUUID()
  await db.transaction().execute(async (transaction) => {
    const { from, to, sliceMs, ...rest } = request
    await transaction
      .insertInto('millrace.backfills')
      .values({ id, ...rest, from_ms: from, to_ms: to, slice_ms: sliceMs })
      .execute()
    for (let first = 0; first < slices.length; first += slicesPerInsertMax)
      await transaction
        .insertInto('millrace.backfill_slices')
        .values(slices.slice(first, first + slicesPerInsertMax).map((slice) => ({ backfill: id, from_ms: slice.from, to_ms: slice.to })))
        .execute()
  })
  await forgetOldest(db, request)
  return { backfill: await loadBackfill(db, id), resumed: false }
}

async function unfinished(db: Kysely<StoreSchema>, request: BackfillRequest): Promise<Backfill | undefined> {
  const row = await db
    .selectFrom('millrace.backfills')
    .select('id')
    .where('env', '=', request.env)
    .where('scope', '=', request.scope)
    .where('project', '=', request.project)
    .where('asset', '=', request.asset)
    .where('definition', '=', request.definition)
    .where('from_ms', '=', request.from)
    .where('to_ms', '=', request.to)
    .where('slice_ms', '=', request.sliceMs)
    .where('finished_at', 'is', null)
    .orderBy('created_at', 'desc')
    .executeTakeFirst()
  return row === undefined ? undefined : loadBackfill(db, row.id)
}

async function loadBackfill(db: Kysely<StoreSchema>, id: string): Promise<Backfill> {
  const backfill = await db.selectFrom('millrace.backfills').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const slices = await db.selectFrom('millrace.backfill_slices').selectAll().where('backfill', '=', id).orderBy('from_ms').execute()
  return backfillOf(backfill, slices)
}

/** The newest backfills of a scope, with their slices. */
export async function listBackfills(
  db: Kysely<StoreSchema>,
  of: { readonly env: string; readonly scope: string; readonly asset?: string; readonly limit: number },
): Promise<Backfill[]> {
  let query = db.selectFrom('millrace.backfills').selectAll().where('env', '=', of.env).where('scope', '=', of.scope)
  if (of.asset !== undefined) query = query.where('asset', '=', of.asset)
  const rows = await query.orderBy('created_at', 'desc').limit(of.limit).execute()
  if (rows.length === 0) return []
  const slices = await db
    .selectFrom('millrace.backfill_slices')
    .selectAll()
    .where(
      'backfill',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('from_ms')
    .execute()
  return rows.map((row) =>
    backfillOf(
      row,
      slices.filter(({ backfill }) => backfill === row.id),
    ),
  )
}

/** Notes that a slice is being computed. */
export async function beginSlice(db: Kysely<StoreSchema>, of: { readonly backfill: string; readonly from: number }): Promise<void> {
  await db
    .updateTable('millrace.backfill_slices')
    .set({ state: 'running', attempts: sql<number>`attempts + 1`, error: null, updated_at: sql<Date>`clock_timestamp()` })
    .where('backfill', '=', of.backfill)
    .where('from_ms', '=', of.from)
    .execute()
}

/** Notes what came of a slice. */
export async function endSlice(
  db: Kysely<StoreSchema>,
  of: { readonly backfill: string; readonly from: number },
  outcome: SliceOutcome,
): Promise<void> {
  const values = outcome.state === 'failed' ? { error: outcome.error.replaceAll('\0', '\uFFFD').slice(0, errorCharsMax) } : outcome
  await db
    .updateTable('millrace.backfill_slices')
    .set({ ...values, state: outcome.state, updated_at: sql<Date>`clock_timestamp()` })
    .where('backfill', '=', of.backfill)
    .where('from_ms', '=', of.from)
    .execute()
}

/** Closes a backfill all of whose slices are done; false where some are not. */
export async function finishBackfill(db: Kysely<StoreSchema>, id: string): Promise<boolean> {
  const done = await sql`
    update millrace.backfills set finished_at = clock_timestamp() where id = ${id}
      and not exists (select 1 from millrace.backfill_slices where backfill = ${id} and state <> 'done')`.execute(db)
  return done.numAffectedRows === 1n
}

/**
 * Lets one process at a time work on the backfills of a table; the end of the process, kill -9 too, lets the next one in.
 * @throws operating `backfill/running`
 */
export async function lockBackfills(
  { pool }: Store,
  of: { readonly env: string; readonly scope: string; readonly asset: string },
): Promise<{ release(): Promise<void> }> {
  const client = await pool.connect()
  const key = `millrace.backfill ${of.env} ${of.scope} ${of.asset}`
  const locked = await client
    .query<{ locked: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as locked', [key])
    .then(({ rows }) => rows[0].locked)
    .catch((error: unknown) => {
      client.release(true)
      throw error
    })
  if (!locked) {
    client.release()
    throw operatingError('backfill/running', `Another process is at a backfill of \`${of.asset}\` in environment \`${of.env}\`.`, {
      asked: of.asset,
      found: 'a backfill under way',
      do: 'Wait for it; `millrace backfill --list` shows how far it is.',
    })
  }
  return {
    release: async () => {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch(() => {})
      client.release()
    },
  }
}

async function forgetOldest(db: Kysely<StoreSchema>, { env, scope }: BackfillRequest): Promise<void> {
  await sql`
    delete from millrace.backfills where id in (
      select id from millrace.backfills where env = ${env} and scope = ${scope} and finished_at is not null
      order by created_at desc offset ${finishedMax})`.execute(db)
}

function backfillOf(row: Selectable<BackfillsTable>, slices: readonly Selectable<BackfillSlicesTable>[]): Backfill {
  return {
    id: row.id,
    env: row.env,
    scope: row.scope,
    project: row.project,
    asset: row.asset,
    definition: row.definition,
    from: row.from_ms,
    to: row.to_ms,
    sliceMs: row.slice_ms,
    createdAt: row.created_at.getTime(),
    finishedAt: row.finished_at?.getTime() ?? null,
    slices: slices.map(({ from_ms, to_ms, state, attempts, rows, changed, snapshot, error }) => ({
      from: from_ms,
      to: to_ms,
      state,
      attempts,
      rows,
      changed,
      snapshot,
      error,
    })),
  }
}
