import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Bounded inputs: what was consumed of each, and under which names it was seen. */
async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .withSchema('millrace')
    .createTable('inputs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('env', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('names', 'jsonb', (column) => column.notNull())
    .addColumn('consumed_bytes', 'bigint', (column) => column.notNull())
    .addColumn('prefix_sha256', 'text', (column) => column.notNull())
    .addColumn('total_bytes', 'bigint')
    .addColumn('total_sha256', 'text')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .execute()
  await db.schema.withSchema('millrace').createIndex('inputs_env_project').on('inputs').columns(['env', 'project']).execute()
}

export const inputs: Migration = { up }
