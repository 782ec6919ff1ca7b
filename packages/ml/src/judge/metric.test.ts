import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { byClass } from './by-class.ts'
import { confusionAt, logLoss, prAuc, rocAuc } from './metric.ts'

interface Case {
  readonly name: string
  readonly seed: number
  readonly rows: number
  readonly share: number
  readonly strength: number
  readonly step: number
  readonly roc_auc: number
  readonly pr_auc: number
  readonly log_loss: number
  readonly at_half: object
}

const { cases } = JSON.parse(readFileSync(new URL('../../test/judge-figures.json', import.meta.url), 'utf8')) as { cases: readonly Case[] }

/** The rows of a case, drawn as `test/judge-figures.py` draws them. */
function rowsOf({ seed, rows, share, strength, step }: Case) {
  let state = seed
  const next = (): number => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32
  const labels = new Uint8Array(rows)
  const scores = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    labels[row] = next() < share ? 1 : 0
    const noise = (1 - Math.abs(strength)) * next()
    const score = noise + ((labels[row] === 1) === strength > 0 ? Math.abs(strength) * next() ** 0.5 : 0)
    scores[row] = step > 0 ? Math.floor(score / step) * step : score
  }
  return byClass(labels, scores)
}

describe('figures of scores', () => {
  it.each(cases)("are scikit-learn's on the $name case", (one) => {
    const rows = rowsOf(one)
    expect(rocAuc(rows)).toBeCloseTo(one.roc_auc, 12)
    expect(prAuc(rows)).toBeCloseTo(one.pr_auc, 12)
    expect(logLoss(rows)).toBeCloseTo(one.log_loss, 9)
    expect(confusionAt(rows, 0.5)).toEqual(one.at_half)
  })

  it('give half the area where all scores are equal', () => {
    expect(rocAuc(byClass(Uint8Array.of(0, 1, 0, 1, 0), new Float64Array(5).fill(0.3)))).toBe(0.5)
  })

  it('are null where a class is empty', () => {
    const none = byClass(Uint8Array.of(0, 0), Float64Array.of(0.1, 0.2))
    expect([rocAuc(none), prAuc(none)]).toEqual([null, null])
    expect(logLoss(byClass(new Uint8Array(0), new Float64Array(0)))).toBeNull()
  })

  it('count a certain and wrong score as a great but finite loss', () => {
    expect(logLoss(byClass(Uint8Array.of(1), Float64Array.of(0)))).toBeCloseTo(-Math.log(Number.EPSILON))
  })
})
