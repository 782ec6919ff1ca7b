import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Messages to the outside that wait for delivery, and what an alert on a model's scores knows beyond its evidence. */
async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .withSchema('millrace')
    .alterTable('alerts')
    .addColumn('score', 'double precision')
    .addColumn('model', 'text')
    .addColumn('model_version', 'bigint')
    .addColumn('threshold', 'double precision')
    .addColumn('usual', 'jsonb')
    .addColumn('contributions', 'jsonb')
    .addColumn('runbook', 'text')
    .execute()
  await db.schema
    .withSchema('millrace')
    .createTable('outbox')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('destination', 'text', (column) => column.notNull())
    .addColumn('env', 'text', (column) => column.notNull())
    .addColumn('payload', 'jsonb', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull().defaultTo('pending'))
    .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('refusals', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('next_attempt_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('lease', 'text')
    .addColumn('leased_until', 'timestamptz')
    .addColumn('last_error', 'text')
    .addColumn('delivered_at', 'timestamptz')
    .addColumn('settled_at', 'timestamptz')
    .addPrimaryKeyConstraint('outbox_pkey', ['id', 'destination'])
    .addCheckConstraint('outbox_state', sql`state in ('pending', 'delivered', 'failed')`)
    .execute()
  await sql`create index outbox_due on millrace.outbox (env, destination, next_attempt_at) where state = 'pending'`.execute(db)
  await sql`create index outbox_settled on millrace.outbox (env, settled_at) where state <> 'pending'`.execute(db)
}

export const outbox: Migration = { up }
