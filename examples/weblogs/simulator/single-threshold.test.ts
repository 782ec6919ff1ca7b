import { describe, expect, test } from 'vitest'
import { Chance } from './chance.ts'
import { type AttackSeen, type ScoredRows, tryThresholds } from './single-threshold.ts'

const SEEN: AttackSeen[] = [
  { id: 'f1', kind: 'flood' },
  { id: 's1', kind: 'scan' },
]

function rows(quiet: readonly number[], flood: readonly number[], scan: readonly number[]): ScoredRows {
  return {
    columns: { value: Float64Array.from([...quiet, ...flood, ...scan]) },
    attacks: [...quiet.map(() => []), ...flood.map(() => ['f1']), ...scan.map(() => ['s1'])],
  }
}

const hundred = Array.from({ length: 100 }, (_, i) => i)

describe('a threshold on one feature', () => {
  test('finds all kinds where it can', () => {
    const [above, below] = tryThresholds(rows(hundred, [500, 3], [200]), SEEN, 0.01)
    expect(above).toMatchObject({ direction: 'above', threshold: 200, falseRate: 0, kindsFound: ['flood', 'scan'], findsAll: true })
    expect(below).toMatchObject({ findsAll: false, kindsFound: [] })
  })

  test('finds all kinds in the other direction', () => {
    expect(tryThresholds(rows(hundred, [-2], [-9, 4]), SEEN, 0).map(({ findsAll }) => findsAll)).toEqual([false, true])
  })

  test('does not when one kind lies among the quiet rows', () => {
    const [above] = tryThresholds(rows(hundred, [500], [98]), SEEN, 0.01)
    expect(above).toMatchObject({ kindsFound: ['flood'], findsAll: false, threshold: 98, falseRate: 0.02 })
  })

  test('counts an alarm at the very threshold as false', () => {
    expect(tryThresholds(rows(hundred, [99], [99]), SEEN, 0.01)[0].findsAll).toBe(true)
    expect(tryThresholds(rows(hundred, [99], [99]), SEEN, 0.009)[0].findsAll).toBe(false)
  })

  test('takes rows without a value as never alarming', () => {
    const [above, below] = tryThresholds(rows([1, Number.NaN], [Number.NaN], [5]), SEEN, 1)
    expect(above.kindsFound).toEqual(['scan'])
    expect(below.kindsFound).toEqual(['scan'])
  })

  test('finds an attack by several keys only when enough of them have a row that alarms', () => {
    const data: ScoredRows = {
      columns: { value: Float64Array.from([1, 2, 50, 60, 40, 9]) },
      attacks: [[], [], ['f1'], ['f1'], ['f1'], ['f1']],
      keys: ['q', 'q', 'a', 'a', 'b', 'c'],
    }
    const trial = (keysMin: number) => tryThresholds(data, [{ id: 'f1', kind: 'flood', keysMin }], 0)[0]
    expect([1, 2, 3].map((keysMin) => trial(keysMin).threshold)).toEqual([60, 40, 9])
    expect(trial(4)).toMatchObject({ findsAll: false, kindsFound: [] })
  })

  test('agrees with trying every value as threshold', () => {
    const chance = new Chance(21)
    for (let round = 0; round < 60; round++) {
      const draw = (count: number, shift: number): number[] =>
        Array.from({ length: count }, () => Math.round(chance.lognormal(20, 0.4) + shift))
      const data = rows(
        draw(200, 0),
        draw(1 + chance.below(4), chance.between(-20, 40)),
        draw(1 + chance.below(4), chance.between(-20, 40)),
      )
      for (const { direction, findsAll } of tryThresholds(data, SEEN, 0.02)) {
        const sign = direction === 'above' ? 1 : -1
        const alarmed = (threshold: number): string[] =>
          [...data.columns.value].flatMap((value, i) => (sign * value >= sign * threshold ? [data.attacks[i][0] ?? 'quiet'] : []))
        const works = [...data.columns.value].some((threshold) => {
          const found = alarmed(threshold)
          return found.includes('f1') && found.includes('s1') && found.filter((id) => id === 'quiet').length <= 0.02 * 200
        })
        expect(findsAll, `round ${round} ${direction}`).toBe(works)
      }
    }
  })
})
