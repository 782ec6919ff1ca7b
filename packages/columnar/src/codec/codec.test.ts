import { expect, test } from 'vitest'
import { batchFromRows, decodeBatch, emptyBatch, encodeBatch, type Field, rowsOf } from '../index.ts'

const HEADER = { watermarkAfter: 0, ingestedAt: 0 }
const field = (type: string): Field => ({ name: 'v', type, nullable: true })

function bytesOfColumn(type: string, values: (number | bigint | string | boolean | null)[]): number {
  const fields = [field(type)]
  return (
    encodeBatch(
      batchFromRows(
        fields,
        values.map((value) => [value]),
      ),
      HEADER,
    ).length - encodeBatch(emptyBatch(fields), HEADER).length
  )
}

test('times of one day take four bytes a row, of one minute two, equal ones none', () => {
  const start = Date.UTC(2024, 0, 1)
  const times = (step: number): number[] => Array.from({ length: 1024 }, (_, row) => start + row * step)
  expect(bytesOfColumn('timestamp', times(80_000))).toBe(4096)
  expect(bytesOfColumn('timestamp', times(60))).toBe(2048)
  expect(bytesOfColumn('timestamp', times(0))).toBe(0)
})

test('a null among late times does not widen the column', () => {
  const times = Array.from({ length: 1024 }, (_, row) => (row % 2 === 0 ? null : 1_700_000_000_000 + (row % 200)))
  expect(bytesOfColumn('timestamp', times)).toBe(1024 + 128)
})

test('booleans take one bit a row, few texts one byte', () => {
  expect(
    bytesOfColumn(
      'boolean',
      Array.from({ length: 1024 }, (_, row) => row % 3 === 0),
    ),
  ).toBe(128)
  expect(
    bytesOfColumn(
      'string',
      Array.from({ length: 1024 }, (_, row) => (row % 2 === 0 ? 'GET' : 'POST')),
    ),
  ).toBe(1024 + 16)
})

test('int64 limits close together are packed and exact', () => {
  const values = Array.from({ length: 64 }, (_, row) => 2n ** 63n - 1n - BigInt(row))
  expect(bytesOfColumn('int64', values)).toBe(64)
  const batch = batchFromRows(
    [field('int64')],
    values.map((value) => [value]),
  )
  expect(rowsOf(decodeBatch(encodeBatch(batch, HEADER)).batch).flat()).toEqual(values)
})

test('an asked column that the batch does not have is named', () => {
  expect(() => decodeBatch(encodeBatch(emptyBatch([field('int32')]), HEADER), ['w'])).toThrow('Column `w` was asked for; the batch has v.')
})

test('a newer format version is refused by its number', () => {
  const bytes = encodeBatch(emptyBatch([field('int32')]), HEADER)
  bytes[4] = 2
  expect(() => decodeBatch(bytes)).toThrow('The batch has format version 2; this program reads version 1.')
})

test('bytes of something else are refused', () => {
  expect(() => decodeBatch(Buffer.from('{"not":"a batch"}'.repeat(9)))).toThrow(
    '153 bytes were given as a batch; they do not begin as one.',
  )
})

test('without verification a damaged column is not looked at until it is asked for', () => {
  const fields = [
    { name: 'a', type: 'int32', nullable: false },
    { name: 'b', type: 'string', nullable: false },
  ]
  const bytes = encodeBatch(
    batchFromRows(fields, [
      [1, 'x'],
      [2, 'y'],
    ]),
    HEADER,
  )
  bytes.fill(0xff, bytes.length - 40)
  expect(rowsOf(decodeBatch(bytes, ['a'], { verify: false }).batch)).toEqual([[1], [2]])
  expect(() => decodeBatch(bytes, ['b'], { verify: false })).toThrow('damaged')
  expect(() => decodeBatch(bytes, ['a'])).toThrow('The batch is damaged: the checksum of its columns differs.')
})
