import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packedOrder } from './packed-order.ts'

test('orders as a stable sort does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }))),
      (values) => {
        const order = packedOrder(Float64Array.from(values))
        expect([...(order ?? [])]).toEqual([...values.keys()].sort((a, b) => values[a] - values[b] || a - b))
      },
    ),
    { verbose: true },
  )
})

test('says where numbers are too far apart, or have no order', () => {
  expect(packedOrder(Float64Array.of(0, 2 ** 52, 1))).toBeUndefined()
  expect(packedOrder(Float64Array.of(0, Number.POSITIVE_INFINITY))).toBeUndefined()
})
