import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type DecodedLines, TypedRecords } from '@millrace/connect'
import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeParquet } from '../../test/source/parquet-file.ts'
import { type TypedFile, typedFile } from '../../test/source/typed-file.ts'
import { type ParquetStream, parquetParts, parquetRows } from './parquet-file.ts'

const FILES = 40
const CASE_MS_MAX = 120_000

const folder = mkdtempSync(join(tmpdir(), 'millrace-parquet-'))
let duckdb: Duckdb
beforeAll(async () => {
  duckdb = await openDuckdb({ threads: 1 })
})
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true })
})

/** Each part of the file twice: by its columns, and value by value. */
async function readTwice({ fields, select }: TypedFile, skip: number): Promise<readonly (readonly [DecodedLines, DecodedLines])[]> {
  const path = join(folder, 'a.parquet')
  await writeParquet(path, select)
  const stream: ParquetStream = { topic: 'rows', fields, eventTime: 'c0' }
  const records = new TypedRecords(stream)
  const pairs: [DecodedLines, DecodedLines][] = []
  const byColumn = parquetRows(duckdb, stream, { path, skip })
  let line = skip + 1
  for await (const { rows, valuesOf } of parquetParts(duckdb, stream, { path, skip })) {
    for (let row = 0; row < rows; row++) records.add(valuesOf(row), line++)
    pairs.push([(await byColumn.next()).value as DecodedLines, records.take()])
  }
  expect((await byColumn.next()).done).toBe(true)
  return pairs
}

/** Vitest compares long columns element by element, which takes seconds: it is asked for the difference only. */
function expectEqual(found: DecodedLines, expected: DecodedLines): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toStrictEqual(expected)
}

test('reads by columns what it reads value by value, dead letters included', { timeout: CASE_MS_MAX }, async () => {
  let [kept, refused] = [0, 0]
  const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31))
  await fc.assert(
    fc.asyncProperty(typedFile, fc.constantFrom(0, 0, 3), async (file, skip) => {
      for (const [byColumn, byValue] of await readTwice(file, skip)) {
        expectEqual(byColumn, byValue)
        kept += byValue.batch.rows
        refused += byValue.deadLetters.length
      }
    }),
    { numRuns: FILES, seed },
  )
  console.info(`parquet columns: seed ${seed}, ${kept} rows, ${refused} dead letters`)
  expect(Math.min(kept, refused)).toBeGreaterThan(0)
})

test('parts of tens of thousands of rows keep lines, offsets and texts of every chunk', { timeout: CASE_MS_MAX }, async () => {
  const select = `SELECT TIMESTAMP '2026-03-01' + to_seconds(n) AS c0, CASE WHEN n % 5000 = 4999 THEN NULL ELSE n::VARCHAR || repeat('x', (n % 40)::INTEGER) END AS c1, CASE WHEN n % 13 > 0 THEN repeat('é', (n % 9)::INTEGER) || n END AS c2
    FROM range(70000) r(n) ORDER BY n`
  const pairs = await readTwice(
    {
      fields: [
        { name: 'c0', type: 'timestamp' },
        { name: 'c1', type: 'string' },
        { name: 'c2', type: 'string', nullable: true },
      ],
      select,
    },
    0,
  )
  expect(pairs.map(([{ lines }]) => lines)).toEqual([32_768, 32_768, 4464])
  expect(pairs.flatMap(([{ deadLetters }]) => deadLetters).map(({ line }) => line)).toEqual(
    Array.from({ length: 14 }, (_, n) => (n + 1) * 5000),
  )
  for (const [byColumn, byValue] of pairs) expectEqual(byColumn, byValue)
})
