import { operatingError } from '@millrace/core'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { StoreSchema } from '../schema.ts'
import { icebergCatalog } from './001-iceberg-catalog.ts'
import { inputs } from './002-inputs.ts'
import { alerts } from './003-alerts.ts'
import { models } from './004-models.ts'
import { outbox } from './005-outbox.ts'
import { alertOrder } from './006-alert-order.ts'
import { backfills } from './007-backfills.ts'

const migrations: Readonly<Record<string, Migration>> = {
  '001-iceberg-catalog': icebergCatalog,
  '002-inputs': inputs,
  '003-alerts': alerts,
  '004-models': models,
  '005-outbox': outbox,
  '006-alert-order': alertOrder,
  '007-backfills': backfills,
}

const migrationSchema = 'millrace'
const migrationTable = 'migrations'
const serverVersionMin = 140_000

/** Brings the database to the newest form; when it is there already this costs two small queries. */
export async function migrate(db: Kysely<StoreSchema>, shownUrl: string): Promise<void> {
  const applied = await appliedMigrations(db, shownUrl)
  const unknown = applied.filter((name) => !(name in migrations))
  if (unknown.length > 0)
    throw operatingError('store/newer-database', `The database at ${shownUrl} was changed by a newer Millrace (${unknown.join(', ')}).`, {
      asked: Object.keys(migrations),
      found: unknown,
      do: 'Use that version, or another database.',
    })
  if (applied.length === Object.keys(migrations).length) return
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: migrationSchema,
    migrationTableName: migrationTable,
    migrationLockTableName: `${migrationTable}_lock`,
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error === undefined) return
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'the migration tables'
  throw operatingError(
    'store/migration-failed',
    `The database at ${shownUrl} could not be brought up to date at ${failed}: ${(error as Error).message}.`,
    {
      asked: failed,
      found: (error as Error).message,
      do: 'Give a role that may create schemas and tables, then try again; nothing was changed.',
      cause: error,
    },
  )
}

async function appliedMigrations(db: Kysely<StoreSchema>, shownUrl: string): Promise<string[]> {
  const table = `${migrationSchema}.${migrationTable}`
  const found = await sql<{ version: string; migrated: boolean }>`
    select current_setting('server_version_num') as version, to_regclass(${table}) is not null as migrated`.execute(db)
  const { version, migrated } = found.rows[0]
  if (Number(version) < serverVersionMin)
    throw operatingError(
      'store/old-server',
      `The server at ${shownUrl} is PostgreSQL ${Math.floor(Number(version) / 10_000)}; Millrace needs 14 or newer.`,
      {
        asked: '14 or newer',
        found: version,
        do: 'Give a newer server with --database URL, or leave that option out.',
      },
    )
  if (!migrated) return []
  const rows = await sql<{ name: string }>`select name from ${sql.table(table)} order by name`.execute(db)
  return rows.rows.map((row) => row.name)
}
