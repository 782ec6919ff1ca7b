import { describe, expect, it } from 'vitest'
import { byClass } from './by-class.ts'
import { prAucDifference, rocAucDifference, rocAucInterval } from './interval.ts'
import { prAuc, rocAuc } from './metric.ts'

function draws(seed: number): () => number {
  let state = seed
  return () => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32
}

/** Rows whose positives score higher by `lift`; the second model sees the same rows with more noise. */
function pair(seed: number, rows: number, lift = 0.3) {
  const next = draws(seed)
  const labels = new Uint8Array(rows)
  const scores = new Float64Array(rows)
  const others = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    labels[row] = next() < 0.3 ? 1 : 0
    scores[row] = next() + lift * labels[row]
    others[row] = scores[row] + 0.3 * next()
  }
  return { labels, scores, others }
}

/** Variance of the area by the definition: every pair of a positive and a negative is looked at. */
function errorByDefinition(labels: Uint8Array, kernel: (positive: number, negative: number) => number): number {
  const rows = [...labels.keys()]
  const positives = rows.filter((row) => labels[row] === 1)
  const negatives = rows.filter((row) => labels[row] === 0)
  const spread = (values: number[]): number => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) / values.length
  }
  const average = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const v10 = positives.map((p) => average(negatives.map((n) => kernel(p, n))))
  const v01 = negatives.map((n) => average(positives.map((p) => kernel(p, n))))
  return Math.sqrt(spread(v10) + spread(v01))
}

const wins = (scores: Float64Array) => (p: number, n: number) => (scores[p] > scores[n] ? 1 : scores[p] === scores[n] ? 0.5 : 0)

describe('the interval of the area under the curve', () => {
  it('has the standard error of the definition, ties included', () => {
    const { labels, scores } = pair(7, 150)
    const tied = scores.map((score) => Math.round(score * 8) / 8)
    const interval = rocAucInterval(labels, tied)
    expect(interval?.value).toBeCloseTo(rocAuc(byClass(labels, tied)) as number, 12)
    const error = errorByDefinition(labels, wins(tied))
    expect(((interval?.high as number) - (interval?.low as number)) / 2).toBeCloseTo(1.959963984540054 * error, 10)
  })

  it('holds the true area in 90 to 99 of 100 samples', () => {
    const { labels, scores } = pair(1, 200_000)
    const truth = rocAuc(byClass(labels, scores)) as number
    let held = 0
    for (let seed = 1; seed <= 100; seed++) {
      const sample = pair(seed * 7919, 300)
      const interval = rocAucInterval(sample.labels, sample.scores)
      if (interval !== null && interval.low <= truth && truth <= interval.high) held++
    }
    expect(held).toBeGreaterThanOrEqual(90)
    expect(held).toBeLessThanOrEqual(99)
  })

  it('is not stated for a handful of rows', () => {
    expect(rocAucInterval(Uint8Array.of(1, 0, 1, 0), Float64Array.of(0.9, 0.1, 0.8, 0.2))).toBeNull()
  })
})

describe('the difference of two models on the same rows', () => {
  it('has the standard error of the definition', () => {
    const { labels, scores, others } = pair(11, 120)
    const difference = rocAucDifference(labels, scores, others)
    const error = errorByDefinition(labels, (p, n) => wins(scores)(p, n) - wins(others)(p, n))
    expect(((difference?.high as number) - (difference?.low as number)) / 2).toBeCloseTo(1.959963984540054 * error, 10)
  })

  it('is nothing, surely, for a model and itself', () => {
    const { labels, scores } = pair(5, 200)
    expect(rocAucDifference(labels, scores, scores)).toEqual({ value: 0, low: 0, high: 0 })
    expect(prAucDifference(labels, { scores, others: scores }, 1)).toEqual({ value: 0, low: 0, high: 0 })
  })

  it('of average precision is the same for the same seed and about as wide as over fresh samples', () => {
    const { labels, scores, others } = pair(13, 400)
    const difference = prAucDifference(labels, { scores, others }, 3)
    expect(prAucDifference(labels, { scores, others }, 3)).toEqual(difference)
    const fresh = Array.from({ length: 200 }, (_, i) => {
      const one = pair(i * 104_729 + 1, 400)
      return (prAuc(byClass(one.labels, one.scores)) as number) - (prAuc(byClass(one.labels, one.others)) as number)
    })
    const mean = fresh.reduce((a, b) => a + b, 0) / fresh.length
    const spread = Math.sqrt(fresh.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (fresh.length - 1))
    const width = ((difference?.high as number) - (difference?.low as number)) / 2 / 1.96
    expect(width / spread).toBeGreaterThan(0.6)
    expect(width / spread).toBeLessThan(1.6)
  })
})
