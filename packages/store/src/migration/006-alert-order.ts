import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What an alert says keeps the order of its view's columns: `json` keeps it, `jsonb` sorts it. */
async function up(db: Kysely<unknown>): Promise<void> {
  const columns = ['key', 'evidence', 'sample_offsets', 'usual', 'contributions'].map(
    (name) => `alter column ${name} type json using ${name}::json`,
  )
  await sql.raw(`alter table millrace.alerts ${columns.join(', ')}`).execute(db)
  await sql`alter table millrace.outbox alter column payload type json using payload::json`.execute(db)
}

export const alertOrder: Migration = { up }
