import { batchFromRows, type Field, type Value } from '@millrace/columnar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Frame } from '../frame.ts'
import { RowKeys } from './row-keys.ts'

const FIELDS: readonly Field[] = ['double', 'int64', 'string', 'boolean', 'decimal(38,2)'].map((type, i) => ({
  name: `c${i}`,
  type,
  nullable: true,
}))

const nullable = <T extends Value>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null })
const int64 = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é', '\u{e000}', '\u{1f600}'), maxLength: 4 })
const decimal = fc
  .integer({ min: -300, max: 300 })
  .map((units) => `${units < 0 ? '-' : ''}${Math.floor(Math.abs(units) / 100)}.${String(Math.abs(units) % 100).padStart(2, '0')}`)

const ROW = fc.tuple(
  nullable(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
  nullable(fc.oneof(int64, fc.integer())),
  nullable(text),
  nullable(fc.boolean()),
  nullable(decimal),
)

function compare(a: Value, b: Value, place: number): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (place === 2) return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
  const [x, y] = place === 4 ? [Number(a), Number(b)] : [a, b]
  return x < y ? -1 : Number(x > y)
}

test('keys compare as rows do, null least, whatever the direction', () => {
  fc.assert(
    fc.property(
      fc.array(ROW, { minLength: 2, maxLength: 12 }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      (rows, descending) => {
        const frame = new Frame(rows.length, FIELDS.length)
        batchFromRows(FIELDS, rows).columns.forEach((column, register) => {
          frame.registers[register] = column
        })
        const keys = new RowKeys(
          FIELDS.map(({ type }, register) => ({ register, type, descending: descending[register] })),
          frame,
        )
        for (let row = 1; row < rows.length; row++) {
          const place = FIELDS.findIndex((_, i) => compare(rows[row - 1][i], rows[row][i], i) !== 0)
          const order = place < 0 ? 0 : compare(rows[row - 1][place], rows[row][place], place) * (descending[place] ? -1 : 1)
          const [a, b] = [keys.keyOf(row - 1), keys.keyOf(row)]
          expect(Math.sign(a < b ? -1 : Number(a > b))).toBe(Math.sign(order))
        }
      },
    ),
    { numRuns: 500 },
  )
})
