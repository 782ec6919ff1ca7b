import { batchFromRows, type Column, decodeBatch, encodeBatch, type Value, valueAt } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnStore } from './column-store.ts'

const VALUES: Readonly<Record<string, readonly Value[]>> = {
  boolean: [true, false],
  int32: [0, -1, 2_147_483_647],
  int64: [0, -1, 9_007_199_254_740_993n, -9_223_372_036_854_775_808n],
  double: [0, 0.1, -1e308],
  string: ['', 'a', 'aa', '\u{1f600}', 'a text that is longer than a copy byte by byte is faster for'],
  bytes: [new Uint8Array(), Uint8Array.of(0), Uint8Array.of(255, 0)],
  timestamp: [0, -62_135_596_800_000],
  date: [0, -719_162],
}
const cases = fc
  .constantFrom(...Object.keys(VALUES))
  .chain((type) => fc.tuple(fc.constant(type), fc.array(fc.array(fc.constantFrom<Value>(null, ...VALUES[type]), { minLength: 1 }))))

function columnOf(type: string, values: readonly Value[]): Column {
  const fields = [{ name: 'x', type, nullable: true }]
  return batchFromRows(
    fields,
    values.map((value) => [value]),
  ).columns[0]
}

function valuesOf(column: Column, rows: number): Value[] {
  return Array.from({ length: rows }, (_, row) => valueAt(column, row))
}

test('gives every value back: alone, in a row as a page holds them, and to compare with', () => {
  fc.assert(
    fc.property(cases, ([type, parts]) => {
      const store = columnStore(type)
      const all = parts.flat()
      for (const part of parts) store.append(columnOf(type, part), part.length)
      const ids = Int32Array.from(all.keys()).reverse()
      expect(valuesOf(store.take(ids), ids.length)).toEqual(all.toReversed())
      expect(valuesOf(store.view(), all.length)).toEqual(all)
      const first = Math.floor(all.length / 3)
      const page = {
        rows: all.length - first,
        fields: [{ name: 'x', type, nullable: true }],
        columns: [store.slice(first, all.length - first)],
      }
      const { batch } = decodeBatch(encodeBatch(page, { watermarkAfter: 0, ingestedAt: 0 }))
      expect(valuesOf(batch.columns[0], batch.rows)).toEqual(all.slice(first))
    }),
    { verbose: true },
  )
})

test('texts of a taken column are distinct', () => {
  const store = columnStore('string')
  for (const part of [
    ['a', 'b'],
    ['b', 'a'],
  ])
    store.append(columnOf('string', part), 2)
  const taken = store.take(Int32Array.of(0, 1, 2, 3))
  expect(taken.kind === 'string' && taken.dictionary.size).toBe(2)
})

test('knows equal values and others', () => {
  for (const [type, values] of Object.entries(VALUES)) {
    const store = columnStore(type)
    const all = [null, ...values]
    const column = columnOf(type, all)
    store.append(column, all.length)
    for (const id of all.keys()) expect(all.map((_, row) => store.equals(id, column, row))).toEqual(all.map((_, row) => row === id))
  }
})
