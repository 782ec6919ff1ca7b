import type { Tree, TreeModel } from '../src/tree/tree-model.ts'

/** Thresholds come from few values, so that random features meet them exactly. */
const GRID = 8

export interface ModelShape {
  readonly trees: number
  readonly leaves: number
  readonly features: number
}

/** Seeded uniform numbers in [0, 1). */
export function numbersOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    let bits = state ^ (state >>> 15)
    bits = Math.imul(bits, 0x2c1b3c6d)
    bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
  }
}

/** A model of random trees, its thresholds on the grid of `randomMatrix`. */
export function randomModel(shape: ModelShape, random: () => number): TreeModel {
  return {
    features: Array.from({ length: shape.features }, (_, i) => `num${i}`),
    baseScore: random() * 4 - 2,
    trees: Array.from({ length: shape.trees }, () => randomTree(shape, random)),
  }
}

function randomTree({ leaves, features }: ModelShape, random: () => number): Tree {
  const nodes = [leaf(random)]
  const open = [0]
  const wanted = 1 + Math.floor(random() * leaves)
  while (open.length < wanted) {
    const [at] = open.splice(Math.floor(random() * open.length), 1)
    nodes[at] = {
      feature: Math.floor(random() * features),
      threshold: onGrid(random),
      missingLeft: random() < 0.5 ? 1 : 0,
      left: nodes.length,
      right: nodes.length + 1,
      value: 0,
      cover: nodes[at].cover,
    }
    for (let child = 0; child < 2; child++) open.push(nodes.push(leaf(random)) - 1)
  }
  return {
    feature: Int32Array.from(nodes, (node) => node.feature),
    threshold: Float32Array.from(nodes, (node) => node.threshold),
    missingLeft: Uint8Array.from(nodes, (node) => node.missingLeft),
    left: Int32Array.from(nodes, (node) => node.left),
    right: Int32Array.from(nodes, (node) => node.right),
    value: Float32Array.from(nodes, (node) => node.value),
    cover: Float64Array.from(nodes, (node) => node.cover),
  }
}

function leaf(random: () => number): Record<'feature' | 'threshold' | 'missingLeft' | 'left' | 'right' | 'value' | 'cover', number> {
  return { feature: -1, threshold: 0, missingLeft: 0, left: -1, right: -1, value: random() * 0.4 - 0.2, cover: random() * 1e6 }
}

/** Rows of features, row by row: a third on the grid of thresholds, a tenth NaN. */
export function randomMatrix(rows: number, features: number, random: () => number): Float32Array {
  return Float32Array.from({ length: rows * features }, () => {
    const kind = random()
    if (kind < 0.1) return Number.NaN
    return kind < 0.4 ? onGrid(random) : (random() - 0.5) * GRID * 0.3
  })
}

/** A value that float32 does not hold exactly as a decimal. */
function onGrid(random: () => number): number {
  return Math.fround((Math.floor(random() * GRID) - GRID / 2) * 0.1)
}

/** The probability of one row, by the definition of the trees. */
export function probabilityOf(model: TreeModel, row: Float32Array): number {
  let logOdds = model.baseScore
  for (const tree of model.trees) {
    let node = 0
    while (tree.feature[node] >= 0) {
      const value = row[tree.feature[node]]
      const left = Number.isNaN(value) ? tree.missingLeft[node] === 1 : value <= tree.threshold[node]
      node = left ? tree.left[node] : tree.right[node]
    }
    logOdds += tree.value[node]
  }
  return 1 / (1 + Math.exp(-logOdds))
}
