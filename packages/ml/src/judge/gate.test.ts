import { atLeast, notWorseThan, stable } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { checkGates, type GateEvidence } from './gate.ts'
import { profileOf } from './profile.ts'

const ROWS = 2_000
const labels = Uint8Array.from({ length: ROWS }, (_, row) => Number(row % 10 === 0))
const random = (row: number): number => ((row * 7919) % 1009) / 1009
const good = Float64Array.from(labels, (label, row) => 0.7 * label + 0.3 * random(row))
const bad = Float64Array.from(labels, (label, row) => 0.1 * label + 0.9 * random(row))
const hits = Float32Array.from(labels, (_, row) => Math.floor(100 * random(row)))

function evidence(change: Partial<GateEvidence> = {}): GateEvidence {
  return {
    test: { labels, scores: good },
    deployed: undefined,
    profile: profileOf({ features: ['hits'], columns: [hits], labels }),
    columns: new Map([['hits', hits]]),
    seed: 1,
    ...change,
  }
}

describe('the floor', () => {
  it('passes at the limit and above, and fails below, with both values', () => {
    expect(checkGates([atLeast('roc_auc', 1)], evidence())[0]).toEqual({
      name: 'roc_auc',
      value: 1,
      limit: 1,
      passed: true,
      evidence: 'roc_auc is 1 on the test range; at least 1 is declared',
    })
    const [failed] = checkGates([atLeast('pr_auc', 0.9)], evidence({ test: { labels, scores: bad } }))
    expect(failed.passed).toBe(false)
    expect(failed.evidence).toMatch(/^pr_auc is 0\.\d+ on the test range; at least 0.9 is declared$/)
  })
})

describe('the comparison with the deployed version', () => {
  const gates = [notWorseThan('deployed', 'roc_auc', 0.005), notWorseThan('deployed', 'pr_auc', 0.005)]

  it('passes where nothing is deployed, and for the same scores', () => {
    expect(checkGates(gates, evidence()).map((gate) => gate.passed)).toEqual([true, true])
    expect(checkGates(gates, evidence({ deployed: { version: 3, scores: good } })).map((gate) => gate.passed)).toEqual([true, true])
  })

  it('fails a version that is worse', () => {
    const found = checkGates(gates, evidence({ test: { labels, scores: bad }, deployed: { version: 3, scores: good } }))
    expect(found.map((gate) => gate.passed)).toEqual([false, false])
    expect(found[0].evidence).toMatch(
      /^roc_auc differs from deployed version 3 by -0\.\d+ \(95 % between -0\.\d+ and -0\.\d+\); it may be lower by 0\.005$/,
    )
  })

  it('fails a version that may be worse by more than the margin though its figure is not', () => {
    const few = labels.map((label, row) => (row < 300 ? label : 0)).subarray(0, 300)
    const mixed = bad.map((score, row) => (row % 20 === 0 ? score + 0.15 : score)).subarray(0, 300)
    const others = bad.map((score, row) => (row % 20 === 10 ? score + 0.15 : score)).subarray(0, 300)
    const [found] = checkGates(
      [notWorseThan('deployed', 'roc_auc', 0.02)],
      evidence({ test: { labels: few, scores: mixed }, deployed: { version: 1, scores: others } }),
    )
    expect(found.passed).toBe(false)
    expect(found.value).toBeLessThan(-0.02)
  })
})

describe('stability', () => {
  it('names the feature that moved most', () => {
    const moved = hits.map((value) => value * 3 + 50)
    const still = profileOf({ features: ['errors', 'hits'], columns: [hits, hits], labels })
    const columns = new Map([
      ['errors', hits],
      ['hits', moved],
    ])
    const [found] = checkGates([stable('psi', 0.2)], evidence({ profile: still, columns }))
    expect(found).toMatchObject({ passed: false, limit: 0.2 })
    expect(found.evidence).toContain('psi of `hits`, the greatest,')
    expect(checkGates([stable('psi', 0.2)], evidence())[0]).toMatchObject({ passed: true, value: 0 })
  })
})

describe('a gate without data', () => {
  const all = [atLeast('roc_auc', 0), atLeast('pr_auc', 0), notWorseThan('deployed', 'roc_auc', 1), stable('psi', 100)]

  it.each([
    ['no labelled rows', { test: undefined, profile: undefined }],
    ['one class', { test: { labels: new Uint8Array(ROWS), scores: good }, profile: undefined }],
    ['nine positives', { test: { labels: labels.map((label, row) => (row < 90 ? label : 0)), scores: good }, profile: undefined }],
    ['no rows', { test: { labels: new Uint8Array(0), scores: new Float64Array(0) }, columns: new Map([['hits', new Float32Array(0)]]) }],
  ])('fails with a sentence on %s, whatever its limit', (_name, change) => {
    const found = checkGates(all, evidence({ ...change, deployed: { version: 2, scores: good } }))
    for (const gate of found) {
      expect(gate).toMatchObject({ passed: false, value: null })
      expect(gate.evidence).toMatch(/cannot be (judged|compared)/)
    }
    expect(found).toHaveLength(all.length)
  })

  it('fails the comparison when the deployed version cannot score the rows', () => {
    const [found] = checkGates([notWorseThan('deployed', 'roc_auc', 1)], evidence({ deployed: { version: 2, scores: 'it reads `gone`' } }))
    expect(found).toMatchObject({ passed: false, evidence: 'roc_auc cannot be compared with deployed version 2: it reads `gone`' })
  })
})
