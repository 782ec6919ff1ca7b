import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Requests to compute stretches of tables anew, and the slices of each. */
async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .withSchema('millrace')
    .createTable('backfills')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('env', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('asset', 'text', (column) => column.notNull())
    .addColumn('definition', 'text', (column) => column.notNull())
    .addColumn('from_ms', 'bigint', (column) => column.notNull())
    .addColumn('to_ms', 'bigint', (column) => column.notNull())
    .addColumn('slice_ms', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('finished_at', 'timestamptz')
    .execute()
  await db.schema
    .withSchema('millrace')
    .createTable('backfill_slices')
    .addColumn('backfill', 'text', (column) => column.notNull().references('millrace.backfills.id').onDelete('cascade'))
    .addColumn('from_ms', 'bigint', (column) => column.notNull())
    .addColumn('to_ms', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull().defaultTo('pending'))
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('rows', 'bigint')
    .addColumn('changed', 'bigint')
    .addColumn('snapshot', 'bigint')
    .addColumn('error', 'text')
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('backfill_slices_pkey', ['backfill', 'from_ms'])
    .addCheckConstraint('backfill_slices_state', sql`state in ('pending', 'running', 'done', 'failed')`)
    .execute()
  await sql`create index backfills_newest on millrace.backfills (env, scope, created_at desc)`.execute(db)
}

export const backfills: Migration = { up }
