import { countBelow, countUpTo, type ScoresByClass } from './by-class.ts'

/** A chosen threshold and what it stands on. */
export interface Threshold {
  readonly value: number
  /** Share of negatives that may be decided true, as declared. */
  readonly false_rate_max: number
  /** Negatives it was chosen on, and how many of them it decides true. */
  readonly negatives: number
  readonly false_positives: number
  /** The true share lies below this with 95 % confidence; 3 / negatives where none is false (the rule of three). */
  readonly false_rate_upper: number
}

const CONFIDENCE_LEFT_OUT = 0.05
const BISECTIONS = 60

/**
 * The least score from which on at most `falseRate` of the negatives are decided true. Between a negative that must stay below and the next
 * greater score lies nothing to decide, so that next score is the threshold; above all scores it is 1, or just above them.
 */
export function chooseThreshold(scores: ScoresByClass, falseRate: number): Threshold {
  const { negatives } = scores
  const falseMax = Math.floor(falseRate * negatives.length + 1e-9)
  const value = falseMax >= negatives.length ? leastOf(scores) : nextAbove(scores, negatives[negatives.length - 1 - falseMax])
  const falsePositives = negatives.length - countBelow(negatives, value)
  return {
    value,
    false_rate_max: falseRate,
    negatives: negatives.length,
    false_positives: falsePositives,
    false_rate_upper: upperBound(falsePositives, negatives.length),
  }
}

function leastOf({ positives, negatives }: ScoresByClass): number {
  return Math.min(positives[0] ?? 0.5, negatives[0] ?? 0.5)
}

function nextAbove({ positives, negatives }: ScoresByClass, score: number): number {
  const next = [positives, negatives].map((sorted) => firstAbove(sorted, score)).filter((one) => one !== undefined)
  if (next.length > 0) return Math.min(...next)
  return score < 1 ? 1 : score + Number.EPSILON * Math.abs(score)
}

function firstAbove(sorted: Float64Array, score: number): number | undefined {
  return sorted[countUpTo(sorted, score)]
}

/** The rate at which seeing no more than `events` in `rows` has 5 % probability, by the Poisson law. */
export function upperBound(events: number, rows: number): number {
  if (rows === 0) return 1
  let low = events
  let high = 2 * events + 20
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2
    if (poissonUpTo(events, middle) > CONFIDENCE_LEFT_OUT) low = middle
    else high = middle
  }
  return Math.min(1, high / rows)
}

function poissonUpTo(events: number, mean: number): number {
  let logTerm = -mean
  let sum = Math.exp(logTerm)
  for (let k = 1; k <= events; k++) {
    logTerm += Math.log(mean / k)
    sum += Math.exp(logTerm)
  }
  return sum
}
