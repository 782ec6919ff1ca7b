import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The ledger of alerts; the id is stable, so that raising one again after a crash changes nothing. */
async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .withSchema('millrace')
    .createTable('alerts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('env', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('asset', 'text', (column) => column.notNull())
    .addColumn('key', 'jsonb', (column) => column.notNull())
    .addColumn('window_start', 'timestamptz')
    .addColumn('window_end', 'timestamptz')
    .addColumn('evidence', 'jsonb', (column) => column.notNull())
    .addColumn('raised_at', 'timestamptz', (column) => column.notNull())
    .addColumn('sample_offsets', 'jsonb', (column) => column.notNull())
    .execute()
  await db.schema.withSchema('millrace').createIndex('alerts_env_scope').on('alerts').columns(['env', 'scope', 'window_end']).execute()
}

export const alerts: Migration = { up }
