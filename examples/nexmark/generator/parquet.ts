import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  VARCHAR,
} from '@duckdb/node-api'
import { SOURCES } from '../source.ts'
import type { Settings } from './settings.ts'
import { KINDS, type Kind } from './share.ts'
import { type StampedEvent, stampedEvents } from './stamped-event.ts'

/** DuckDB's vector size. */
const CHUNK_ROWS = 2048

interface Column {
  readonly name: string
  readonly type: string
}

function columnsOf(kind: Kind): readonly Column[] {
  return [{ name: '_arrival', type: 'int64' }, { name: '_watermark', type: 'timestamp' }, ...SOURCES[kind].fields]
}

function storedType({ type }: Column): DuckDBType {
  return type === 'string' ? VARCHAR : DOUBLE
}

/** Numbers are loaded as doubles, which hold every one of these exactly. */
function finalText({ name, type }: Column): string {
  if (type === 'int64') return `"${name}"::BIGINT AS "${name}"`
  return type === 'timestamp' ? `make_timestamptz("${name}"::BIGINT * 1000) AS "${name}"` : `"${name}"`
}

/** Loads the events of one source, some thousand at a time. */
class Loader {
  readonly #columns: readonly Column[]
  readonly #appender: DuckDBAppender
  #values: (number | string)[][] = []
  #rows = 0

  constructor(columns: readonly Column[], appender: DuckDBAppender) {
    this.#columns = columns
    this.#appender = appender
    this.#values = columns.map(() => [])
  }

  add({ event, arrival, watermarkMs }: StampedEvent): void {
    const row: Readonly<Record<string, number | string>> = { ...event.row, _arrival: arrival, _watermark: watermarkMs }
    for (let i = 0; i < this.#columns.length; i++) this.#values[i].push(row[this.#columns[i].name])
    if (++this.#rows === CHUNK_ROWS) this.#flush()
  }

  #flush(): void {
    const chunk = DuckDBDataChunk.create(this.#columns.map(storedType), this.#rows)
    for (const [i, values] of this.#values.entries()) chunk.setColumnValues(i, values)
    this.#appender.appendDataChunk(chunk)
    this.#values = this.#columns.map(() => [])
    this.#rows = 0
  }

  close(): void {
    if (this.#rows > 0) this.#flush()
    this.#appender.closeSync()
  }
}

/** Writes `person.parquet`, `auction.parquet` and `bid.parquet`: the columns of each source after `_arrival` and `_watermark`. */
export async function writeParquet(folder: string, count: number, settings: Settings): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const scratch = join(folder, '.loading.duckdb')
  const instance = await DuckDBInstance.create(scratch)
  const connection = await instance.connect()
  try {
    await load(connection, count, settings)
    for (const kind of KINDS) {
      const columns = columnsOf(kind).map(finalText).join(', ')
      await connection.run(
        `COPY (SELECT ${columns} FROM ${kind} ORDER BY "_arrival") TO '${join(folder, `${kind}.parquet`)}' (FORMAT parquet)`,
      )
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(scratch, { force: true })
    rmSync(`${scratch}.wal`, { force: true })
  }
}

async function load(connection: DuckDBConnection, count: number, settings: Settings): Promise<void> {
  const loaders = new Map<Kind, Loader>()
  for (const kind of KINDS) {
    const columns = columnsOf(kind)
    const types = columns.map((column) => `"${column.name}" ${storedType(column)}`)
    await connection.run(`CREATE TABLE ${kind} (${types.join(', ')})`)
    loaders.set(kind, new Loader(columns, await connection.createAppender(kind)))
  }
  for (const one of stampedEvents(count, settings)) loaders.get(one.event.source)?.add(one)
  for (const loader of loaders.values()) loader.close()
}
