import type { Tree } from '../tree/tree-model.ts'
import type { Area } from './area.ts'
import type { Crew } from './crew.ts'
import type { BinnedFeature } from './feature-group.ts'
import { type NodeTask, OPERATION, putFinish, putHistogram, putPartition } from './operation.ts'
import { type NodeSums, SPLIT_FIELDS } from './split.ts'

/** A node that could be split. */
interface OpenLeaf extends NodeTask {
  readonly depth: number
  readonly split: Split
}

interface Split {
  readonly gain: number
  readonly feature: BinnedFeature
  readonly bin: number
  readonly missingLeft: boolean
  readonly left: NodeSums
}

export interface GrowthOptions {
  readonly leavesMax: number
  readonly depthMax: number
  readonly learningRate: number
}

/** `x <= threshold` holds for every number, and the missing go the other way. */
const EVERY_NUMBER = 3.4028234663852886e38

/** A tree as it grows: nodes in the order in which they came to be. */
interface Draft {
  readonly feature: number[]
  readonly threshold: number[]
  readonly missingLeft: number[]
  readonly left: number[]
  readonly right: number[]
  readonly sums: NodeSums[]
}

/**
 * Grows one tree, the leaf with the greatest gain first, adds its values to the log-odds of all rows and computes the gradients of
 * the next round. A split parts the rows, sums up the smaller child and takes its histogram from the parent's to get the greater's.
 */
export class TreeGrower {
  readonly #area: Area
  readonly #crew: Crew
  readonly #options: GrowthOptions
  readonly #features: readonly BinnedFeature[]
  #draft: Draft = emptyDraft()
  #open: OpenLeaf[] = []
  #freeSlots: number[] = []

  constructor(area: Area, crew: Crew, options: GrowthOptions) {
    this.#area = area
    this.#crew = crew
    this.#options = options
    this.#features = area.groups.flatMap(({ features }) => features)
  }

  /** Gradients of a round, its row sample in the root. */
  start(round: number): void {
    putFinish(this.#area, 0, round)
    this.#crew.run(OPERATION.finish, this.#area.chunks)
  }

  /** The next tree; `round` is that of the gradients computed after it. */
  grow(round: number): Tree {
    this.#draft = emptyDraft()
    this.#open = []
    this.#freeSlots = Array.from({ length: this.#options.leavesMax + 1 }, (_, slot) => slot)
    const sums = this.#rootSums()
    this.#addNode(sums)
    const root = { ...sums, node: 0, slot: this.#takeSlot() }
    if (this.#canSplit(sums, 0)) this.#openLeaves(0, root, undefined)
    for (let leaves = 1; leaves < this.#options.leavesMax && this.#open.length > 0; leaves++) {
      this.#split(this.#takeBest(), leaves + 1 === this.#options.leavesMax)
    }
    return this.#finish(round)
  }

  #rootSums(): NodeSums {
    const { sums, sumsLength, chunks } = this.#area
    let [gradient, hessian, rows] = [0, 0, 0]
    for (let chunk = 0; chunk < chunks; chunk++) {
      gradient += sums[chunk * sumsLength]
      hessian += sums[chunk * sumsLength + 1]
      rows += sums[chunk * sumsLength + 2]
    }
    return { gradient, hessian, rows }
  }

  #canSplit({ rows }: NodeSums, depth: number): boolean {
    return depth < this.#options.depthMax && rows >= 2 * this.#area.limits.leafRowsMin && this.#features.length > 0
  }

  #takeSlot(): number {
    return this.#freeSlots.pop() as number
  }

  #takeBest(): OpenLeaf {
    let best = 0
    for (let at = 1; at < this.#open.length; at++) if (this.#open[at].split.gain > this.#open[best].split.gain) best = at
    return this.#open.splice(best, 1)[0]
  }

  #split(leaf: OpenLeaf, isLast: boolean): void {
    const { split } = leaf
    const right = {
      gradient: leaf.gradient - split.left.gradient,
      hessian: leaf.hessian - split.left.hessian,
      rows: leaf.rows - split.left.rows,
    }
    const children = { left: this.#addNode(split.left), right: this.#addNode(right) }
    this.#note(leaf.node, split, children)
    this.#partition(leaf.node, split, children)
    const sides = [
      { ...split.left, node: children.left },
      { ...right, node: children.right },
    ]
    const [smaller, greater] = right.rows < split.left.rows ? sides.reverse() : sides
    const depth = leaf.depth + 1
    if (isLast || !(this.#canSplit(greater, depth) || this.#canSplit(smaller, depth))) return void this.#freeSlots.push(leaf.slot)
    const small = { ...smaller, slot: this.#takeSlot() }
    this.#openLeaves(depth, small, { ...greater, slot: leaf.slot })
  }

  #partition(node: number, { feature, bin, missingLeft }: Split, { left, right }: { left: number; right: number }): void {
    const { groups, chunks } = this.#area
    const group = groups.findIndex(({ features }) => features.includes(feature))
    const shift = 8 * groups[group].features.indexOf(feature)
    putPartition(this.#area, { node, left, right, group, shift, bin, missingLeft })
    this.#crew.run(OPERATION.partition, chunks)
  }

  /** Sums up the smaller node, finds the best split of both and keeps them where there is one. */
  #openLeaves(depth: number, smaller: NodeTask, greater: NodeTask | undefined): void {
    putHistogram(this.#area, smaller, greater)
    this.#crew.run(OPERATION.histogram, this.#area.groups.length)
    this.#openLeaf(depth, smaller, 0)
    if (greater !== undefined) this.#openLeaf(depth, greater, 1)
  }

  #openLeaf(depth: number, task: NodeTask, place: number): void {
    const split = this.#canSplit(task, depth) ? this.#bestSplit(place) : undefined
    if (split === undefined) this.#freeSlots.push(task.slot)
    else this.#open.push({ ...task, depth, split })
  }

  #bestSplit(place: number): Split | undefined {
    const { splits } = this.#area
    let best = 0
    let feature: BinnedFeature | undefined
    const from = place * this.#features.length
    for (const candidate of this.#features) {
      const gain = splits[(from + candidate.index) * SPLIT_FIELDS]
      if (!(gain > best)) continue
      best = gain
      feature = candidate
    }
    if (feature === undefined) return undefined
    const at = (from + feature.index) * SPLIT_FIELDS
    const [gain, bin, missingLeft, gradient, hessian, rows] = splits.subarray(at, at + SPLIT_FIELDS)
    return { gain, feature, bin, missingLeft: missingLeft === 1, left: { gradient, hessian, rows } }
  }

  #addNode(sums: NodeSums): number {
    const { feature, threshold, missingLeft, left, right } = this.#draft
    for (const array of [feature, left, right]) array.push(-1)
    threshold.push(0)
    missingLeft.push(0)
    return this.#draft.sums.push(sums) - 1
  }

  #note(node: number, { feature, bin, missingLeft }: Split, children: { left: number; right: number }): void {
    const thresholds = this.#area.thresholds[feature.index]
    this.#draft.feature[node] = feature.column
    this.#draft.threshold[node] = bin < thresholds.length ? thresholds[bin] : EVERY_NUMBER
    this.#draft.missingLeft[node] = missingLeft ? 1 : 0
    this.#draft.left[node] = children.left
    this.#draft.right[node] = children.right
  }

  #finish(round: number): Tree {
    const { leafNodes, leafValues, gradientUnit, hessianUnit, limits } = this.#area
    const { feature, sums } = this.#draft
    const value = new Float32Array(feature.length)
    let leaves = 0
    for (let node = 0; node < feature.length; node++) {
      if (feature[node] >= 0) continue
      const { gradient, hessian } = sums[node]
      const weight = hessian * hessianUnit + limits.l2
      value[node] = weight > 0 ? (-this.#options.learningRate * gradient * gradientUnit) / weight : 0
      leafNodes[leaves] = node
      leafValues[leaves++] = value[node]
    }
    putFinish(this.#area, leaves, round)
    this.#crew.run(OPERATION.finish, this.#area.chunks)
    return this.#tree(value, leaves)
  }

  #tree(value: Float32Array, leaves: number): Tree {
    const { feature, threshold, missingLeft, left, right } = this.#draft
    return {
      feature: Int32Array.from(feature),
      threshold: Float32Array.from(threshold),
      missingLeft: Uint8Array.from(missingLeft),
      left: Int32Array.from(left),
      right: Int32Array.from(right),
      value,
      cover: this.#cover(leaves),
    }
  }

  /** Children stand behind their parents, so one pass from the end sums them up. */
  #cover(leaves: number): Float64Array {
    const { sums, sumsLength, chunks, leafNodes } = this.#area
    const { feature, left, right } = this.#draft
    const cover = new Float64Array(feature.length)
    for (let chunk = 0; chunk < chunks; chunk++) {
      for (let leaf = 0; leaf < leaves; leaf++) cover[leafNodes[leaf]] += sums[chunk * sumsLength + 3 + leaf]
    }
    for (let node = feature.length - 1; node >= 0; node--) if (feature[node] >= 0) cover[node] = cover[left[node]] + cover[right[node]]
    return cover
  }
}

function emptyDraft(): Draft {
  return { feature: [], threshold: [], missingLeft: [], left: [], right: [], sums: [] }
}
