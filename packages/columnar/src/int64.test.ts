import { expect, it } from 'vitest'
import { int64Column } from './int64.ts'

const SAFE = 2n ** 53n - 1n

it('holds values in doubles while each is safe', () => {
  const values = [0n, -1n, 1n, 4_294_967_295n, 4_294_967_296n, -4_294_967_296n, -4_294_967_297n, SAFE, -SAFE]
  expect(int64Column(BigInt64Array.from(values), null)).toEqual({
    kind: 'int64',
    safe: true,
    values: Float64Array.from(values, Number),
    nulls: null,
  })
})

it.each([SAFE + 1n, -SAFE - 1n, SAFE + 2n, -SAFE - 2n, 2n ** 63n - 1n, -(2n ** 63n)])('keeps 64 bits for %s', (value) => {
  const values = BigInt64Array.from([0n, value])
  expect(int64Column(values, null)).toEqual({ kind: 'int64', safe: false, values, nulls: null })
})

it('reads a part of a longer array', () => {
  expect(int64Column(BigInt64Array.from([2n ** 60n, 5n, -6n]).subarray(1), null)).toMatchObject({
    safe: true,
    values: Float64Array.of(5, -6),
  })
})
