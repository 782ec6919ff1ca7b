import avro from 'avsc'
import { expect, test } from 'vitest'
import { AvroValue } from './avro-value.ts'

const SCHEMA = {
  type: 'record',
  name: 'order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'finely', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale: 2 } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'kind', type: { type: 'enum', name: 'kind', symbols: ['a', 'b'] } },
    { name: 'raw', type: 'bytes' },
    { name: 'tags', type: { type: 'array', items: 'long' } },
    { name: 'of', type: { type: 'record', name: 'part', fields: [{ name: 'x', type: 'double' }] } },
  ],
} as const

/** The schema without what reads values in another way, to write with. */
const BIG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})
const WRITER = avro.Type.forSchema(SCHEMA as unknown as avro.Schema, {
  registry: { long: BIG },
  typeHook: (schema) => ((schema as { type?: unknown }).type === 'long' ? BIG : undefined),
  wrapUnions: false,
})

const RECORD = {
  id: 2n ** 63n - 1n,
  at: 1_700_000_000_123n,
  finely: -1n,
  day: -1,
  price: Buffer.from([0xff, 0x38]),
  note: null,
  kind: 'b',
  raw: Buffer.from([0, 255]),
  tags: [1n, -(2n ** 60n)],
  of: { x: 0.5 },
}

const READ = {
  id: 2n ** 63n - 1n,
  at: 1_700_000_000_123,
  finely: -1,
  day: '1969-12-31',
  price: '-2.00',
  note: null,
  kind: 'b',
  raw: 'AP8=',
  tags: [1, -(2n ** 60n)],
  of: { x: 0.5 },
}

test('values of every kind are what stands for them in JSON', () => {
  expect(new AvroValue(SCHEMA, 'plain').read(WRITER.toBuffer(RECORD))).toEqual(READ)
  expect(new AvroValue(SCHEMA, 'plain').read(WRITER.toBuffer({ ...RECORD, note: 'hello' }))).toMatchObject({ note: 'hello' })
})

test('the wire format of registries has five bytes before the record', () => {
  const value = Buffer.concat([Buffer.from([0, 0, 0, 1, 44]), WRITER.toBuffer(RECORD)])
  expect(new AvroValue(SCHEMA, 'confluent').read(value)).toEqual(READ)
  expect(new AvroValue(SCHEMA, 'confluent').read(WRITER.toBuffer({ ...RECORD, id: 5n }))).toBeUndefined()
})

test('bytes that are cut off, that go on, or are nothing are no record', () => {
  const value = WRITER.toBuffer(RECORD)
  const reader = new AvroValue(SCHEMA, 'plain')
  for (let length = 0; length < value.length; length++) expect(reader.read(value.subarray(0, length))).toBeUndefined()
  expect(reader.read(Buffer.concat([value, Buffer.from([0])]))).toBeUndefined()
})

test('what is no schema of a record is refused', () => {
  expect(() => new AvroValue({ type: 'nonsense' }, 'plain')).toThrow(expect.objectContaining({ code: 'source/bad-schema' }))
  expect(() => new AvroValue('string', 'plain')).toThrow('The Avro schema of the source is none of a record')
})
