import { type Batch, batchFromRows, type Field, takeRows, type Value } from '@millrace/columnar'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LakeFixture, openFixture } from '../test/lake-fixture.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)
const INT64_MAX = 2n ** 63n - 1n
const FIELDS: readonly Field[] = ['boolean', 'int32', 'int64', 'double', 'string', 'json', 'bytes', 'timestamp', 'date'].map((type) => ({
  name: `${type} "x' y`,
  type,
  nullable: true,
}))

const times = fc.oneof(
  fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  fc.constantFrom(-62_135_596_800_000, 253_402_300_799_999, -1, 0),
)
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -INT64_MAX - 1n, max: INT64_MAX }),
  fc.constantFrom(INT64_MAX, -INT64_MAX - 1n, 2n ** 53n + 1n, 0, -1),
)
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('', '😀', 'a\0b', 'same', 'same', '\u{10ffff}'.repeat(20), 'ÿ'.repeat(17)),
)
const values: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(),
  int32: fc.integer(),
  int64: whole,
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  string: texts,
  json: texts,
  bytes: fc.uint8Array({ maxLength: 40 }),
  timestamp: times,
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
}
const row = fc.tuple(...FIELDS.map(({ type }) => fc.option(values[type], { freq: 4 })))

/** The columns in a form that both sides can print: times as epoch ms, bytes as hex. */
const COLUMNS = FIELDS.map(({ name, type }) => {
  const quoted = `"${name.replaceAll('"', '""')}"`
  if (type === 'timestamp') return `epoch_ms(${quoted})`
  if (type === 'date') return `datediff('day', DATE '1970-01-01', ${quoted})`
  return type === 'bytes' ? `lower(hex(${quoted}))` : quoted
}).join(', ')

function shown(value: Value, type: string): unknown {
  if (value === null) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (type === 'string' || type === 'json') return (value as string).toWellFormed()
  return type === 'int64' || type === 'timestamp' || type === 'date' ? String(value) : value
}

function bounds(rows: readonly (readonly Value[])[]) {
  return rows.flatMap((one) =>
    FIELDS.flatMap(({ name: column, type }, place) => {
      const value = one[place]
      if (value === null || typeof value === 'boolean' || value instanceof Uint8Array || type === 'json') return []
      return [
        {
          column,
          min: typeof value === 'string' ? value.toWellFormed() : value,
          max: typeof value === 'string' ? value.toWellFormed() : value,
        },
      ]
    }),
  )
}

let tables = 0
async function roundTrip(rows: readonly (readonly Value[])[], batches: readonly Batch[]): Promise<void> {
  const name = { namespace: 'values', table: `t${tables++}` }
  await fixture.lake.openTable(name, { fields: FIELDS })
  await fixture.lake.append(name, { batches, positions: {} })
  const read = await fixture.read(await fixture.lake.scan(name), COLUMNS)
  expect(read).toEqual(rows.map((one) => one.map((value, place) => shown(value, FIELDS[place].type))))
  for (const bound of bounds(rows.slice(0, 3))) {
    expect((await fixture.lake.scan(name, { bounds: [bound] })).files, `${bound.column} = ${String(bound.min)}`).toHaveLength(1)
  }
}

test(`every value of every type comes back as it went in, and bounds never leave out its file (seed ${SEED})`, async () => {
  const cases = fc.tuple(fc.array(row, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 60 }))
  await fc.assert(
    fc.asyncProperty(cases, async ([rows, size]) => {
      const batches: Batch[] = []
      for (let at = 0; at < rows.length; at += size) batches.push(batchFromRows(FIELDS, rows.slice(at, at + size)))
      await roundTrip(rows, batches)
    }),
    { seed: SEED, numRuns: 60 },
  )
}, 120_000)

test('many rows with nulls everywhere come back, from shared and from separate dictionaries', async () => {
  const distinct = fc.sample(row, { numRuns: 300, seed: SEED })
  const whole = batchFromRows(FIELDS, distinct)
  const picks = Int32Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 300)
  const batches = [
    takeRows(whole, picks.slice(0, 70_000)),
    takeRows(whole, picks.slice(70_000, 70_001)),
    takeRows(whole, picks.slice(70_001)),
  ]
  await roundTrip(
    Array.from(picks, (pick) => distinct[pick]),
    batches,
  )
}, 120_000)

test('columns whose values nearly all differ come back', async () => {
  const fields: Field[] = [
    { name: 'txt1', type: 'string', nullable: true },
    { name: 'bin1', type: 'bytes', nullable: true },
  ]
  const rows = Array.from({ length: 120_000 }, (_, i): Value[] =>
    i % 11 === 0 ? [null, null] : [`line ${i} of text 😀`, Buffer.from(`${i}`)],
  )
  const name = { namespace: 'values', table: 'distinct' }
  await fixture.lake.openTable(name, { fields })
  const batches = function* () {
    for (let at = 0; at < rows.length; at += 9000) yield batchFromRows(fields, rows.slice(at, at + 9000))
  }
  await fixture.lake.append(name, { batches: batches(), positions: {} })
  const read = await fixture.read(await fixture.lake.scan(name), 'txt1, bin1::varchar')
  expect(read).toEqual(rows.map(([text, bytes]) => [text, bytes === null ? null : Buffer.from(bytes as Uint8Array).toString()]))
}, 120_000)
