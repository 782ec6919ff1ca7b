import type { FeatureBins } from './bins.ts'
import { BIN_SLOTS, type FeatureGroup } from './feature-group.ts'
import { SPLIT_FIELDS } from './split.ts'
import type { TrainingMatrix } from './training-matrix.ts'

/** Rows that are partitioned and updated as one task: their state fits a core's cache, and their sums stay exact in the kernel. */
export const CHUNK_ROWS = 16_384
/** Fixed-point steps of the greatest gradient and of the greatest hessian: what a float32 holds exactly. */
export const GRADIENT_STEPS = 2 ** 24
const ARGUMENTS_MAX = 16

/**
 * All arrays that the threads of one training share. Rows are cut into chunks; within a chunk `order` lists the rows node by node,
 * so that a node is one piece per chunk and no row leaves its chunk. Gradients are whole numbers (fixed point), so sums are exact and
 * do not depend on who adds what first.
 */
export interface Area {
  readonly rows: number
  readonly chunks: number
  readonly groups: readonly FeatureGroup[]
  /** Rows outside a tree's sample take the same ways under node + this number; 0 where every tree sees all rows. */
  readonly unsampled: number
  /** Per group: the bins of up to four features of a row in one number. */
  readonly packed: readonly Uint32Array[]
  /** Columns and thresholds of the groups' features, in the groups' order; read once, to fill `packed`. */
  readonly columns: readonly Float32Array[]
  readonly thresholds: readonly Float32Array[]
  readonly labels: Uint8Array
  readonly weights: Float64Array | undefined
  /** Log-odds so far. */
  readonly raw: Float64Array
  /** Gradient and hessian of each row in steps. */
  readonly gradients: Float32Array
  readonly order: Uint32Array
  /** Per node and chunk: where its rows begin in `order`, and how many they are. */
  readonly starts: Int32Array
  readonly lengths: Int32Array
  /** Per slot and bin: gradient, hessian, rows. */
  readonly histograms: Float64Array
  readonly histogramLength: number
  /** Per asked node (at most two) and feature: its best split. */
  readonly splits: Float64Array
  /** 1 for features that the tree at hand may use. */
  readonly allowed: Uint8Array
  readonly leafNodes: Int32Array
  readonly leafValues: Float64Array
  /** Per chunk: gradient, hessian, rows in the sample; then per leaf the weight of its rows. */
  readonly sums: Float64Array
  readonly sumsLength: number
  readonly arguments: Float64Array
  /** Value of one step. */
  readonly gradientUnit: number
  readonly hessianUnit: number
  readonly limits: GrowthLimits
}

/** What a leaf must hold, and what is drawn at random. */
export interface GrowthLimits {
  readonly leafRowsMin: number
  readonly leafHessianMin: number
  readonly l2: number
  readonly leavesMax: number
  readonly rowShare: number
  readonly seed: number
}

export interface AreaInput {
  readonly matrix: TrainingMatrix
  readonly bins: readonly FeatureBins[]
  readonly groups: readonly FeatureGroup[]
  /** Weight of each row, class weights included; absent: 1 each. */
  readonly weights: Float64Array | undefined
  readonly baseScore: number
  readonly limits: GrowthLimits
}

/** Lays out the arrays; bins, gradients and order are filled by the first tasks. */
export function layOutArea({ matrix, bins, groups, weights, baseScore, limits }: AreaInput): Area {
  const { rows } = matrix
  const chunks = Math.ceil(rows / CHUNK_ROWS)
  const features = groups.flatMap((group) => group.features)
  const last = features.at(-1)
  const histogramLength = last === undefined ? 0 : (last.offset + last.valueBins + 1) * BIN_SLOTS
  const unsampled = limits.rowShare < 1 ? 2 * limits.leavesMax : 0
  const nodes = 2 * limits.leavesMax + unsampled
  const sumsLength = 3 + limits.leavesMax
  const weightMax = weights?.reduce((most, weight) => Math.max(most, weight), 0) ?? 1
  return {
    rows,
    chunks,
    groups,
    unsampled,
    packed: groups.map(() => new Uint32Array(shared(rows * 4))),
    columns: features.map(({ column }) => onSharedMemory(matrix.columns[column])),
    thresholds: features.map(({ column }) => bins[column].thresholds),
    labels: onSharedMemory(matrix.labels),
    weights: weights === undefined ? undefined : onSharedMemory(weights),
    raw: new Float64Array(shared(rows * 8)).fill(baseScore),
    gradients: new Float32Array(shared(rows * 8)),
    order: new Uint32Array(shared(rows * 4)),
    starts: new Int32Array(shared(nodes * chunks * 4)),
    lengths: new Int32Array(shared(nodes * chunks * 4)),
    histograms: new Float64Array(shared((limits.leavesMax + 1) * histogramLength * 8)),
    histogramLength,
    splits: new Float64Array(shared(2 * features.length * SPLIT_FIELDS * 8)),
    allowed: new Uint8Array(shared(features.length)).fill(1),
    leafNodes: new Int32Array(shared(limits.leavesMax * 4)),
    leafValues: new Float64Array(shared(limits.leavesMax * 8)),
    sums: new Float64Array(shared(chunks * sumsLength * 8)),
    sumsLength,
    arguments: new Float64Array(shared(ARGUMENTS_MAX * 8)),
    gradientUnit: weightMax / GRADIENT_STEPS,
    hessianUnit: weightMax / 4 / GRADIENT_STEPS,
    limits,
  }
}

/** The array itself when it lies on shared memory, a copy there otherwise. */
export function onSharedMemory<T extends Float32Array | Float64Array | Uint8Array>(array: T): T {
  if (array.buffer instanceof SharedArrayBuffer) return array
  const copy = new (array.constructor as new (buffer: SharedArrayBuffer) => T)(shared(array.byteLength))
  copy.set(array)
  return copy
}

function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes)
}
