import { bugError } from '@millrace/core'
import type { Tree, TreeModel } from '../tree/tree-model.ts'

/** Why a row got its log-odds: `base` + the sum of the contributions. */
export interface Explanation {
  /** Mean log-odds over the training rows, by cover. */
  readonly base: number
  /** Share of each feature in the difference from `base`, in the model's order; positive speaks for the positive class. */
  readonly contributions: Float64Array
}

/**
 * Exact Shapley values of one row under path-dependent expectations: TreeSHAP, algorithm 2 of Lundberg, Erion and Lee 2018,
 * "Consistent Individualized Feature Attribution for Tree Ensembles". Time grows with trees × leaves × depth².
 *
 * @param row one float32 per feature, NaN where missing
 * @throws `model/input-shape` where the row has another length
 */
export function explainTrees(model: TreeModel, row: Float32Array): Explanation {
  if (row.length !== model.features.length) {
    throw bugError(
      'model/input-shape',
      `A model of ${model.features.length} features was asked to explain a row of ${row.length} values.`,
      {
        asked: model.features.length,
        found: row.length,
        do: "Give one value per feature, in the order of the model's features.",
      },
    )
  }
  const contributions = new Float64Array(row.length)
  let base = model.baseScore
  for (const tree of model.trees) {
    base += expectedValue(tree)
    walk({ tree, row, contributions }, 0, { path: [], zero: 1, one: 1, feature: -1 })
  }
  return { base, contributions }
}

/** Mean leaf value by cover. */
function expectedValue({ feature, value, cover }: Tree): number {
  let sum = 0
  for (let node = 0; node < feature.length; node++) if (feature[node] < 0) sum += value[node] * cover[node]
  return cover[0] > 0 ? sum / cover[0] : 0
}

/** One feature on the way to a node; the paper's d, z, o, w. */
interface PathElement {
  readonly feature: number
  /** Share of the training rows that go this way. */
  readonly zero: number
  /** 1 where the row goes this way, 0 otherwise. */
  readonly one: number
  /** Weight of the subsets of this many features. */
  weight: number
}

interface Walk {
  readonly tree: Tree
  readonly row: Float32Array
  readonly contributions: Float64Array
}

interface Arrival {
  readonly path: readonly PathElement[]
  readonly zero: number
  readonly one: number
  readonly feature: number
}

function walk(state: Walk, node: number, arrival: Arrival): void {
  const path = extended(arrival)
  const { tree, contributions } = state
  const feature = tree.feature[node]
  if (feature < 0) {
    for (let at = 1; at < path.length; at++) {
      const { one, zero, feature: of } = path[at]
      contributions[of] += weightWithout(path, at) * (one - zero) * tree.value[node]
    }
    return
  }
  const { hot, cold } = branches(tree, node, state.row)
  const before = path.findIndex((element) => element.feature === feature)
  const { zero, one } = before < 0 ? { zero: 1, one: 1 } : path[before]
  const rest = before < 0 ? path : shortened(path, before)
  walk(state, hot, { path: rest, zero: zero * share(tree, node, hot), one, feature })
  walk(state, cold, { path: rest, zero: zero * share(tree, node, cold), one: 0, feature })
}

function branches({ feature, threshold, missingLeft, left, right }: Tree, node: number, row: Float32Array): { hot: number; cold: number } {
  const x = row[feature[node]]
  const goesLeft = x <= threshold[node] || (Number.isNaN(x) && missingLeft[node] === 1)
  return goesLeft ? { hot: left[node], cold: right[node] } : { hot: right[node], cold: left[node] }
}

function share({ cover }: Tree, node: number, child: number): number {
  return cover[node] > 0 ? cover[child] / cover[node] : 0
}

/** The paper's EXTEND: subsets that grow by one feature. */
function extended({ path, zero, one, feature }: Arrival): PathElement[] {
  const depth = path.length
  const next = path.map((element) => ({ ...element }))
  next.push({ feature, zero, one, weight: depth === 0 ? 1 : 0 })
  for (let at = depth - 1; at >= 0; at--) {
    next[at + 1].weight += (one * next[at].weight * (at + 1)) / (depth + 1)
    next[at].weight = (zero * next[at].weight * (depth - at)) / (depth + 1)
  }
  return next
}

/** The paper's UNWIND: the path without one of its features. */
function shortened(path: readonly PathElement[], without: number): PathElement[] {
  const depth = path.length - 1
  const weights = weightsWithout(path, without)
  return Array.from({ length: depth }, (_, at) => ({ ...path[at < without ? at : at + 1], weight: weights[at] }))
}

function weightWithout(path: readonly PathElement[], without: number): number {
  return weightsWithout(path, without).reduce((sum, weight) => sum + weight, 0)
}

function weightsWithout(path: readonly PathElement[], without: number): number[] {
  const depth = path.length - 1
  const { one, zero } = path[without]
  const weights = path.slice(0, depth).map(({ weight }) => weight)
  let next = path[depth].weight
  for (let at = depth - 1; at >= 0; at--) {
    if (one !== 0) {
      const before = weights[at]
      weights[at] = (next * (depth + 1)) / ((at + 1) * one)
      next = before - (weights[at] * zero * (depth - at)) / (depth + 1)
    } else if (zero !== 0) {
      weights[at] = (weights[at] * (depth + 1)) / (zero * (depth - at))
    } else {
      weights[at] = 0
    }
  }
  return weights
}
