import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Versions of models, and the ledger of what was deployed when; the last entry of an environment's model is its pointer. */
async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .withSchema('millrace')
    .createTable('model_versions')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('artifact_sha256', 'text', (column) => column.notNull())
    .addColumn('features', 'jsonb', (column) => column.notNull())
    .addColumn('threshold', 'double precision', (column) => column.notNull())
    .addColumn('plan_hash', 'text')
    .addColumn('profile', 'jsonb', (column) => column.notNull())
    .addColumn('figures', 'jsonb', (column) => column.notNull())
    .addColumn('gates', 'jsonb', (column) => column.notNull())
    .addColumn('training_set', 'jsonb')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
    .addPrimaryKeyConstraint('model_versions_pkey', ['project', 'model', 'version'])
    .execute()
  await db.schema
    .withSchema('millrace')
    .createTable('deployments')
    .addColumn('id', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('env', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('deployed_by', 'text', (column) => column.notNull())
    .addColumn('deployed_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
    .addForeignKeyConstraint('deployments_version', ['project', 'model', 'version'], 'millrace.model_versions', [
      'project',
      'model',
      'version',
    ])
    .execute()
  await db.schema
    .withSchema('millrace')
    .createIndex('deployments_pointer')
    .on('deployments')
    .columns(['env', 'project', 'model', 'id'])
    .execute()
}

export const models: Migration = { up }
