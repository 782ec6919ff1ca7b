import { createHash } from 'node:crypto'
import type { Value } from '@millrace/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planOf, type Row, SOURCE, stamped } from '../../test/fixture.ts'
import { digestTable } from './digest-table.ts'
import { loadRows } from './load-rows.ts'
import { type Duckdb, openDuckdb } from './open-duckdb.ts'

let duckdb: Duckdb
beforeAll(async () => {
  duckdb = await openDuckdb()
})
afterAll(() => duckdb.close())

/** A value as the command line writes it. */
function plain(value: Value, type: string): unknown {
  if (value === null) return null
  if (type === 'timestamp') return new Date(Number(value)).toISOString()
  if (type === 'date') return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? String(value) : value
}

function naive(rows: readonly Row[]): { rows: number; sha256: string } {
  const lines = rows.map((row) => Buffer.from(JSON.stringify(SOURCE.fields.map((field) => plain(row[field.name] ?? null, field.type)))))
  return { rows: rows.length, sha256: createHash('sha256').update(lines.sort(Buffer.compare).map(String).join('\n')).digest('hex') }
}

async function digestOf(rows: readonly Row[]): Promise<{ rows: number; sha256: string }> {
  const source = planOf([]).sources.get('events')
  if (source === undefined) throw new TypeError('the fixture has no source')
  const connection = await duckdb.connect()
  try {
    await loadRows(connection, { table: 'loaded', source }, stamped(rows))
    await connection.run('CREATE OR REPLACE TABLE digested AS FROM loaded')
    return await digestTable(duckdb, 'digested', SOURCE.fields)
  } finally {
    connection.closeSync()
  }
}

const safe = (value: bigint): number | bigint =>
  BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value
const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null, freq: 8 })
const double = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc
      .tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: -30, max: 30 }))
      .map(([mantissa, power]) => mantissa * 10 ** power),
    fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -10, max: 24 })).map(([digits, power]) => Number(`${digits}e${power}`)),
  )
  .map((value) => value + 0)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '/', '\0', '\b', '\t', '\n', '\v', '\f', '\r', '\x1f', '\x7f', '\u2028', '😀', 'u0', 'a') }),
)
const row: fc.Arbitrary<Row> = fc.record({
  // A window may end in the year 10000.
  ts1: fc.oneof(
    fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
    fc.integer({ min: 253_402_300_799_999, max: 253_402_387_200_000 }),
  ),
  txt1: nullable(text),
  int1: nullable(fc.integer()),
  big1: nullable(
    fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 0n)).map(safe),
  ),
  num1: nullable(double),
  flag1: nullable(fc.boolean()),
  bin1: nullable(fc.uint8Array({ maxLength: 9 })),
  day1: nullable(fc.integer({ min: -719_162, max: 2_932_896 })),
})

describe('digestTable', () => {
  it('equals the digest of JSON.stringify over sorted rows', async () => {
    const seed = Date.now() % 1_000_000
    const rows = fc.sample(row, { numRuns: 6_000, seed })
    expect({ seed, ...(await digestOf(rows)) }).toEqual({ seed, ...naive(rows) })
  })

  it('does not depend on the order of rows, and counts equal rows', async () => {
    const rows = fc.sample(row, { numRuns: 50, seed: 7 })
    expect(await digestOf([...rows].reverse())).toEqual(await digestOf(rows))
    expect((await digestOf([...rows, rows[0]])).sha256).not.toBe((await digestOf(rows)).sha256)
  })

  it('of an empty table is the digest of nothing', async () => {
    expect(await digestOf([])).toEqual({ rows: 0, sha256: createHash('sha256').digest('hex') })
  })
})
