import { rmSync, writeFileSync } from 'node:fs'
import { openDuckdb } from '@millrace/engine-duckdb'

/** Writes what a SELECT gives as Parquet; `{rows}` in it stands for these JSON lines. */
export async function writeParquet(path: string, select: string, lines = ''): Promise<void> {
  const duckdb = await openDuckdb()
  const rows = `${path}.jsonl`
  writeFileSync(rows, lines)
  try {
    await duckdb.with(async (connection) => {
      await connection.run(`COPY (${select.replace('{rows}', `read_json('${rows}')`)}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`)
    })
  } finally {
    duckdb.close()
    rmSync(rows)
  }
}

/** Orders as a Parquet file of the contract has them. */
export const ORDERS_SELECT =
  'SELECT number::BIGINT AS number, shop, total::DOUBLE AS total, ordered_at::TIMESTAMPTZ AS ordered_at FROM {rows}'
