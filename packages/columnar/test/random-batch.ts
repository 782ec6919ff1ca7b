import fc from 'fast-check'
import { type Batch, batchFromRows, type Field, type Value } from '../src/index.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const TYPES = ['boolean', 'int32', 'int64', 'double', 'timestamp', 'date', 'string', 'json', 'bytes'] as const

/** int64 as `rowsOf` gives it: a number when safe. */
function narrow(value: bigint): Value {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

const texts = fc.oneof(
  fc.constantFrom('', 'a', 'ß', '😀', '\u0000', '🏳️‍🌈 long enough for the decoder', '\ufeffmark'),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

const VALUES: Record<(typeof TYPES)[number], fc.Arbitrary<Value>> = {
  boolean: fc.boolean(),
  int32: fc.oneof(fc.integer(), fc.integer({ min: -3, max: 300 }), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1)),
  int64: fc.oneof(
    fc.integer({ min: 0, max: 70_000 }),
    fc.bigInt({ min: INT64_MIN, max: INT64_MAX }).map(narrow),
    fc.constantFrom<Value>(2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, -(2 ** 53 - 1), INT64_MIN, INT64_MAX),
  ),
  double: fc.oneof(finite, fc.constantFrom(0, 1e-7, Number.MAX_VALUE, Number.MIN_VALUE)),
  timestamp: fc.oneof(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
  string: texts,
  json: texts,
  bytes: fc.uint8Array({ maxLength: 20 }),
}

/** Rows of one type with some nulls, sometimes all of one value, sometimes from a few. */
function columnValues(type: (typeof TYPES)[number], rows: number): fc.Arbitrary<{ field: Omit<Field, 'name'>; values: Value[] }> {
  const value = VALUES[type]
  const few = fc.array(value, { minLength: 1, maxLength: 3 }).chain((choices) => fc.constantFrom(...choices))
  return fc.tuple(fc.constantFrom(value, few), fc.boolean(), value).chain(([kind, nullable, constant]) => {
    const plain = fc.oneof(fc.array(kind, { minLength: rows, maxLength: rows }), fc.constant(new Array<Value>(rows).fill(constant)))
    const nulls = fc.oneof(fc.array(fc.boolean(), { minLength: rows, maxLength: rows }), fc.constant(new Array<boolean>(rows).fill(true)))
    return fc.tuple(plain, nulls).map(([values, isNull]) => ({
      field: { type, nullable },
      values: values.map((held, row) => (nullable && isNull[row] ? null : held)),
    }))
  })
}

export interface RandomBatch {
  readonly fields: Field[]
  readonly rows: Value[][]
  readonly batch: Batch
}

/** A batch of random types and values together with its rows. */
export const randomBatch: fc.Arbitrary<RandomBatch> = fc
  .tuple(
    fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 9 }),
    fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 70 })),
  )
  .chain(([types, rows]) =>
    fc.tuple(...types.map((type) => columnValues(type, rows))).map((columns) => {
      const fields = columns.map((column, place) => ({ name: `${column.field.type}${place}`, ...column.field }))
      const table = Array.from({ length: rows }, (_, row) => columns.map((column) => column.values[row]))
      return { fields, rows: table, batch: batchFromRows(fields, table) }
    }),
  )

/** Runs a property under a seed that is printed, or the one of MILLRACE_SEED. */
export function checkProperty<T>(name: string, arbitrary: fc.Arbitrary<T>, property: (value: T) => void, numRuns = 400): void {
  const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`${name}: seed ${seed}`)
  fc.assert(fc.property(arbitrary, property), { seed, numRuns })
}
