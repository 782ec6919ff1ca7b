import { byClass, countBelow, countUpTo } from './by-class.ts'
import { prAuc } from './metric.ts'

/** An estimate and its 95 % confidence interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Fewest rows of each class from which an interval is stated. */
export const CLASS_ROWS_MIN = 10
const Z_95 = 1.959963984540054
const BOOTSTRAP_ROUNDS = 200

/**
 * The area under the ROC curve with DeLong's interval (DeLong, DeLong, Clarke-Pearson 1988). Null with fewer than 10 rows of a class.
 */
export function rocAucInterval(labels: Uint8Array, scores: Float64Array): Estimate | null {
  const places = placements(labels, scores)
  if (tooFew(places)) return null
  const value = mean(places.positives)
  return around(value, standardError(places), { low: 0, high: 1 })
}

/**
 * The difference of two models' areas under the ROC curve, `scores` less `others`, on the same rows; DeLong's interval for paired curves.
 * Null with fewer than 10 rows of a class.
 */
export function rocAucDifference(labels: Uint8Array, scores: Float64Array, others: Float64Array): Estimate | null {
  const a = placements(labels, scores)
  if (tooFew(a)) return null
  const b = placements(labels, others)
  const difference: Placements = {
    positives: a.positives.map((place, i) => place - b.positives[i]),
    negatives: a.negatives.map((place, i) => place - b.negatives[i]),
  }
  return around(mean(difference.positives), standardError(difference), { low: -1, high: 1 })
}

/**
 * The difference of two models' average precision on the same rows. Its standard error comes from drawing the rows of each class again
 * `BOOTSTRAP_ROUNDS` times, by seed. Null with fewer than 10 rows of a class.
 */
export function prAucDifference(
  labels: Uint8Array,
  pair: { readonly scores: Float64Array; readonly others: Float64Array },
  seed: number,
): Estimate | null {
  const all = { scores: byClass(labels, pair.scores), others: byClass(labels, pair.others) }
  if (tooFew(all.scores)) return null
  const value = (prAuc(all.scores) ?? 0) - (prAuc(all.others) ?? 0)
  const rows = { positives: rowsOf(labels, 1), negatives: rowsOf(labels, 0) }
  const ranked = { scores: rankedRows(pair.scores), others: rankedRows(pair.others) }
  const random = generator(seed)
  const drawn = Array.from({ length: BOOTSTRAP_ROUNDS }, () => {
    const times = drawAgain(rows, labels.length, random)
    return weightedPrAuc(labels, ranked.scores, times) - weightedPrAuc(labels, ranked.others, times)
  })
  return around(value, Math.sqrt(variance(drawn)), { low: -1, high: 1 })
}

/** For each positive the share of negatives below it, for each negative the share of positives above it, ties counting half. */
interface Placements {
  readonly positives: Float64Array
  readonly negatives: Float64Array
}

function placements(labels: Uint8Array, scores: Float64Array): Placements {
  const sorted = byClass(labels, scores)
  const { positives, negatives } = sorted
  const share = (others: Float64Array) => (score: number) => (countBelow(others, score) + countUpTo(others, score)) / 2 / others.length
  return {
    positives: scores.filter((_, row) => labels[row] === 1).map(share(negatives)),
    negatives: scores.filter((_, row) => labels[row] !== 1).map((score) => 1 - share(positives)(score)),
  }
}

function tooFew({ positives, negatives }: Placements): boolean {
  return positives.length < CLASS_ROWS_MIN || negatives.length < CLASS_ROWS_MIN
}

function standardError({ positives, negatives }: Placements): number {
  return Math.sqrt(variance(positives) / positives.length + variance(negatives) / negatives.length)
}

function around(value: number, error: number, limits: { readonly low: number; readonly high: number }): Estimate {
  return { value, low: Math.max(limits.low, value - Z_95 * error), high: Math.min(limits.high, value + Z_95 * error) }
}

function mean(values: Float64Array | readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Of the sample: divided by one less than its size. */
function variance(values: Float64Array | readonly number[]): number {
  const centre = mean(values)
  let sum = 0
  for (const value of values) sum += (value - centre) ** 2
  return sum / (values.length - 1)
}

function rowsOf(labels: Uint8Array, label: number): Int32Array {
  return Int32Array.from(labels.keys()).filter((row) => labels[row] === label)
}

/** Rows by falling score, and for each place whether the next has another score. */
interface Ranked {
  readonly rows: Int32Array
  readonly lastOfTie: Uint8Array
}

function rankedRows(scores: Float64Array): Ranked {
  const rows = Int32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a])
  const lastOfTie = Uint8Array.from(rows, (row, place) => Number(place === rows.length - 1 || scores[rows[place + 1]] !== scores[row]))
  return { rows, lastOfTie }
}

/** How often each row is drawn when each class is drawn anew in its size. */
function drawAgain(
  of: { readonly positives: Int32Array; readonly negatives: Int32Array },
  rows: number,
  random: () => number,
): Uint16Array {
  const times = new Uint16Array(rows)
  for (const members of [of.positives, of.negatives])
    for (let draw = 0; draw < members.length; draw++) times[members[Math.floor(random() * members.length)]]++
  return times
}

function weightedPrAuc(labels: Uint8Array, { rows, lastOfTie }: Ranked, times: Uint16Array): number {
  let [truePositives, falsePositives, before, sum] = [0, 0, 0, 0]
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place]
    if (labels[row] === 1) truePositives += times[row]
    else falsePositives += times[row]
    if (lastOfTie[place] === 0 || truePositives === before) continue
    sum += ((truePositives - before) * truePositives) / (truePositives + falsePositives)
    before = truePositives
  }
  return sum / truePositives
}

/** mulberry32: 32 bits of state, uniform in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
