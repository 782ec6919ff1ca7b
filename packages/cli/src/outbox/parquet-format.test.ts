import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows, type Field } from '@millrace/columnar'
import { openDuckdb } from '@millrace/engine-duckdb'
import { expect, it, onTestFinished } from 'vitest'
import { parquetFormat } from './parquet-format.ts'

const FIELDS: readonly Field[] = [
  { name: 'id', type: 'int32', nullable: false },
  { name: 'flag', type: 'boolean', nullable: true },
  { name: 'wide', type: 'int64', nullable: true },
  { name: 'num', type: 'double', nullable: true },
  { name: 'a "b"', type: 'string', nullable: true },
  { name: 'raw', type: 'bytes', nullable: true },
  { name: 'ts', type: 'timestamp', nullable: true },
  { name: 'day', type: 'date', nullable: true },
  { name: 'doc', type: 'json', nullable: true },
  { name: 'dec', type: 'decimal(38,2)', nullable: true },
  { name: 'list', type: 'list<int64>', nullable: true },
]

it('writes every type exactly, nulls too, and leaves nothing beside the file', async () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "millrace-it's-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const duckdb = await openDuckdb({ threads: 1 })
  onTestFinished(() => duckdb.close())
  const first = [
    1,
    true,
    9_223_372_036_854_775_807n,
    5e-324,
    "it's\n",
    Uint8Array.of(0, 255),
    1_700_000_000_123,
    -1,
    '{"a": [1.50]}',
    '-0.50',
    '[9007199254740993,null]',
  ]
  const second = [
    2,
    false,
    -3,
    0.1,
    'nul \0',
    new Uint8Array(),
    -62_135_596_800_000,
    20_000,
    'null',
    '123456789012345678901234567890123456.78',
    '[]',
  ]
  const none = [3, null, null, null, null, null, null, null, null, null, null]
  const path = join(folder, 'rows.parquet')
  await parquetFormat(async () => duckdb).write(path, [batchFromRows(FIELDS, [first, second]), batchFromRows(FIELDS, [none])])
  expect(readdirSync(folder)).toEqual(['rows.parquet'])
  const rows = await duckdb.with(async (connection) => {
    const sql = `SELECT id, flag, wide::VARCHAR, num, "a ""b""", hex(raw), strftime(ts, '%Y-%m-%dT%H:%M:%S.%g'), day::VARCHAR, doc::VARCHAR, dec::VARCHAR, list::VARCHAR
      FROM read_parquet('${path.replaceAll("'", "''")}') ORDER BY id`
    return (await connection.runAndReadAll(sql)).getRowsJS()
  })
  expect(rows).toEqual([
    [
      1,
      true,
      '9223372036854775807',
      5e-324,
      "it's\n",
      '00FF',
      '2023-11-14T22:13:20.123',
      '1969-12-31',
      '{"a": [1.50]}',
      '-0.50',
      '[9007199254740993,null]',
    ],
    [2, false, '-3', 0.1, 'nul \0', '', '0001-01-01T00:00:00.000', '2024-10-04', 'null', '123456789012345678901234567890123456.78', '[]'],
    none,
  ])
})
