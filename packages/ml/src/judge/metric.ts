import { byClass, type ScoresByClass } from './by-class.ts'

/** Decisions at a threshold against the labels. */
export interface Confusion {
  readonly true_positives: number
  readonly false_positives: number
  readonly true_negatives: number
  readonly false_negatives: number
}

/**
 * Area under the ROC curve: the share of pairs of a positive and a negative in which the positive has the greater score, ties counting half.
 * Null where a class is empty.
 */
export function rocAuc({ positives, negatives }: ScoresByClass): number | null {
  if (positives.length === 0 || negatives.length === 0) return null
  let below = 0
  let upTo = 0
  let pairs = 0
  for (const score of positives) {
    while (below < negatives.length && negatives[below] < score) below++
    while (upTo < negatives.length && negatives[upTo] <= score) upTo++
    pairs += (below + upTo) / 2
  }
  return pairs / (positives.length * negatives.length)
}

/**
 * Average precision: the precision at each score that a positive has, weighted by the recall it adds; no interpolation, ties taken together.
 * Null without positives.
 */
export function prAuc({ positives, negatives }: ScoresByClass): number | null {
  if (positives.length === 0) return null
  let sum = 0
  let negativesAbove = negatives.length
  for (let at = positives.length - 1; at >= 0; ) {
    const score = positives[at]
    let from = at
    while (from > 0 && positives[from - 1] === score) from--
    while (negativesAbove > 0 && negatives[negativesAbove - 1] >= score) negativesAbove--
    const truePositives = positives.length - from
    const falsePositives = negatives.length - negativesAbove
    sum += ((at - from + 1) * truePositives) / (truePositives + falsePositives)
    at = from - 1
  }
  return sum / positives.length
}

/** Mean of −ln of the probability given to the true class, probabilities clipped to the precision of a double. Null without rows. */
export function logLoss({ positives, negatives }: ScoresByClass): number | null {
  const rows = positives.length + negatives.length
  if (rows === 0) return null
  let sum = 0
  for (const score of positives) sum -= Math.log(clipped(score))
  for (const score of negatives) sum -= Math.log1p(-clipped(score))
  return sum / rows
}

function clipped(score: number): number {
  return Math.min(Math.max(score, Number.EPSILON), 1 - Number.EPSILON)
}

/** Decisions of `score >= threshold`. */
export function confusionAt({ positives, negatives }: ScoresByClass, threshold: number): Confusion {
  const truePositives = positives.reduce((count, score) => count + Number(score >= threshold), 0)
  const falsePositives = negatives.reduce((count, score) => count + Number(score >= threshold), 0)
  return {
    true_positives: truePositives,
    false_positives: falsePositives,
    true_negatives: negatives.length - falsePositives,
    false_negatives: positives.length - truePositives,
  }
}

/** The area under the ROC curve or the average precision of scores. Null where a class that it needs is empty. */
export function metricOf(metric: 'roc_auc' | 'pr_auc', labels: Uint8Array, scores: Float64Array): number | null {
  const sorted = byClass(labels, scores)
  return metric === 'roc_auc' ? rocAuc(sorted) : prAuc(sorted)
}
