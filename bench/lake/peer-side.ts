import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api'

/** The same settings as ours: zstd at level 1. */
const FORMAT = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1'
const THREADS = 2
const MEMORY_MAX = '4GB'

export const PEER_VERSION = version()
export const PEER_SETTINGS = { threads: THREADS, memory_limit: MEMORY_MAX, format: FORMAT }
/** What a reader runs to repeat the peer's part. */
export const PEER_COMMANDS = {
  append: `COPY chunk TO 'day.parquet' (${FORMAT})`,
  scan: "SELECT … FROM read_parquet('*.parquet') WHERE …",
  overwrite: `COPY (SELECT * FROM 'day.parquet' WHERE NOT (…) UNION ALL SELECT * FROM chunk) TO 'new.parquet' (${FORMAT})`,
  compact: `COPY (SELECT * FROM read_parquet([…]) ORDER BY …) TO 'folder' (${FORMAT}, FILE_SIZE_BYTES 134217728)`,
}

/** Bare DuckDB on Parquet files: no catalog, no snapshots; what it writes is flushed to the disk as ours is. */
export class PeerSide {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #folder: string
  #written = 0

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, folder: string) {
    this.#instance = instance
    this.#connection = connection
    this.#folder = folder
  }

  static async open(folder: string): Promise<PeerSide> {
    mkdirSync(folder, { recursive: true })
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(THREADS),
      memory_limit: MEMORY_MAX,
      temp_directory: join(folder, 'spill'),
    })
    const connection = await instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    return new PeerSide(instance, connection, folder)
  }

  /** All its files, for a query. */
  get table(): string {
    return `read_parquet('${join(this.#folder, '*.parquet')}')`
  }

  /** Takes rows into memory, from which `append` and `overwrite` write them; not measured. */
  async load(source: string): Promise<void> {
    await this.#connection.run(`CREATE OR REPLACE TABLE chunk AS SELECT * FROM ${source}`)
  }

  async append(): Promise<void> {
    await this.#copy('SELECT * FROM chunk', this.#next())
  }

  /** Writes the one file that holds rows of the condition anew, with the loaded rows in place of them. */
  async overwrite(file: string, where: string): Promise<void> {
    const path = join(this.#folder, file)
    const next = this.#next()
    await this.#copy(`SELECT * FROM read_parquet('${path}') WHERE NOT (${where}) UNION ALL SELECT * FROM chunk`, next)
    rmSync(path)
    renameSync(next, path)
  }

  /** Writes the rows of files anew as large files of a folder of their own. */
  async compact(files: readonly string[], order: string): Promise<string> {
    const folder = join(this.#folder, `compact-${this.#written++}`)
    const list = files.map((path) => `'${path}'`).join(', ')
    await this.#connection.run(`COPY (SELECT * FROM read_parquet([${list}])${order}) TO '${folder}' (${FORMAT}, FILE_SIZE_BYTES 134217728)`)
    for (const name of readdirSync(folder)) await flush(join(folder, name))
    return folder
  }

  async query(sql: string): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRowsJson() as unknown[][]
  }

  files(): string[] {
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith('.parquet'))
      .sort()
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  #next(): string {
    return join(this.#folder, `part-${String(this.#written++).padStart(4, '0')}.parquet`)
  }

  async #copy(query: string, path: string): Promise<void> {
    await this.#connection.run(`COPY (${query}) TO '${path}' (${FORMAT})`)
    await flush(path)
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r')
  await file.sync()
  await file.close()
}
