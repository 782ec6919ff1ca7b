import type { AttackKind } from './ask.ts'
import type { Chance } from './chance.ts'
import { DAY_MS, MINUTE_MS } from './load.ts'
import type { Population } from './population.ts'

/** How strong attacks are: 1 is plain, towards 0 they vanish among visitors. A range: each attack draws its own. */
export type Intensity = number | { readonly min: number; readonly max: number }

/** One attack as it is meant to go. */
export interface AttackPlan {
  readonly id: string
  readonly kind: AttackKind
  readonly addresses: readonly string[]
  readonly from: number
  readonly to: number
  /** Factor on its rates. */
  readonly strength: number
}

export interface AttackSpan {
  readonly from: number
  readonly to: number
  readonly intensity: Intensity
  /** How many attacks of a kind that some days see `perDay` times. */
  readonly count: (perDay: number) => number
  /** Attacks are not longer than this share of the span. */
  readonly longestShare: number
  /** Visitors relative to the mean: attackers prefer busy hours. */
  readonly load: (at: number) => number
}

interface Habit {
  /** Attacks in a day, about. */
  readonly perDay: number
  readonly minutes: readonly [number, number]
  readonly addresses: readonly [number, number]
}

const HABITS: Readonly<Record<AttackKind, Habit>> = {
  flood: { perDay: 1.2, minutes: [5, 45], addresses: [1, 1] },
  'distributed-flood': { perDay: 0.8, minutes: [8, 30], addresses: [80, 240] },
  'credential-stuffing': { perDay: 1.2, minutes: [8, 60], addresses: [1, 1] },
  'distributed-credential-stuffing': { perDay: 1, minutes: [15, 75], addresses: [40, 160] },
  'path-scan': { perDay: 1.2, minutes: [5, 40], addresses: [1, 1] },
  'slow-scrape': { perDay: 2.4, minutes: [30, 100], addresses: [1, 3] },
}

const BUSY_DRAWS_MAX = 24

/** Attacks of every kind at random times; no address is in two of them. */
export function planAttacks(chance: Chance, people: Population, span: AttackSpan): AttackPlan[] {
  const plans: AttackPlan[] = []
  for (const [kind, habit] of Object.entries(HABITS) as [AttackKind, Habit][]) {
    const count = span.count(habit.perDay)
    for (let n = 1; n <= count; n++) {
      const drawn = chance.between(...habit.minutes) * MINUTE_MS
      const length = Math.min(drawn, (span.to - span.from) * span.longestShare)
      const from = busyTime(chance, span, span.to - length)
      plans.push({
        id: `${kind}-${n}`,
        kind,
        addresses: people.taken(habit.addresses[0] + chance.below(1 + habit.addresses[1] - habit.addresses[0])),
        from,
        to: from + length,
        strength: typeof span.intensity === 'number' ? span.intensity : chance.between(span.intensity.min, span.intensity.max),
      })
    }
  }
  return plans
}

/** A time before `last`, of some random ones that with the most visitors. */
function busyTime(chance: Chance, span: AttackSpan, last: number): number {
  let best = chance.between(span.from, last)
  for (let draw = chance.below(BUSY_DRAWS_MAX); draw > 0; draw--) {
    const at = chance.between(span.from, last)
    if (span.load(at) > span.load(best)) best = at
  }
  return best
}

/** How many attacks of a kind some days see, at least one. */
export function attacksIn(chance: Chance, ms: number): AttackSpan['count'] {
  return (perDay) => Math.max(1, Math.round((ms / DAY_MS) * perDay * chance.between(0.75, 1.25)))
}
