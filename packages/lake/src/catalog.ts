import { operatingError, type TableName } from '@millrace/core'

interface Rows {
  readonly rows: readonly Record<string, unknown>[]
  readonly rowCount: number | null
}

/** The part of a `pg.Pool` that the lake uses. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<Rows>
  /** A session of one's own, for holds; without it nothing is held. */
  connect?(): Promise<Session>
}

export interface Session {
  query(text: string, values?: unknown[]): Promise<Rows>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  /** Gives it back to the pool; `broken` ends it. */
  release(broken?: boolean): void
}

/** The metadata pointer of every table, in the tables of Iceberg's own JDBC catalog (schema V1). */
export interface Catalog {
  readonly name: string
  tables(namespace: string): Promise<string[]>
  /** Location of the table's current metadata file, or undefined when there is no such table. */
  location(table: TableName): Promise<string | undefined>
  /** Adds a table; false when there is one of that name. */
  add(table: TableName, location: string): Promise<boolean>
  /** Moves the pointer from `from` to `to`; false when it stands elsewhere. */
  swap(table: TableName, from: string, to: string): Promise<boolean>
  drop(table: TableName): Promise<void>
  dropNamespace(namespace: string): Promise<void>
}

const SELECT_TABLES = `SELECT table_name FROM iceberg_tables
  WHERE catalog_name = $1 AND table_namespace = $2 AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL) ORDER BY table_name`
const SELECT_LOCATION = `SELECT metadata_location FROM iceberg_tables
  WHERE catalog_name = $1 AND table_namespace = $2 AND table_name = $3 AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)`
const INSERT_NAMESPACE = `INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, property_value)
  VALUES ($1, $2, 'exists', 'true') ON CONFLICT DO NOTHING`
const INSERT_TABLE = `INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
  VALUES ($1, $2, $3, $4, 'TABLE') ON CONFLICT DO NOTHING`
const SWAP = `UPDATE iceberg_tables SET metadata_location = $5, previous_metadata_location = $4
  WHERE catalog_name = $1 AND table_namespace = $2 AND table_name = $3 AND metadata_location = $4`
const DELETE_TABLE = 'DELETE FROM iceberg_tables WHERE catalog_name = $1 AND table_namespace = $2 AND table_name = $3'
const DELETE_TABLES = 'DELETE FROM iceberg_tables WHERE catalog_name = $1 AND table_namespace = $2'
const DELETE_NAMESPACE = 'DELETE FROM iceberg_namespace_properties WHERE catalog_name = $1 AND namespace = $2'

/** The catalog called `name` in a PostgreSQL database that has Iceberg's catalog tables. */
export function openCatalog(pool: Queryable, name: string): Catalog {
  return {
    name,
    async tables(namespace) {
      const { rows } = await pool.query(SELECT_TABLES, [name, namespace])
      return rows.map((row) => String(row.table_name))
    },
    async location({ namespace, table }) {
      const { rows } = await pool.query(SELECT_LOCATION, [name, namespace, table])
      return rows.length === 0 ? undefined : String(rows[0].metadata_location)
    },
    async add({ namespace, table }, location) {
      await pool.query(INSERT_NAMESPACE, [name, namespace])
      const { rowCount } = await pool.query(INSERT_TABLE, [name, namespace, table, location])
      return rowCount === 1
    },
    swap: (table, from, to) => swapPointer(pool, name, table, { from, to }),
    async drop({ namespace, table }) {
      await pool.query(DELETE_TABLE, [name, namespace, table])
    },
    async dropNamespace(namespace) {
      await pool.query(DELETE_TABLES, [name, namespace])
      await pool.query(DELETE_NAMESPACE, [name, namespace])
    },
  }
}

interface Move {
  readonly from: string
  readonly to: string
}

async function swapPointer(pool: Queryable, name: string, { namespace, table }: TableName, { from, to }: Move): Promise<boolean> {
  try {
    const { rowCount } = await pool.query(SWAP, [name, namespace, table, from, to])
    return rowCount === 1
  } catch (cause) {
    // The server may have committed before the connection broke: the pointer itself tells.
    const now = await pool.query(SELECT_LOCATION, [name, namespace, table]).catch(() => undefined)
    if (now === undefined) throw commitUnknown({ namespace, table }, to, cause)
    if (now.rows[0]?.metadata_location === to) return true
    throw cause
  }
}

function commitUnknown({ namespace, table }: TableName, location: string, cause: unknown): Error {
  return operatingError(
    'lake/commit-unknown',
    `The database went away while a commit to \`${namespace}.${table}\` was under way; whether it took place is not known.`,
    {
      asked: location,
      found: 'no answer from the database',
      do: 'Start again: the positions in the current snapshot tell what is committed.',
      cause,
    },
  )
}
