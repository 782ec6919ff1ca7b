import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The V1 schema of Iceberg's JDBC catalog, made here so that no client needs a setting to make it. */
async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .withSchema('public')
    .createTable('iceberg_tables')
    .ifNotExists()
    .addColumn('catalog_name', 'varchar(255)', (column) => column.notNull())
    .addColumn('table_namespace', 'varchar(255)', (column) => column.notNull())
    .addColumn('table_name', 'varchar(255)', (column) => column.notNull())
    .addColumn('metadata_location', 'varchar(1000)')
    .addColumn('previous_metadata_location', 'varchar(1000)')
    .addColumn('iceberg_type', 'varchar(5)')
    .addPrimaryKeyConstraint('iceberg_tables_pkey', ['catalog_name', 'table_namespace', 'table_name'])
    .execute()
  await db.schema
    .withSchema('public')
    .createTable('iceberg_namespace_properties')
    .ifNotExists()
    .addColumn('catalog_name', 'varchar(255)', (column) => column.notNull())
    .addColumn('namespace', 'varchar(255)', (column) => column.notNull())
    .addColumn('property_key', 'varchar(255)', (column) => column.notNull())
    .addColumn('property_value', 'varchar(1000)')
    .addPrimaryKeyConstraint('iceberg_namespace_properties_pkey', ['catalog_name', 'namespace', 'property_key'])
    .execute()
}

export const icebergCatalog: Migration = { up }
