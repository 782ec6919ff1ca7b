import { describe, expect, it } from 'vitest'
import { profileOf } from './profile.ts'
import { stabilityIndex } from './psi.ts'

function column(seed: number, rows: number, value: (random: number) => number): Float32Array {
  let state = seed
  return Float32Array.from({ length: rows }, () => value((state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32))
}

function profile(values: Float32Array, labels = new Uint8Array(values.length)) {
  return profileOf({ features: ['num1'], columns: [values], labels }).num1
}

const skewed = (random: number): number => Math.floor(-Math.log(1 - random) * 4)

describe('the stability index', () => {
  it('is small for the same distribution however few or many rows are compared', () => {
    for (const rows of [500, 5_000, 50_000])
      for (let seed = 1; seed <= 30; seed++)
        expect(
          stabilityIndex(profile(column(seed, rows, skewed)), column(seed + 1000, rows, skewed)),
          `${rows} rows, seed ${seed}`,
        ).toBeLessThan(0.06)
  })

  it('says the same of a shift for few rows as for many', () => {
    const shifted = (random: number): number => skewed(random) * 2 + 1
    const values = [1_000, 100_000].map((rows) => stabilityIndex(profile(column(3, rows, skewed)), column(4, rows, shifted)) as number)
    expect(values[0]).toBeGreaterThan(0.2)
    expect(Math.abs(values[0] - values[1])).toBeLessThan(0.2 * values[1])
  })

  it('counts missing values as a bin of their own', () => {
    const before = profile(column(5, 5_000, skewed))
    expect(
      stabilityIndex(
        before,
        column(6, 5_000, (random) => (random < 0.4 ? Number.NaN : skewed(random))),
      ),
    ).toBeGreaterThan(0.2)
  })

  it('takes a constant and an empty column for stable', () => {
    expect(stabilityIndex(profile(new Float32Array(600).fill(3)), new Float32Array(600).fill(3))).toBe(0)
    expect(stabilityIndex(profile(new Float32Array(600).fill(Number.NaN)), new Float32Array(600).fill(Number.NaN))).toBe(0)
  })

  it('sees a constant that becomes another', () => {
    expect(stabilityIndex(profile(new Float32Array(600).fill(3)), new Float32Array(600).fill(4))).toBeGreaterThan(1)
  })

  it('is not stated below 500 rows', () => {
    expect(stabilityIndex(profile(column(1, 499, skewed)), column(2, 5_000, skewed))).toBeNull()
    expect(stabilityIndex(profile(column(1, 5_000, skewed)), column(2, 499, skewed))).toBeNull()
  })
})

describe('a profile', () => {
  it('has quantiles of the rows without a positive label, and counts of all', () => {
    const values = Float32Array.from({ length: 1_100 }, (_, i) => (i < 1_000 ? i + 1 : 1e6))
    const labels = Uint8Array.from({ length: 1_100 }, (_, i) => Number(i >= 1_000))
    const found = profile(values, labels)
    expect(found.quantiles).toEqual({ p01: 10, p05: 50, p50: 500, p95: 950, p99: 990 })
    expect(found.counts.reduce((a, b) => a + b, 0)).toBe(1_100)
    expect(found.counts.at(-1)).toBe(0)
  })

  it('has no quantiles where every value is missing', () => {
    expect(profile(new Float32Array(5).fill(Number.NaN)).quantiles).toBeNull()
  })
})
