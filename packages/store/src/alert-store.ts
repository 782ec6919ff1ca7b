import type { Kysely } from 'kysely'
import { jsonText } from './json.ts'
import type { JsonValue, StoreSchema } from './schema.ts'

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
  return rows.map((row) => ({
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
  }))
}

/** Forgets the alerts of a scope (an input that starts over). */
export async function deleteAlerts(db: Kysely<StoreSchema>, of: { env: string; scope: string }): Promise<void> {
  await db.deleteFrom('millrace.alerts').where('env', '=', of.env).where('scope', '=', of.scope).execute()
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
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
