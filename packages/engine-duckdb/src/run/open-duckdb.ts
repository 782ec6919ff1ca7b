import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { duckdbError } from './duckdb-error.ts'

export interface DuckdbOptions {
  /** Memory that DuckDB may use before it spills, bytes. */
  readonly memoryMax?: number
  /** Threads of one statement. */
  readonly threads?: number
  /** Folder for spilled data. Absent: nothing spills, a statement that needs more than `memoryMax` fails. */
  readonly tempDir?: string
  /** Given: the statements may read files below these folders only, and settings are locked. For statements that users write. */
  readonly readOnlyBelow?: readonly string[]
}

/** An open in-memory DuckDB with our settings. */
export interface Duckdb {
  connect(): Promise<DuckDBConnection>
  /** Runs `work` on a connection of its own, closed afterwards. */
  with<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  close(): void
}

const MEMORY_MAX_DEFAULT = 1024 ** 3
const THREADS_DEFAULT = 2

/**
 * The one place that opens DuckDB: UTC, no extension is installed or loaded, memory, threads and spilling are bounded.
 *
 * @example
 * const duckdb = await openDuckdb({ memoryMax: 512 * 1024 ** 2, threads: 2, tempDir: '/tmp/spill' })
 */
export async function openDuckdb(options: DuckdbOptions = {}): Promise<Duckdb> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${Math.floor((options.memoryMax ?? MEMORY_MAX_DEFAULT) / 1024)}KiB`,
    threads: String(options.threads ?? THREADS_DEFAULT),
    temp_directory: options.tempDir ?? '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    ...(options.readOnlyBelow === undefined ? {} : { errors_as_json: 'true' }),
  }).catch((cause: unknown) => {
    throw duckdbError(cause, 'open an in-memory database')
  })
  const duckdb: Duckdb = {
    connect: () => instance.connect(),
    with: async (work) => {
      const connection = await instance.connect()
      try {
        return await work(connection)
      } finally {
        connection.closeSync()
      }
    },
    close: () => instance.closeSync(),
  }
  await duckdb.with((connection) => configure(connection, options))
  return duckdb
}

async function configure(connection: DuckDBConnection, { readOnlyBelow }: DuckdbOptions): Promise<void> {
  await connection.run("SET GLOBAL TimeZone = 'UTC'")
  // DuckDB 1.5.6 fails with an internal error where it turns `row_number() = 1` over rows with a condition on both sides into an aggregate.
  await connection.run("SET GLOBAL disabled_optimizers = 'top_n_window_elimination'")
  if (readOnlyBelow === undefined) return
  const folders = readOnlyBelow.map((folder) => `'${folder.replaceAll("'", "''")}'`)
  await connection.run(`SET GLOBAL allowed_directories = [${folders.join(', ')}]`)
  await connection.run('SET GLOBAL enable_external_access = false')
  await connection.run('SET GLOBAL lock_configuration = true')
}
