import { operatingError } from '@millrace/core'
import { identifier, textConstant } from '../print/identifier.ts'
import type { GatewaySession } from '../run/sql-gateway.ts'

/** A lake's catalog as Flink's processes reach it. */
export interface LakeCatalog {
  /** The same text that every other program has, else the catalog looks empty. */
  readonly name: string
  /** URL of the PostgreSQL that holds it, with user and password: `postgresql://user:password@host:5432/name`. */
  readonly url: string
  /** The folder of tables, absolute; every TaskManager and the JobManager must see it under this path. */
  readonly warehouse: string
}

/** A table of a catalog. */
export interface LakeTable {
  readonly namespace: string
  readonly table: string
}

/** What a session says to know the lake: the statement, and the parts of it that nobody may read. */
export interface CatalogStatement {
  readonly sql: string
  readonly secrets: readonly string[]
}

/** The DDL of Iceberg's catalog in PostgreSQL: the tables that DuckDB and pyiceberg read and write. */
export function catalogDdl({ name, url, warehouse }: LakeCatalog): CatalogStatement {
  const { username, password, host, pathname, search } = new URL(url)
  const secret = decodeURIComponent(password)
  const options = {
    type: 'iceberg',
    'catalog-impl': 'org.apache.iceberg.jdbc.JdbcCatalog',
    uri: `jdbc:postgresql://${host}${pathname}${search}`,
    ...(username === '' ? {} : { 'jdbc.user': decodeURIComponent(username) }),
    ...(secret === '' ? {} : { 'jdbc.password': secret }),
    warehouse: `file://${warehouse}`,
    // Tables change while a session lasts.
    'cache-enabled': 'false',
  }
  const settings = Object.entries(options).map(([key, value]) => `  ${textConstant(key)} = ${textConstant(value)}`)
  return {
    sql: `CREATE CATALOG ${identifier(name)} WITH (\n${settings.join(',\n')}\n)`,
    secrets: [password, secret, textConstant(secret).slice(1, -1)].filter((text) => text !== ''),
  }
}

/** A table of the lake by its whole name. */
export function lakeTableName({ name }: Pick<LakeCatalog, 'name'>, { namespace, table }: LakeTable): string {
  return [name, namespace, table].map(identifier).join('.')
}

/**
 * Lets a session know the lake.
 *
 * @throws operating `engine/no-iceberg` where the cluster has no Iceberg, `engine/no-catalog` where it does not reach the database
 */
export async function openCatalog(session: GatewaySession, catalog: LakeCatalog): Promise<void> {
  const { sql, secrets } = catalogDdl(catalog)
  await session.run(sql, { secrets, refused: (failure) => catalogError(catalog, failure) })
  // The database is asked only now.
  await session.run(`SHOW DATABASES IN ${identifier(catalog.name)}`, { secrets, refused: (failure) => catalogError(catalog, failure) })
}

const JARS = 'iceberg-flink-runtime-2.1, hadoop-client-api, hadoop-client-runtime, commons-logging and postgresql'
const NO_ICEBERG =
  /Could not find any factory for identifier 'iceberg'|NoClassDefFoundError|ClassNotFoundException|No suitable driver|Cannot find constructor for interface org\.apache\.iceberg/
const NO_DATABASE = /PSQLException|SQLNonTransientConnectionException|SQLTransientConnectionException|UncheckedSQLException/

function catalogError({ url }: LakeCatalog, failure: string): Error | undefined {
  const missing = NO_ICEBERG.exec(failure)?.[0]
  if (missing !== undefined)
    return operatingError('engine/no-iceberg', 'The Flink cluster cannot read the lake: it lacks Iceberg, or a part that Iceberg needs.', {
      asked: 'Iceberg tables',
      found: missing,
      do: `Put the jars ${JARS} into the lib folder of the JobManager, the TaskManagers and the SQL gateway, and start them anew.`,
    })
  if (!NO_DATABASE.test(failure)) return undefined
  const { host, pathname } = new URL(url)
  const why = /PSQLException: ([^\n\\]*)/.exec(failure)?.[1] ?? 'the database does not answer'
  return operatingError('engine/no-catalog', `The Flink cluster does not reach the lake's catalog at ${host}${pathname}: ${why}`, {
    asked: `${host}${pathname}`,
    found: why,
    do: 'See that the cluster reaches PostgreSQL there, or name it in `flink.database` as the cluster reaches it.',
  })
}
