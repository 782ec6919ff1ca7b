import type { DuckDBConnection } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { VECTOR_ROWS_MAX, type VectorSource } from './column-buffer.ts'

/** Rows that a statement reads with `SELECT unnest(c0), unnest(c1), … FROM millrace_feed(id)`. */
export interface Feed {
  readonly rows: number
  readonly columns: readonly VectorSource[]
}

interface Reading {
  readonly feed: Feed
  at: number
}

export const FEED_FUNCTION = 'millrace_feed'

/**
 * Feeds that statements of one DuckDB instance may read. A feed appears in SQL as rows of lists, each of up to 65,536
 * values: DuckDB calls back into this thread once a list, not once every 2,048 rows, so a busy event loop does not hold it up.
 */
export class FeedTable {
  readonly #feeds = new Map<bigint, Feed>()
  #next = 0n

  constructor(connection: DuckDBConnection) {
    const table = duckdb.create_table_function()
    duckdb.table_function_set_name(table, FEED_FUNCTION)
    duckdb.table_function_add_parameter(table, duckdb.create_logical_type(duckdb.Type.BIGINT))
    duckdb.table_function_set_bind(table, (info) => this.#bind(info))
    duckdb.table_function_set_init(table, (info) => duckdb.init_set_max_threads(info, 1))
    duckdb.table_function_set_function(table, (info, chunk) => {
      try {
        nextChunk(duckdb.function_get_bind_data(info) as Reading, chunk)
      } catch (error) {
        duckdb.function_set_error(info, String(error))
      }
    })
    duckdb.register_table_function(rawConnection(connection), table)
    duckdb.destroy_table_function_sync(table)
  }

  /** Offers `feed` while `use` runs; `use` gets the id that names it in SQL. */
  async offering<T>(feed: Feed, use: (id: bigint) => Promise<T>): Promise<T> {
    const id = this.#next++
    this.#feeds.set(id, feed)
    try {
      return await use(id)
    } finally {
      this.#feeds.delete(id)
    }
  }

  #bind(info: duckdb.TableFunctionBindInfo): void {
    const id = duckdb.get_int64(duckdb.bind_get_parameter(info, 0))
    const feed = this.#feeds.get(id)
    if (feed === undefined) {
      duckdb.bind_set_error(info, `there is no feed ${id}`)
      return
    }
    for (const [place, { type }] of feed.columns.entries()) duckdb.bind_add_result_column(info, `c${place}`, duckdb.create_list_type(type))
    duckdb.bind_set_cardinality(info, Math.ceil(feed.rows / VECTOR_ROWS_MAX), true)
    const reading: Reading = { feed, at: 0 }
    duckdb.bind_set_bind_data(info, reading)
  }
}

function nextChunk(reading: Reading, chunk: duckdb.DataChunk): void {
  const { feed, at } = reading
  const count = Math.min(VECTOR_ROWS_MAX, feed.rows - at)
  if (count <= 0) {
    duckdb.data_chunk_set_size(chunk, 0)
    return
  }
  duckdb.data_chunk_set_size(chunk, 1)
  const entry = BigUint64Array.of(0n, BigInt(count))
  feed.columns.forEach((column, place) => {
    const lists = duckdb.data_chunk_get_vector(chunk, place)
    duckdb.list_vector_reserve(lists, count)
    duckdb.list_vector_set_size(lists, count)
    column.copy(duckdb.list_vector_get_child(lists), at, count)
    duckdb.copy_data_to_vector(lists, 0, entry.buffer, 0, entry.byteLength)
  })
  reading.at = at + count
}

/** The native handle, which the library keeps to itself and table functions of one's own need. */
function rawConnection(connection: DuckDBConnection): duckdb.Connection {
  return (connection as unknown as { readonly connection: duckdb.Connection }).connection
}
