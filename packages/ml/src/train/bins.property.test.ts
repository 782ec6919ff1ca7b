import { expect, test } from 'vitest'
import { propertySeed } from '../../test/property-seed.ts'
import { binFeature, MISSING_BIN, writeBins } from './bins.ts'
import { seededRandom } from './random.ts'
import { sortValues } from './sort-values.ts'

const CASES = 200
const EXTREMES = [0, -0, 1, -1, 1e-45, -1e-45, 3.4028234663852886e38, -3.4028234663852886e38, Number.NaN]

/** Few or many different values, neighbouring float32 numbers and extremes among them. */
function randomColumn(random: () => number): Float32Array {
  const rows = 1 + Math.floor(random() * 600)
  const steps = 1 + Math.floor(random() * 500)
  const start = Math.fround((random() - 0.5) * 10 ** Math.floor(random() * 12 - 6))
  return Float32Array.from({ length: rows }, () => {
    const kind = random()
    if (kind < 0.05) return EXTREMES[Math.floor(random() * EXTREMES.length)]
    const step = Math.floor(random() * steps)
    return kind < 0.5 ? start * (1 + step * 2 ** -23) : start + step
  })
}

test('a float32 comparison with the threshold of a bin says on which side of it a value lies', () => {
  const random = seededRandom(propertySeed('bins'))
  for (let one = 0; one < CASES; one++) {
    const column = randomColumn(random)
    const binsMax = 2 + Math.floor(random() * 254)
    const { thresholds, valueBins, hasMissing } = binFeature(column, undefined, binsMax)
    const packed = new Uint32Array(column.length)
    writeBins(column, thresholds, packed, 16)
    expect(hasMissing).toBe(column.some(Number.isNaN))
    expect(valueBins).toBeLessThanOrEqual(binsMax)
    expect(new Set([...packed].map((bits) => bits >>> 16)).size - Number(hasMissing)).toBe(valueBins)
    const wrong = [...column].filter((value, row) => {
      const bin = packed[row] >>> 16
      if (Number.isNaN(value)) return bin !== MISSING_BIN
      return thresholds.some((threshold, at) => value <= threshold !== bin <= at)
    })
    expect(wrong).toEqual([])
  }
})

test('few different values have a bin each, and many have bins of about equal weight', () => {
  const few = binFeature(Float32Array.of(3, 1, 2, 1, 3, Number.NaN), undefined, 255)
  expect(few).toEqual({ thresholds: Float32Array.of(1.5, 2.5), valueBins: 3, hasMissing: true })
  const many = Float32Array.from({ length: 10_000 }, (_, row) => row ** 2)
  const { thresholds } = binFeature(many, undefined, 10)
  const counts = [...thresholds].map((threshold) => many.filter((value) => value <= threshold).length)
  expect(counts.map((count) => Math.round(count / 1000))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('numbers are sorted as the built-in sort does', () => {
  const random = seededRandom(propertySeed('sort values'))
  for (let one = 0; one < CASES; one++) {
    const column = randomColumn(random)
      .filter((value) => !Number.isNaN(value))
      .map((value) => value + 0)
    const expected = column.slice().sort()
    sortValues(column)
    expect(column).toEqual(expected)
  }
})
