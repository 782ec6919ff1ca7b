import { randomUUID } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import { jsonText } from './json.ts'
import type { JsonValue, OutboxTable, StoreSchema } from './schema.ts'

/** What is to be sent to one destination. */
export interface OutboxMessage {
  /** Stable: the same event has the same id, and a destination sees one id per event. */
  readonly id: string
  /** A name that the deliverer knows the address of; an address may hold a secret and is not kept. */
  readonly destination: string
  readonly env: string
  /** The body. */
  readonly payload: JsonValue
}

/** A message that this deliverer alone may send until `leasedUntil`. */
export interface ClaimedMessage extends OutboxMessage {
  /** Proof of the claim, for `settle`. */
  readonly lease: string
  /** Tries, this one included. */
  readonly attempts: number
  /** Tries that the receiver answered with a refusal. */
  readonly refusals: number
  /** Age since it was entered, ms. */
  readonly ageMs: number
}

/** What came of a try. */
export type Settlement =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again'; readonly error: string; readonly afterMs: number; readonly refused: boolean }
  | { readonly kind: 'failed'; readonly error: string }

/** A message and how far it is; times are epoch ms. */
export interface OutboxEntry extends OutboxMessage {
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly createdAt: number
  readonly nextAttemptAt: number
  readonly lastError: string | null
  readonly deliveredAt: number | null
}

export interface DestinationFigures {
  readonly destination: string
  readonly pending: number
  readonly delivered: number
  readonly failed: number
  /** Why the last failed or repeated try did not come through. */
  readonly lastError: string | null
  /** Age of the oldest message that waits, ms; null when none does. */
  readonly oldestPendingMs: number | null
}

const rowsPerInsertMax = 1_000
/** Messages of one destination that wait; what comes on top is kept as failed, and `resendFailed` brings it back. */
const pendingMax = 100_000
const claimMax = 1_000
/** Delivered messages are kept this long so that a repeat is known, failed ones so that somebody sees them. */
const deliveredKeptMs = 7 * 86_400_000
const failedKeptMs = 30 * 86_400_000
const settledRowsMax = 200_000
const errorCharsMax = 500

/** Enters messages that are not known yet by id and destination; a known one is left as it is. Answers with how many were new. */
export async function enqueue(db: Kysely<StoreSchema>, messages: readonly OutboxMessage[]): Promise<number> {
  let added = 0
  for (let from = 0; from < messages.length; from += rowsPerInsertMax) {
    const values = messages.slice(from, from + rowsPerInsertMax).map(({ payload, ...rest }) => ({ ...rest, payload: jsonText(payload) }))
    const rows = await db
      .insertInto('millrace.outbox')
      .values(values)
      .onConflict((conflict) => conflict.columns(['id', 'destination']).doNothing())
      .returning('id')
      .execute()
    added += rows.length
  }
  const queues = new Map(messages.map(({ env, destination }) => [JSON.stringify([env, destination]), { env, destination }]))
  if (added > 0) for (const queue of queues.values()) await failOverflow(db, queue)
  return added
}

/**
 * Claims up to `limit` due messages of a destination, the longest due first. Until the lease ends no other deliverer gets them; the
 * server's clock decides. A claim counts as a try, so that a message which kills its deliverer comes to an end.
 */
export async function claimDue(
  db: Kysely<StoreSchema>,
  of: { readonly env: string; readonly destination: string; readonly limit: number; readonly leaseMs: number },
): Promise<ClaimedMessage[]> {
  const lease = randomUUID()
  const limit = Math.min(of.limit, claimMax)
  const { rows } = await sql<Selectable<OutboxTable> & { age_ms: number }>`
    update millrace.outbox set lease = ${lease}, attempts = attempts + 1,
      leased_until = clock_timestamp() + ${of.leaseMs} * interval '1 millisecond'
    where (id, destination) in (
      select id, destination from millrace.outbox
      where env = ${of.env} and destination = ${of.destination} and state = 'pending' and next_attempt_at <= clock_timestamp()
        and (leased_until is null or leased_until <= clock_timestamp())
      order by next_attempt_at, id limit ${limit} for update skip locked)
    returning *, (extract(epoch from clock_timestamp() - created_at) * 1000)::float8 as age_ms`.execute(db)
  return rows
    .sort((a, b) => a.next_attempt_at.getTime() - b.next_attempt_at.getTime() || (a.id < b.id ? -1 : 1))
    .map((row) => ({
      id: row.id,
      destination: row.destination,
      env: row.env,
      payload: row.payload,
      lease,
      attempts: row.attempts,
      refusals: row.refusals,
      ageMs: row.age_ms,
    }))
}

/** Notes what came of a claimed message. False: the lease had ended and another deliverer has it, so nothing was noted. */
export async function settle(
  db: Kysely<StoreSchema>,
  message: Pick<ClaimedMessage, 'id' | 'destination' | 'lease'>,
  outcome: Settlement,
): Promise<boolean> {
  const noted = await db
    .updateTable('millrace.outbox')
    .set({ lease: null, leased_until: null, ...settledColumns(outcome) })
    .where('id', '=', message.id)
    .where('destination', '=', message.destination)
    .where('lease', '=', message.lease)
    .executeTakeFirst()
  return noted.numUpdatedRows === 1n
}

/** Brings failed messages back to be sent; answers with how many. */
export async function resendFailed(db: Kysely<StoreSchema>, of: { readonly env: string; readonly destination: string }): Promise<number> {
  const { rows } = await sql`
    update millrace.outbox set state = 'pending', attempts = 0, refusals = 0, next_attempt_at = now(), created_at = now(),
      settled_at = null
    where (id, destination) in (
      select id, destination from millrace.outbox where env = ${of.env} and destination = ${of.destination} and state = 'failed'
      order by created_at limit ${pendingMax})
    returning id`.execute(db)
  return rows.length
}

/** The newest messages of an environment. */
export async function listOutbox(db: Kysely<StoreSchema>, of: { readonly env: string; readonly limit: number }): Promise<OutboxEntry[]> {
  const rows = await db
    .selectFrom('millrace.outbox')
    .selectAll()
    .where('env', '=', of.env)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(Math.min(of.limit, claimMax))
    .execute()
  return rows.map((row) => ({
    id: row.id,
    destination: row.destination,
    env: row.env,
    payload: row.payload,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at.getTime(),
    nextAttemptAt: row.next_attempt_at.getTime(),
    lastError: row.last_error,
    deliveredAt: row.delivered_at?.getTime() ?? null,
  }))
}

/** How many messages of each destination stand where. */
export async function outboxFigures(db: Kysely<StoreSchema>, of: { readonly env: string }): Promise<DestinationFigures[]> {
  const { rows } = await sql<DestinationFigures>`
    select destination,
      count(*) filter (where state = 'pending') as pending,
      count(*) filter (where state = 'delivered') as delivered,
      count(*) filter (where state = 'failed') as failed,
      (array_agg(last_error order by coalesce(settled_at, next_attempt_at) desc) filter (where last_error is not null and state <> 'delivered'))[1]
        as "lastError",
      extract(epoch from clock_timestamp() - min(created_at) filter (where state = 'pending'))::float8 * 1000 as "oldestPendingMs"
    from millrace.outbox where env = ${of.env} group by destination order by destination`.execute(db)
  return rows
}

/** Forgets what was settled long ago, and the oldest of too many. Waiting messages stay. Answers with how many went. */
export async function pruneOutbox(
  db: Kysely<StoreSchema>,
  of: { readonly env: string; readonly deliveredMs?: number; readonly failedMs?: number; readonly rowsMax?: number },
): Promise<number> {
  const { env, deliveredMs = deliveredKeptMs, failedMs = failedKeptMs, rowsMax = settledRowsMax } = of
  const { rows } = await sql`
    delete from millrace.outbox where env = ${env} and state <> 'pending' and (
      (state = 'delivered' and settled_at < clock_timestamp() - ${deliveredMs} * interval '1 millisecond')
      or (state = 'failed' and settled_at < clock_timestamp() - ${failedMs} * interval '1 millisecond')
      or (id, destination) in (
        select id, destination from millrace.outbox where env = ${env} and state <> 'pending' order by settled_at desc, id offset ${rowsMax}))
    returning id`.execute(db)
  return rows.length
}

function settledColumns(outcome: Settlement) {
  switch (outcome.kind) {
    case 'delivered':
      return { state: 'delivered' as const, delivered_at: sql<Date>`clock_timestamp()`, settled_at: sql<Date>`clock_timestamp()` }
    case 'failed':
      return { state: 'failed' as const, last_error: shortened(outcome.error), settled_at: sql<Date>`clock_timestamp()` }
    case 'again':
      return {
        last_error: shortened(outcome.error),
        next_attempt_at: sql<Date>`clock_timestamp() + ${outcome.afterMs} * interval '1 millisecond'`,
        refusals: sql<number>`refusals + ${outcome.refused ? 1 : 0}`,
      }
  }
}

function shortened(error: string): string {
  return error.replaceAll('\0', '\uFFFD').slice(0, errorCharsMax)
}

async function failOverflow(db: Kysely<StoreSchema>, queue: Pick<OutboxMessage, 'env' | 'destination'>): Promise<void> {
  await sql`
    update millrace.outbox set state = 'failed', settled_at = clock_timestamp(),
      last_error = ${`More than ${pendingMax} messages wait for this destination.`}
    where (id, destination) in (
      select id, destination from millrace.outbox where env = ${queue.env} and destination = ${queue.destination} and state = 'pending'
      order by created_at, id offset ${pendingMax})`.execute(db)
}
