import { batchFromRows, type Column, type Field, valueAt } from '@millrace/columnar'
import type { OutputColumn } from '../window/output-column.ts'
import {
  type AggregateInput,
  type EmitRange,
  ENTRY_BYTES,
  type GroupedRows,
  MAP_BYTES,
  pageField,
  type UndoableState,
} from './aggregate-state.ts'
import { numberReader } from './number-reader.ts'

/** How far a result may be off, relative to the exact one; a little less than what is declared. */
const ACCURACY = 0.0099
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
const LOG_GAMMA = Math.log(GAMMA)
/** Added to a bucket's logarithm, so that buckets of positive numbers are positive. */
const BIAS = 40_000

/**
 * A quantile of each group from counts of values by buckets whose bounds grow by a constant factor (DDSketch: Masson, Rim, Lee 2019): what
 * the order of the rows cannot change, what adds up, and what can be undone. Buckets of negative numbers are negative, that of zero is 0.
 */
export class QuantileState implements UndoableState {
  /** `ceil(q × n)` of n values is the place of the result: q as a fraction. */
  readonly #share: { readonly digits: bigint; readonly one: bigint }
  #buckets: Map<number, number>[] = []

  constructor(options: { readonly q: string }) {
    const [whole, fraction = ''] = options.q.split('.')
    this.#share = { digits: BigInt(whole + fraction), one: 10n ** BigInt(fraction.length) }
  }

  get bytes(): number {
    return this.#buckets.reduce((sum, { size }) => sum + MAP_BYTES + size * ENTRY_BYTES, 0)
  }

  ensure(groups: number): void {
    while (this.#buckets.length < groups) this.#buckets.push(new Map())
  }

  update({ column, take }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    const numberAt = numberReader(column as Column)
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take === null || take[row] === 1) add(this.#buckets[groups[k]], bucketOf(numberAt(row)), 1)
    }
  }

  merge(group: number, other: UndoableState, otherGroup: number): void {
    for (const [bucket, count] of (other as QuantileState).#buckets[otherGroup]) add(this.#buckets[group], bucket, count)
  }

  unmerge(group: number, other: UndoableState, otherGroup: number): void {
    for (const [bucket, count] of (other as QuantileState).#buckets[otherGroup]) add(this.#buckets[group], bucket, -count)
  }

  copy(group: number, other: UndoableState, otherGroup: number): void {
    this.#buckets[group] = new Map((other as QuantileState).#buckets[otherGroup])
  }

  clear(): void {
    for (const buckets of this.#buckets) buckets.clear()
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    for (let k = 0; k < count; k++) {
      const value = this.#result(this.#buckets[groups[from + k]])
      if (value === undefined) out.setNull(at + k)
      else out.numbers[at + k] = value
    }
  }

  #result(buckets: ReadonlyMap<number, number>): number | undefined {
    const size = [...buckets.values()].reduce((sum, count) => sum + count, 0)
    if (size === 0) return undefined
    const { digits, one } = this.#share
    let left = Math.max(Number((digits * BigInt(size) + one - 1n) / one), 1)
    for (const bucket of [...buckets.keys()].sort((a, b) => a - b)) {
      left -= buckets.get(bucket) as number
      if (left <= 0) return valueOf(bucket)
    }
    return undefined
  }

  fields(): readonly Field[] {
    return [pageField('buckets', 'string')]
  }

  save(from: number, to: number): Column[] {
    const rows = this.#buckets.slice(from, to).map((buckets) => [[...buckets].map((pair) => pair.join(':')).join(' ')])
    return [...batchFromRows(this.fields(), rows).columns]
  }

  load([saved]: readonly Column[], from: number): void {
    const size = (saved as Column & { readonly kind: 'string' }).codes.length
    for (let row = 0; row < size; row++) {
      for (const pair of (valueAt(saved, row) as string).split(' ')) {
        if (pair === '') continue
        const [bucket, count] = pair.split(':').map(Number)
        add(this.#buckets[from + row], bucket, count)
      }
    }
  }
}

function add(buckets: Map<number, number>, bucket: number, count: number): void {
  const sum = (buckets.get(bucket) ?? 0) + count
  if (sum === 0) buckets.delete(bucket)
  else buckets.set(bucket, sum)
}

function bucketOf(value: number): number {
  if (value === 0) return 0
  return Math.sign(value) * (Math.ceil(Math.log(Math.abs(value)) / LOG_GAMMA) + BIAS)
}

/** The number that is off by the same share from both bounds of the bucket. */
function valueOf(bucket: number): number {
  if (bucket === 0) return 0
  const size = (2 / (GAMMA + 1)) * Math.exp((Math.abs(bucket) - BIAS) * LOG_GAMMA)
  return Math.sign(bucket) * Math.min(size, Number.MAX_VALUE)
}
