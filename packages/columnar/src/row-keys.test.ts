import { expect, test } from 'vitest'
import { batchFromRows } from './builder.ts'
import { murmur2, partitionOf } from './murmur2.ts'
import { keyPartitions, rowKeys } from './partition.ts'

const batch = batchFromRows(
  [
    { name: 'txt1', type: 'string', nullable: true },
    { name: 'num1', type: 'int64', nullable: true },
    { name: 'ts1', type: 'timestamp', nullable: true },
  ],
  [
    ['é', 12, 5],
    [null, 2n ** 60n, null],
    ['', -1, 0],
  ],
)

test.each([[['txt1']], [['num1']], [['txt1', 'num1', 'ts1']]])('the partition by %j is that of the key bytes', (names) => {
  const keyOf = rowKeys(batch, names)
  const partitions = [0, 1, 2].map((row) => partitionOf(murmur2(keyOf(row) as Uint8Array), 31))
  expect(Array.from(keyPartitions(batch, names, 31))).toEqual(partitions)
})

test('the key of one text is its UTF-8, of several values their texts with zero bytes between, and null is the byte 1', () => {
  expect(Buffer.from(rowKeys(batch, ['txt1'])(0) as Uint8Array).toString()).toBe('é')
  expect(Buffer.from(rowKeys(batch, ['txt1', 'num1', 'ts1'])(1) as Uint8Array).toString('latin1')).toBe(
    '\x01\x001152921504606846976\x00\x01',
  )
})

test('without key columns no row has a key', () => {
  expect(rowKeys(batch, [])(0)).toBeUndefined()
})
