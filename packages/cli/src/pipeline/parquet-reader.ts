import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { WholePart, WholeReader } from '@millrace/connect'
import type { SourceField } from '@millrace/core'
import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import { parquetRows } from './parquet-file.ts'

const MEMORY_MAX = 256 * 1024 ** 2

/** Reads Parquet files for a stream; DuckDB is opened for each and closed again. */
export function parquetReader(stream: {
  readonly topic: string
  readonly fields: readonly SourceField[]
  readonly eventTime: string
}): WholeReader {
  return async ({ path, known }) => {
    const { bytes, sha256 } = await fileDigest(path)
    const resumes = known.sha256 === sha256 && known.bytes === bytes
    const duckdb = await openParquetDuckdb()
    const parts = async function* (): AsyncGenerator<WholePart> {
      for await (const decoded of parquetRows(duckdb, stream, { path, skip: resumes ? known.lines : 0 }))
        yield { records: { kind: 'decoded', decoded }, bytes, sha256 }
    }
    return { fresh: !resumes, parts, close: async () => duckdb.close() }
  }
}

export function openParquetDuckdb(): Promise<Duckdb> {
  return openDuckdb({ memoryMax: MEMORY_MAX, threads: 1 })
}

/** Size and SHA-256 of a file. */
export async function fileDigest(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { bytes, sha256: hash.digest('hex') }
}
