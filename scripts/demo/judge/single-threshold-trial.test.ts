import { expect, it } from 'vitest'
import type { Label } from './label.ts'
import { keyText, type ScoredView } from './scored-view.ts'
import { trySingleThresholds } from './single-threshold-trial.ts'
import { touchKey } from './site-touch.ts'
import { AttackIndex } from './verdict.ts'

const MINUTE = 60_000
const labels: readonly Label[] = [
  { id: 'a', kind: 'flood', addresses: ['x'], from: 0, to: 5 * MINUTE },
  { id: 'b', kind: 'distributed-flood', addresses: Array.from({ length: 12 }, (_, n) => `d${n}`), from: 0, to: 5 * MINUTE },
]

function view(rows: readonly (readonly [string, number, number])[]): ScoredView {
  return {
    rows: rows.map(([key, start]) => ({
      key: keyText(key),
      start: start * MINUTE,
      end: (start + 1) * MINUTE,
      decision: false,
      byModel: true,
    })),
    features: { hits: Float64Array.from(rows, ([, , hits]) => hits) },
  }
}

function foundBy(site: ScoredView, touches: readonly (readonly [string, number, string, number])[]): readonly string[] {
  const map = new Map<string, Map<string, number>>()
  for (const [segment, start, id, hits] of touches) {
    const key = touchKey(keyText(segment), start * MINUTE)
    map.set(key, (map.get(key) ?? new Map<string, number>()).set(id, hits))
  }
  const index = new AttackIndex({ labels, touches: map })
  const evidence = { scored: { ip: view([['z', 9, 1]]), site }, alerts: [], touches: map, linesIngested: 0, alertsWithoutLines: 0 }
  return trySingleThresholds(evidence, index, { labels, falseRateMax: 0.001 }).found_by
}

const loud = view([
  ['login', 1, 100],
  ['search', 1, 90],
  ['search', 9, 10],
])

it('finds the feature that alone tells every attack from quiet rows', () => {
  const touches = [
    ['login', 1, 'a', 50],
    ['search', 1, 'b', 60],
  ] as const
  expect(foundBy(loud, touches)).toEqual(['site.hits above'])
})

it('does not take an attack as found by an alarm about another one that it only brushes against', () => {
  const touches = [
    ['login', 1, 'b', 50],
    ['login', 1, 'a', 3],
    ['search', 1, 'a', 3],
  ] as const
  expect(foundBy(loud, touches)).toEqual([])
})
