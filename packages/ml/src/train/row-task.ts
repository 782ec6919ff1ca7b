import { type Area, CHUNK_ROWS } from './area.ts'
import { MISSING_BIN } from './bins.ts'
import { hashPair } from './random.ts'
import { sigmoid } from './sigmoid.ts'

export interface SplitTask {
  readonly node: number
  readonly left: number
  readonly right: number
  readonly group: number
  /** Bits in front of the feature's bin in its group's number. */
  readonly shift: number
  /** Last bin on the left. */
  readonly bin: number
  readonly missingLeft: boolean
}

/** Parts a node's rows within one chunk: those of the left child first, each side in its order. */
export function partitionChunk(area: Area, chunk: number, task: SplitTask, rights: Uint32Array): void {
  const { order, starts, lengths, chunks } = area
  const packed = area.packed[task.group]
  const piece = task.node * chunks + chunk
  const from = starts[piece]
  const to = from + lengths[piece]
  const { shift, bin } = task
  const missing = task.missingLeft ? MISSING_BIN : -1
  let left = from
  let right = 0
  for (let at = from; at < to; at++) {
    const row = order[at]
    const value = (packed[row] >>> shift) & 255
    const goesLeft = value <= bin || value === missing ? 1 : 0
    order[left] = row
    rights[right] = row
    left += goesLeft
    right += 1 - goesLeft
  }
  for (let at = 0; at < right; at++) order[left + at] = rights[at]
  starts[task.left * chunks + chunk] = from
  lengths[task.left * chunks + chunk] = left - from
  starts[task.right * chunks + chunk] = left
  lengths[task.right * chunks + chunk] = right
}

/** Adds the finished tree's leaf values to a chunk's log-odds and sums the weight that reached each leaf. */
export function applyLeaves(area: Area, chunk: number, leaves: number): void {
  const { chunks, sums, sumsLength } = area
  for (let leaf = 0; leaf < leaves; leaf++) {
    const node = area.leafNodes[leaf]
    sums[chunk * sumsLength + 3 + leaf] = applyLeaf(area, node * chunks + chunk, area.leafValues[leaf])
    if (area.unsampled > 0) applyLeaf(area, (node + area.unsampled) * chunks + chunk, area.leafValues[leaf])
  }
}

function applyLeaf({ order, starts, lengths, raw, weights }: Area, piece: number, value: number): number {
  const to = starts[piece] + lengths[piece]
  let weight = weights === undefined ? lengths[piece] : 0
  for (let at = starts[piece]; at < to; at++) {
    const row = order[at]
    raw[row] += value
    if (weights !== undefined) weight += weights[row]
  }
  return weight
}

/** Computes a chunk's gradients and puts its rows back into the root. */
export function refreshChunk(area: Area, chunk: number, round: number): void {
  const { raw, labels, weights, gradients, sums, sumsLength } = area
  const from = chunk * CHUNK_ROWS
  const to = Math.min(from + CHUNK_ROWS, area.rows)
  const gradientScale = 1 / area.gradientUnit
  const hessianScale = 1 / area.hessianUnit
  for (let row = from; row < to; row++) {
    const probability = sigmoid(raw[row])
    const weight = weights === undefined ? 1 : weights[row]
    gradients[2 * row] = Math.round((probability - labels[row]) * weight * gradientScale)
    gradients[2 * row + 1] = Math.round(probability * (1 - probability) * weight * hessianScale)
  }
  const rows = sampleChunk(area, chunk, hashPair(area.limits.seed, round))
  let gradient = 0
  let hessian = 0
  for (let at = from; at < from + rows; at++) {
    const row = area.order[at]
    gradient += gradients[2 * row]
    hessian += gradients[2 * row + 1]
  }
  sums[chunk * sumsLength] = gradient
  sums[chunk * sumsLength + 1] = hessian
  sums[chunk * sumsLength + 2] = rows
}

/** Puts a chunk's rows into the root: those of the sample, and where not all are, the others into the root beside it. Returns the sample's size. */
function sampleChunk({ rows, order, starts, lengths, chunks, unsampled, limits }: Area, chunk: number, seed: number): number {
  const from = chunk * CHUNK_ROWS
  const to = Math.min(from + CHUNK_ROWS, rows)
  starts[chunk] = from
  lengths[chunk] = to - from
  if (unsampled === 0) {
    for (let row = from; row < to; row++) order[row] = row
    return to - from
  }
  const limit = limits.rowShare * 2 ** 32
  let sampled = from
  for (let row = from; row < to; row++) if (hashPair(seed, row) < limit) order[sampled++] = row
  let other = sampled
  for (let row = from; row < to; row++) if (hashPair(seed, row) >= limit) order[other++] = row
  lengths[chunk] = sampled - from
  starts[unsampled * chunks + chunk] = sampled
  lengths[unsampled * chunks + chunk] = to - sampled
  return sampled - from
}
