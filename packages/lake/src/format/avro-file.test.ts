import { deflateRawSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeAvro, encodeAvro } from './avro-file.ts'

const SCHEMA = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'id', type: 'long', 'field-id': 7 },
    { name: 'parent', type: ['null', 'long'], default: null, 'field-id': 8 },
  ],
}
const RECORDS = [
  { id: 1, parent: null },
  { id: 2 ** 53 - 1, parent: -5 },
  { id: 3_055_729_675_574_597_004n, parent: -(2n ** 63n) },
]

test('records, header and the ids of fields come back, also integers that doubles cannot hold', () => {
  const file = decodeAvro(encodeAvro(SCHEMA, { 'snapshot-id': '12' }, RECORDS), 'm.avro')
  expect(file.records.map((record) => ({ ...(record as object) }))).toEqual(RECORDS)
  expect(file.schema).toEqual(SCHEMA)
  expect(file.header.get('snapshot-id')).toBe('12')
  expect(decodeAvro(encodeAvro(SCHEMA, {}, []), 'm.avro').records).toEqual([])
})

test.each([
  ['deflate', deflateRawSync],
  ['zstandard', zstdCompressSync],
])('reads blocks of codec %s', (codec, compress) => {
  expect(decodeAvro(recoded(codec, compress), 'm.avro').records).toHaveLength(3)
})

test.each<[string, (whole: Buffer) => Buffer, string]>([
  ['is cut short', (whole) => whole.subarray(0, whole.length - 20), 'a block is cut short'],
  ['is no Avro file', () => Buffer.from('{}'), 'it does not begin as an Avro file'],
  ['has an unknown codec', () => recoded('snappy', (block) => block), 'its codec is snappy'],
])('a manifest that %s is told by its path and what is wrong', (_what, damaged, why) => {
  const read = () => decodeAvro(damaged(encodeAvro(SCHEMA, {}, RECORDS)), '/lake/m.avro')
  expect(read).toThrowError(
    expect.objectContaining({ code: 'lake/unreadable-manifest', message: expect.stringContaining(`/lake/m.avro cannot be read: ${why}`) }),
  )
})

/** The same file with its one block compressed by another codec. */
function recoded(codec: string, compress: (block: Buffer) => Buffer): Buffer {
  const whole = encodeAvro(SCHEMA, {}, RECORDS)
  const sync = whole.subarray(whole.length - 16)
  const headerEnd = whole.indexOf(sync) + 16
  const key = Buffer.concat([Buffer.from('avro.codec'), Buffer.from([8]), Buffer.from('null')])
  const at = whole.indexOf(key)
  const header = Buffer.concat([
    whole.subarray(0, at),
    Buffer.from('avro.codec'),
    zigzag(codec.length),
    Buffer.from(codec),
    whole.subarray(at + key.length, headerEnd),
  ])
  // One byte of count and one of size stand before a block as small as this.
  const block = compress(whole.subarray(headerEnd + 2, whole.length - 16))
  return Buffer.concat([header, zigzag(RECORDS.length), zigzag(block.length), block, sync])
}

function zigzag(value: number): Buffer {
  return Buffer.from([2 * value])
}
