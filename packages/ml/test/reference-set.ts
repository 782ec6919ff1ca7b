import { seededRandom } from '../src/train/random.ts'

/** A set to train on and a later one to judge on, of the same kind. */
export interface ReferenceSet {
  readonly name: string
  /** What the trainer is asked for, in the words of scikit-learn. */
  readonly settings: ReferenceSettings
  readonly train: ReferenceRows
  readonly test: ReferenceRows
}

export interface ReferenceSettings {
  readonly max_iter: number
  readonly learning_rate: number
  readonly max_leaf_nodes: number
  readonly min_samples_leaf: number
  readonly l2_regularization: number
}

export interface ReferenceRows {
  readonly features: readonly string[]
  readonly columns: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly rows: number
}

interface Recipe {
  readonly seed: number
  readonly rows: number
  readonly testRows: number
  readonly informative: number
  readonly constant: number
  /** Share of the values that are missing; more where the hidden value is great. */
  readonly missing: number
  /** Added to the log-odds of every row. */
  readonly intercept: number
  /** Multiplies the signal in the log-odds. */
  readonly strength: number
  readonly settings: ReferenceSettings
}

const SETTINGS: ReferenceSettings = { max_iter: 40, learning_rate: 0.1, max_leaf_nodes: 15, min_samples_leaf: 100, l2_regularization: 0 }

const RECIPES: Readonly<Record<string, Recipe>> = {
  'missing-values': {
    seed: 11,
    rows: 30_000,
    testRows: 30_000,
    informative: 10,
    constant: 0,
    missing: 0.2,
    intercept: -0.5,
    strength: 1,
    settings: SETTINGS,
  },
  'constant-columns': {
    seed: 12,
    rows: 20_000,
    testRows: 30_000,
    informative: 8,
    constant: 1000,
    missing: 0,
    intercept: 0,
    strength: 1,
    settings: SETTINGS,
  },
  'rare-positives': {
    seed: 13,
    rows: 200_000,
    testRows: 200_000,
    informative: 8,
    constant: 0,
    missing: 0,
    intercept: -12,
    strength: 1.4,
    settings: { ...SETTINGS, l2_regularization: 1 },
  },
}

/** Names of the sets on which the trainer is held against scikit-learn's. */
export const REFERENCE_SETS: readonly string[] = Object.keys(RECIPES)

/** One of them; the same numbers on every machine. */
export function referenceSet(name: string): ReferenceSet {
  const recipe = RECIPES[name]
  const random = seededRandom(recipe.seed)
  const train = drawRows(recipe, recipe.rows, random)
  return { name, settings: recipe.settings, train, test: drawRows(recipe, recipe.testRows, random) }
}

/** Rows of the benchmark: `features` numbers of about normal distribution, half of which decide. */
export function benchmarkRows(rows: number, features: number, seed: number): ReferenceRows {
  const recipe = {
    seed,
    rows,
    testRows: 0,
    informative: features,
    constant: 0,
    missing: 0,
    intercept: -0.5,
    strength: 1,
    settings: SETTINGS,
  }
  return drawRows(recipe, rows, seededRandom(seed))
}

function drawRows({ informative, constant, missing, intercept, strength }: Recipe, rows: number, random: () => number): ReferenceRows {
  const columns = Array.from({ length: informative + constant }, () => new Float32Array(rows).fill(7))
  const labels = new Uint8Array(rows)
  const values = new Float64Array(informative)
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < informative; at++) {
      values[at] = nearlyNormal(random)
      const isMissing = missing > 0 && random() < (values[at] > 1 ? 2 * missing : missing)
      columns[at][row] = isMissing ? Number.NaN : at % 3 === 2 ? Math.round(values[at] * 4) : values[at]
    }
    labels[row] = random() < 1 / (1 + Math.exp(-(intercept + strength * signal(values)))) ? 1 : 0
  }
  return { features: columns.map((_, at) => `num${at + 1}`), columns, labels, rows }
}

/**
 * Log-odds: straight, curved and joint effects of the first six values; the others are noise. Of the joint effect each side shows
 * alone too: a product alone is found by luck, and scikit-learn's own result then moves by 0.01 with the number of bins.
 */
function signal(values: Float64Array): number {
  const [a, b, c, d, e, f] = values
  return a + 0.6 * b + 0.6 * c + 0.4 * b * c + Math.abs(d) + (e > 0.5 ? 1 : -0.5) + 0.5 * f * f - 0.5
}

/** Sum of uniforms, by exact arithmetic only: mean 0, variance 1. */
function nearlyNormal(random: () => number): number {
  let sum = -6
  for (let at = 0; at < 12; at++) sum += random()
  return sum
}
