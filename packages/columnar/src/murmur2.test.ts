import { expect, test } from 'vitest'
import { murmur2, partitionOf, toPositive } from './murmur2.ts'

test.each([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
])('the hash of %s is that of Kafka', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash)
})

test('a part of a buffer hashes like the part alone', () => {
  expect(murmur2(Buffer.from('xxfoobaryy'), 2, 8)).toBe(-790_332_482)
})

test('negative hashes map to partitions by their low 31 bits', () => {
  expect(toPositive(-973_932_308)).toBe(1_173_551_340)
  expect(partitionOf(-973_932_308, 7)).toBe(1_173_551_340 % 7)
})
