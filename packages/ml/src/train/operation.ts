import { type Area, CHUNK_ROWS } from './area.ts'
import { writeBins } from './bins.ts'
import { BIN_SLOTS } from './feature-group.ts'
import { HistogramKernel, subtractHistogram } from './histogram.ts'
import { applyLeaves, partitionChunk, refreshChunk, type SplitTask } from './row-task.ts'
import { findSplit, type NodeSums, SPLIT_FIELDS } from './split.ts'

/** What the threads do together; a task is a group of features or a chunk of rows. */
export const OPERATION = { bin: 0, partition: 1, histogram: 2, finish: 3 } as const
export type OperationCode = (typeof OPERATION)[keyof typeof OPERATION]

/** A node whose histogram is asked for. */
export interface NodeTask extends NodeSums {
  readonly node: number
  readonly slot: number
}

/** Arguments in the shared array that say there is no second node. */
const NONE = -1

/** One thread's work: the operations over the shared area, and scratch memory of its own. */
export class Operations {
  readonly #area: Area
  readonly #kernel = new HistogramKernel()
  readonly #rights = new Uint32Array(CHUNK_ROWS)

  constructor(area: Area) {
    this.#area = area
  }

  /** Does one task of an operation; its arguments lie in the area. */
  run(code: OperationCode, task: number): void {
    if (code === OPERATION.bin) this.#bin(task)
    else if (code === OPERATION.partition) this.#partition(task)
    else if (code === OPERATION.histogram) this.#histogram(task)
    else this.#finish(task)
  }

  #bin(group: number): void {
    const { columns, thresholds, packed, groups } = this.#area
    groups[group].features.forEach(({ index }, lane) => {
      writeBins(columns[index], thresholds[index], packed[group], 8 * lane)
    })
  }

  #partition(chunk: number): void {
    const area = this.#area
    const [node, left, right, group, shift, bin, missingLeft] = area.arguments
    const task: SplitTask = { node, left, right, group, shift, bin, missingLeft: missingLeft === 1 }
    partitionChunk(area, chunk, task, this.#rights)
    const { unsampled: beside } = area
    if (beside === 0) return
    partitionChunk(area, chunk, { ...task, node: node + beside, left: left + beside, right: right + beside }, this.#rights)
  }

  #histogram(group: number): void {
    const area = this.#area
    const members = area.groups[group]
    if (members.features.every(({ index }) => area.allowed[index] === 0)) return
    const smaller = nodeTask(area, 0)
    const greater = nodeTask(area, 1)
    this.#kernel.build(area, group, smaller.node, smaller.slot * area.histogramLength)
    this.#splits(group, smaller, 0)
    if (greater.node === NONE) return
    subtractHistogram(members, area.histograms, greater.slot * area.histogramLength, smaller.slot * area.histogramLength)
    this.#splits(group, greater, 1)
  }

  #splits(group: number, sums: NodeTask, place: number): void {
    const { groups, histograms: histogram, histogramLength, gradientUnit, hessianUnit, limits, allowed, splits } = this.#area
    const features = splits.length / SPLIT_FIELDS / 2
    for (const feature of groups[group].features) {
      const into = (place * features + feature.index) * SPLIT_FIELDS
      const at = sums.slot * histogramLength + feature.offset * BIN_SLOTS
      if (allowed[feature.index] === 0) splits[into] = 0
      else findSplit({ histogram, at, feature, sums, limits, gradientUnit, hessianUnit }, splits, into)
    }
  }

  #finish(chunk: number): void {
    const [leaves, round] = this.#area.arguments
    applyLeaves(this.#area, chunk, leaves)
    refreshChunk(this.#area, chunk, round)
  }
}

export function putPartition({ arguments: into }: Area, task: SplitTask): void {
  const { node, left, right, group, shift, bin, missingLeft } = task
  into.set([node, left, right, group, shift, bin, missingLeft ? 1 : 0])
}

/** The smaller node is summed up; the greater one's slot holds its parent's histogram. */
export function putHistogram({ arguments: into }: Area, smaller: NodeTask, greater: NodeTask | undefined): void {
  const numbers = ({ node, slot, gradient, hessian, rows }: NodeTask): number[] => [node, slot, gradient, hessian, rows]
  into.set([...numbers(smaller), ...(greater === undefined ? [NONE] : numbers(greater))])
}

export function putFinish({ arguments: into }: Area, leaves: number, round: number): void {
  into.set([leaves, round])
}

function nodeTask({ arguments: from }: Area, place: number): NodeTask {
  const at = 5 * place
  return { node: from[at], slot: from[at + 1], gradient: from[at + 2], hessian: from[at + 3], rows: from[at + 4] }
}
