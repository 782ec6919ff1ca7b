import { describe, expect, it } from 'vitest'
import { byClass } from './by-class.ts'
import { chooseThreshold, upperBound } from './threshold.ts'

const scores = (negatives: readonly number[], positives: readonly number[]) =>
  byClass(Uint8Array.from([...negatives.map(() => 0), ...positives.map(() => 1)]), Float64Array.from([...negatives, ...positives]))

describe('the threshold', () => {
  const negatives = Array.from({ length: 1000 }, (_, i) => i / 2000)

  it('is the least score that leaves no more false decisions than declared', () => {
    expect(chooseThreshold(scores(negatives, [0.7, 0.9]), 0.002)).toMatchObject({ value: 998 / 2000, false_positives: 2, negatives: 1000 })
    expect(chooseThreshold(scores(negatives, [0.7, 0.9]), 0)).toMatchObject({ value: 0.7, false_positives: 0 })
  })

  it('decides no tied negative when not all of them may be false', () => {
    expect(chooseThreshold(scores([...negatives, 0.8, 0.8, 0.8], [0.9]), 0.002)).toMatchObject({ value: 0.9, false_positives: 0 })
  })

  it('lies above everything where the greatest score is a negative that may not be false', () => {
    expect(chooseThreshold(scores([0.2, 0.95], [0.5]), 0)).toMatchObject({ value: 1, false_positives: 0 })
    expect(chooseThreshold(scores([0.2, 1], [0.5]), 0).value).toBeGreaterThan(1)
  })

  it('is the least score where every negative may be false', () => {
    expect(chooseThreshold(scores([0.2, 0.3], [0.1]), 1).value).toBe(0.1)
  })

  it('states the rule of three when no negative is false', () => {
    const { false_rate_upper: upper } = chooseThreshold(scores(negatives, [0.9]), 0)
    expect(upper * 1000).toBeCloseTo(-Math.log(0.05), 6)
  })

  it('bounds the rate as the Poisson law has it', () => {
    expect(upperBound(5, 1000) * 1000).toBeCloseTo(10.513, 3)
    expect(upperBound(200, 1_000_000) * 1_000_000).toBeCloseTo(224.874, 2)
    expect(upperBound(0, 0)).toBe(1)
  })
})
