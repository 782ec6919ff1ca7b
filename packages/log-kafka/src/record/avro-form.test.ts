import { batchFromRows, type Field, type Value } from '@millrace/columnar'
import { STAMP_FIELDS, WATERMARK_END, WATERMARK_FLOOR } from '@millrace/core'
import avro from 'avsc'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { avroForm } from './avro-form.ts'
import { type StampedColumn, stampedAvroSchema } from './avro-schema.ts'

/** Longs of 64 bits as bigints; those with a logical type stay numbers. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: (value: unknown) => value,
  toJSON: (value: unknown) => value,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => Number(a - b),
})

/** What another reader makes of the bytes, by the schema that we give it: values in their Avro form. */
function read(fields: readonly StampedColumn[], bytes: Buffer): Record<string, unknown> {
  const type = avro.Type.forSchema(stampedAvroSchema(fields) as never, { wrapUnions: false, registry: { long: LONG } })
  return { ...type.fromBuffer(bytes) }
}

const STAMP = [7, 'a.log', 70, 1_700_000_000_000, 1, 'here', WATERMARK_FLOOR]
const STAMPED = {
  _kind: 'row',
  _arrival: 7n,
  _split: 'a.log',
  _offset: 70n,
  _ingested_at: 1_700_000_000_000,
  _schema_version: 1,
  _producer: 'here',
  _watermark: WATERMARK_FLOOR,
}

function field(type: string): Field {
  return { name: 'v', type, nullable: true }
}

/** The bytes of a value behind the stamp, with the branch of its union. */
function written(type: string, value: Value): string {
  const form = avroForm([field(type)])
  const [stamped] = form.rows(batchFromRows([...STAMP_FIELDS], [STAMP]))
  const [whole] = form.rows(batchFromRows([...STAMP_FIELDS, field(type)], [[...STAMP, value]]))
  return whole.subarray(stamped.length - 1).toString('hex')
}

test.each<[type: string, value: Value, bytes: string]>([
  ['boolean', true, '0201'],
  ['boolean', null, '00'],
  ['int32', -1, '0201'],
  ['int32', 64, '028001'],
  ['int32', -(2 ** 31), '02ffffffff0f'],
  ['int64', 2 ** 31, '028080808010'],
  ['int64', -(2 ** 53) + 1, '02fdffffffffffff1f'],
  ['int64', 2n ** 63n - 1n, '02feffffffffffffffff01'],
  ['int64', -(2n ** 63n), '02ffffffffffffffffff01'],
  ['double', 1.5, '02000000000000f83f'],
  ['string', 'ü', '0204c3bc'],
  ['string', '', '0200'],
  ['bytes', Uint8Array.of(0, 255), '020400ff'],
  ['date', -1, '0201'],
  ['timestamp', -1, '0201'],
  ['decimal(10,2)', '0.00', '020200'],
  ['decimal(10,2)', '1.27', '02027f'],
  ['decimal(10,2)', '1.28', '02040080'],
  ['decimal(10,2)', '-1.28', '020280'],
  ['decimal(10,2)', '-1.29', '0204ff7f'],
  ['json', '{"a":1}', '020e7b2261223a317d'],
])('writes %s %s as Avro says', (type, value, bytes) => {
  expect(written(type, value)).toBe(bytes)
})

test('a schema is what Flink derives from the columns of the table', () => {
  expect(stampedAvroSchema([{ name: 'price', type: 'decimal(12,3)' }])).toMatchObject({
    type: 'record',
    name: 'record',
    namespace: 'org.apache.flink.avro.generated',
    fields: [
      { name: '_kind', type: ['null', 'string'], default: null },
      { name: '_arrival', type: ['null', 'long'] },
      { name: '_split' },
      { name: '_offset' },
      { name: '_ingested_at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }] },
      { name: '_schema_version', type: ['null', 'int'] },
      { name: '_producer' },
      { name: '_watermark' },
      { name: 'price', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 3 }] },
    ],
  })
})

test('a heartbeat is a record whose payload is null', () => {
  const fields = [field('int64'), { ...field('string'), name: 'w' }]
  const nothing = Object.fromEntries(Object.keys(STAMPED).map((name) => [name, null]))
  expect(read(fields, avroForm(fields).heartbeat({ watermark: WATERMARK_END, ingestedAt: 5 }))).toEqual({
    ...nothing,
    ...{ _kind: 'heartbeat', _ingested_at: 5, _watermark: WATERMARK_END, v: null, w: null },
  })
})

test('columns stand in the order of the schema; one that the rows have not got is null, one that it has not got is left out', () => {
  const fields = [
    { name: 'late', type: 'string' },
    { name: 'b', type: 'int64' },
    { name: 'a', type: 'string' },
  ]
  const own: Field[] = ['a', 'gone', 'b'].map((name) => ({ name, type: name === 'b' ? 'int64' : 'string', nullable: false }))
  const [bytes] = avroForm(fields).rows(batchFromRows([...STAMP_FIELDS, ...own], [[...STAMP, 'x', 'y', 3]]))
  expect(read(fields, bytes)).toEqual({ ...STAMPED, late: null, b: 3n, a: 'x' })
})

test('a column of another type than the schema says is refused', () => {
  const batch = batchFromRows([...STAMP_FIELDS, field('int32')], [[...STAMP, 1]])
  expect(() => avroForm([field('int64')]).rows(batch)).toThrow('`v` of a stamped topic is int64, and the log has it as int32')
})

const MAX = 2n ** 63n
const VALUES: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(),
  int32: fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0)),
  int64: fc
    .oneof(
      fc.bigInt({ min: -MAX, max: MAX - 1n }),
      fc.bigInt({ min: -70n, max: 70n }),
      fc.constantFrom(-MAX, MAX - 1n, 2n ** 53n, -(2n ** 32n)),
    )
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  timestamp: fc.integer({ min: WATERMARK_FLOOR, max: WATERMARK_END }),
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
  string: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
  bytes: fc.uint8Array(),
  'decimal(38,10)': fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map((units) => decimal(units, 10)),
  'decimal(5,0)': fc.integer({ min: -99_999, max: 99_999 }).map(String),
  json: fc.integer().map((value) => `{"a":${value}}`),
  'list<int64>': fc.array(fc.integer()).map((values) => JSON.stringify(values)),
}

function decimal(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The value as its Avro form says it. */
function avroValue(value: Value, type: string): unknown {
  if (value === null) return null
  if (type === 'int64') return BigInt(value as number)
  if (type === 'bytes') return Buffer.from(value as Uint8Array)
  return value
}

/** As `avroValue` of what the reader gave. */
function readValue(value: unknown, type: string): unknown {
  if (value === null || !type.startsWith('decimal(')) return value
  const bytes = value as Buffer
  const scale = Number(type.slice(0, -1).split(',')[1])
  const units = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
  return scale === 0 ? String(units) : decimal(units, scale)
}

test('another reader reads what was written, whatever it holds', () => {
  const fields = Object.keys(VALUES).map((type, i) => ({ name: `c${i}`, type, nullable: true }))
  const row = fc.tuple(...Object.values(VALUES).map((value) => fc.option(value, { nil: null })))
  const form = avroForm(fields)
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const batch = batchFromRows(
        [...STAMP_FIELDS, ...fields],
        rows.map((values) => [...STAMP, ...values]),
      )
      const found = form.rows(batch).map((bytes) => {
        const record = read(fields, bytes)
        return [record._kind, record._watermark, ...fields.map(({ name, type }) => readValue(record[name], type))]
      })
      const expected = rows.map((values) => ['row', STAMPED._watermark, ...values.map((value, i) => avroValue(value, fields[i].type))])
      expect(found).toEqual(expected)
    }),
  )
})
