import { batchFromRows, type Field, rowsOf, type Value } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyTable } from './key-table.ts'

const FIELDS: readonly Field[] = ['boolean', 'int32', 'int64', 'string', 'bytes', 'timestamp', 'date', 'double'].map((type) => ({
  name: `${type}1`,
  type,
  nullable: true,
}))

const VALUES: Readonly<Record<string, readonly Value[]>> = {
  boolean: [true, false],
  int32: [0, 1, -1, 2_147_483_647, -2_147_483_648],
  int64: [
    0,
    -1,
    4_294_967_296,
    4_294_967_297,
    -4_294_967_296,
    9_007_199_254_740_993n,
    9_223_372_036_854_775_807n,
    -9_223_372_036_854_775_808n,
  ],
  string: ['', 'a', '\u{1f600}', '\u{ffff}', 'aa'],
  bytes: [new Uint8Array(), Uint8Array.of(0), Uint8Array.of(255, 0)],
  timestamp: [0, -1, 1_700_000_000_000, -62_135_596_800_000],
  date: [0, -719_162, 2_932_896],
  double: [0, 0.1, -0.1, 1e308, 4_294_967_296],
}

const rowArbitrary = fc.tuple(...FIELDS.map((field) => fc.constantFrom<Value>(null, ...VALUES[field.type])))

function textOf(row: readonly Value[]): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

test('equal keys have one id, different ones different ids, over batches and after compaction, and every id gives its key back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(rowArbitrary, { minLength: 1, maxLength: 12 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: FIELDS.length }),
      (batches, width) => {
        const fields = FIELDS.slice(0, width)
        let table = new KeyTable(fields)
        let idOf = new Map<string, number>()
        for (const drawn of batches) {
          const rows = drawn.map((row) => row.slice(0, width))
          const batch = batchFromRows(fields, rows)
          const ids = table.idsOf(batch.columns, { selection: null, count: rows.length, rows: rows.length })
          for (const [i, row] of rows.entries()) {
            expect(idOf.get(textOf(row)) ?? ids[i]).toBe(ids[i])
            idOf.set(textOf(row), ids[i])
          }
          expect(new Set(idOf.values()).size).toBe(idOf.size)
          expect(rowsOf({ rows: rows.length, fields, columns: table.columnsOf(ids, rows.length) }).map(textOf)).toEqual(rows.map(textOf))
          const live = Int32Array.from(idOf.values())
          const compacted = table.compacted(live)
          idOf = new Map([...idOf.keys()].map((key, i) => [key, compacted.ids[i]]))
          table = compacted.table
        }
      },
    ),
    { verbose: true },
  )
})
