import type { Kysely, Selectable } from 'kysely'
import { jsonText } from './json.ts'
import { enqueue, type OutboxMessage } from './outbox-store.ts'
import type { AlertsTable, JsonValue, StoreSchema } from './schema.ts'

/** One alert that was raised. Times are epoch ms. */
export interface AlertRecord {
  /** Stable: the same alert found again has the same id. */
  readonly id: string
  readonly env: string
  readonly scope: string
  readonly asset: string
  readonly key: JsonValue
  readonly windowStart: number | null
  readonly windowEnd: number | null
  readonly evidence: JsonValue
  readonly raisedAt: number
  readonly sampleOffsets: JsonValue
  /** Of an alert on a model's scores; null where the fallback rule decided. */
  readonly score?: number | null
  readonly model?: string | null
  readonly modelVersion?: number | null
  readonly threshold?: number | null
  /** The evidence's usual ranges, from the model's training set. */
  readonly usual?: JsonValue | null
  /** What moved the score most. */
  readonly contributions?: JsonValue | null
  readonly runbook?: string | null
}

const rowsPerInsertMax = 1_000

/** Writes alerts that are not known yet; an alert is never changed. Answers with the ids that were new. */
export async function recordAlerts(db: Kysely<StoreSchema>, alerts: readonly AlertRecord[]): Promise<string[]> {
  const added: string[] = []
  for (let from = 0; from < alerts.length; from += rowsPerInsertMax) {
    const values = alerts.slice(from, from + rowsPerInsertMax).map(toRow)
    const rows = await db
      .insertInto('millrace.alerts')
      .values(values)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .execute()
    for (const row of rows) added.push(row.id)
  }
  return added
}

/**
 * Writes new alerts and what is to be sent of each in one transaction: an alert that is known has its messages, and nothing is sent of one
 * that is not. Answers with the ids that were new.
 */
export async function recordAlertsAndEnqueue(
  db: Kysely<StoreSchema>,
  alerts: readonly AlertRecord[],
  messagesOf: (alert: AlertRecord) => readonly OutboxMessage[],
): Promise<string[]> {
  return db.transaction().execute(async (transaction) => {
    const added = await recordAlerts(transaction, alerts)
    const fresh = new Set(added)
    // Two records of one call may share an id; the messages of the second are the first's.
    await enqueue(
      transaction,
      alerts.filter((alert) => fresh.delete(alert.id)).flatMap((alert) => [...messagesOf(alert)]),
    )
    return added
  })
}

/** The alerts of a scope in order of window end, then id. */
export async function listAlerts(db: Kysely<StoreSchema>, of: { env: string; scope: string }): Promise<AlertRecord[]> {
  const rows = await db
    .selectFrom('millrace.alerts')
    .selectAll()
    .where('env', '=', of.env)
    .where('scope', '=', of.scope)
    .orderBy('window_end')
    .orderBy('id')
    .execute()
  return rows.map(alertOf)
}

/** Forgets the alerts of a scope (an input that starts over). */
export async function deleteAlerts(db: Kysely<StoreSchema>, of: { env: string; scope: string }): Promise<void> {
  await db.deleteFrom('millrace.alerts').where('env', '=', of.env).where('scope', '=', of.scope).execute()
}

function alertOf(row: Selectable<AlertsTable>): AlertRecord {
  return {
    id: row.id,
    env: row.env,
    scope: row.scope,
    asset: row.asset,
    key: row.key,
    windowStart: row.window_start?.getTime() ?? null,
    windowEnd: row.window_end?.getTime() ?? null,
    evidence: row.evidence,
    raisedAt: row.raised_at.getTime(),
    sampleOffsets: row.sample_offsets,
    score: row.score,
    model: row.model,
    modelVersion: row.model_version,
    threshold: row.threshold,
    usual: row.usual,
    contributions: row.contributions,
    runbook: row.runbook,
  }
}

function toRow(alert: AlertRecord) {
  return {
    id: alert.id,
    env: alert.env,
    scope: alert.scope,
    asset: alert.asset,
    key: jsonText(alert.key),
    window_start: toDate(alert.windowStart),
    window_end: toDate(alert.windowEnd),
    evidence: jsonText(alert.evidence),
    raised_at: new Date(alert.raisedAt),
    sample_offsets: jsonText(alert.sampleOffsets),
    score: alert.score ?? null,
    model: alert.model ?? null,
    model_version: alert.modelVersion ?? null,
    threshold: alert.threshold ?? null,
    usual: optionalJson(alert.usual),
    contributions: optionalJson(alert.contributions),
    runbook: alert.runbook ?? null,
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

function optionalJson(value: JsonValue | undefined): string | null {
  return value === undefined || value === null ? null : jsonText(value)
}
