import { type Column, Dictionary, type Field, type SafeInt64Column, valueAt } from '@millrace/columnar'
import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import {
  type AggregateInput,
  type AggregateState,
  type EmitCounts,
  type EmitRange,
  type GroupedRows,
  int64Page,
  pageField,
  type UndoableState,
} from './aggregate-state.ts'

const SAFE_MAX = Number.MAX_SAFE_INTEGER

/** Exact sums of integers, for `sum` and `avg`: a safe double per group and, where that is not enough, a bigint beside it. */
export class IntegerSumState implements UndoableState {
  readonly #mean: boolean
  #counts = new Float64Array(0)
  #sums = new Float64Array(0)
  /** What left the doubles: the exact sum of a group is `#sums` plus this. Never holds 0. */
  readonly #wide = new Map<number, bigint>()

  constructor(options: { readonly mean: boolean }) {
    this.#mean = options.mean
  }

  get bytes(): number {
    return bytesIn(this.#counts, this.#sums)
  }

  ensure(groups: number): void {
    this.#counts = grown(this.#counts, groups)
    this.#sums = grown(this.#sums, groups)
  }

  update({ column, take }: AggregateInput, rows: GroupedRows): void {
    if (column?.kind === 'int64' && !column.safe) this.#updateWide(column.values, take, rows)
    else this.#updateSafe((column as SafeInt64Column).values, take, rows)
  }

  #updateSafe(values: Float64Array, take: Uint8Array | null, { rows, groups, count }: GroupedRows): void {
    const sums = this.#sums
    const counts = this.#counts
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      const group = groups[k]
      const sum = sums[group] + values[row]
      counts[group]++
      if (sum > SAFE_MAX || sum < -SAFE_MAX) this.#add(group, values[row])
      else sums[group] = sum
    }
  }

  #updateWide(values: BigInt64Array, take: Uint8Array | null, { rows, groups, count }: GroupedRows): void {
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      this.#counts[groups[k]]++
      this.#addWide(groups[k], values[row])
    }
  }

  #add(group: number, value: number): void {
    const sum = this.#sums[group] + value
    if (sum <= SAFE_MAX && sum >= -SAFE_MAX) {
      this.#sums[group] = sum
      return
    }
    this.#addWide(group, BigInt(this.#sums[group]))
    this.#sums[group] = value
  }

  #addWide(group: number, value: bigint): void {
    const sum = (this.#wide.get(group) ?? 0n) + value
    if (sum === 0n) this.#wide.delete(group)
    else this.#wide.set(group, sum)
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as IntegerSumState
    this.#counts[group] += from.#counts[otherGroup]
    this.#add(group, from.#sums[otherGroup])
    const wide = from.#wide.get(otherGroup)
    if (wide !== undefined) this.#addWide(group, wide)
  }

  unmerge(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as IntegerSumState
    this.#counts[group] -= from.#counts[otherGroup]
    this.#add(group, 0 - from.#sums[otherGroup])
    const wide = from.#wide.get(otherGroup)
    if (wide !== undefined) this.#addWide(group, -wide)
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as IntegerSumState
    this.#counts[group] = from.#counts[otherGroup]
    this.#sums[group] = from.#sums[otherGroup]
    const wide = from.#wide.get(otherGroup)
    if (wide === undefined) this.#wide.delete(group)
    else this.#wide.set(group, wide)
  }

  clear(): void {
    this.#counts.fill(0)
    this.#sums.fill(0)
    this.#wide.clear()
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn, counts: EmitCounts): void {
    const { numbers } = out
    for (let k = 0; k < count; k++) {
      const group = groups[from + k]
      const size = this.#counts[group]
      if (size === 0) out.setNull(at + k)
      else if (this.#wide.size !== 0 && this.#wide.has(group)) this.#emitWide(group, at + k, out, counts)
      else numbers[at + k] = this.#mean ? this.#sums[group] / size + 0 : this.#sums[group]
    }
  }

  #emitWide(group: number, row: number, out: OutputColumn, counts: EmitCounts): void {
    const sum = (this.#wide.get(group) ?? 0n) + BigInt(this.#sums[group])
    if (BigInt.asIntN(64, sum) !== sum) {
      counts.overflows++
      out.setNull(row)
    } else if (this.#mean) out.numbers[row] = Number(sum) / this.#counts[group] + 0
    else out.setWide(row, sum)
  }

  fields(): readonly Field[] {
    return [pageField('count', 'int64'), pageField('sum', 'int64'), pageField('wide', 'string', true)]
  }

  save(from: number, to: number): Column[] {
    return [int64Page(this.#counts, from, to), int64Page(this.#sums, from, to), this.#saveWide(from, to)]
  }

  #saveWide(from: number, to: number): Column {
    const nulls = new Uint8Array(to - from).fill(1)
    const codes = new Int32Array(to - from)
    const texts = new Map<string, number>()
    for (let group = from; this.#wide.size > 0 && group < to; group++) {
      const wide = this.#wide.get(group)
      if (wide === undefined) continue
      const text = String(wide)
      if (!texts.has(text)) texts.set(text, texts.size)
      nulls[group - from] = 0
      codes[group - from] = texts.get(text) ?? 0
    }
    return { kind: 'string', codes, dictionary: Dictionary.fromTexts([...texts.keys()]), nulls }
  }

  load([counts, sums, wide]: readonly Column[], from: number): void {
    this.#counts.set((counts as SafeInt64Column).values, from)
    const { values } = sums as SafeInt64Column
    this.#sums.set(values, from)
    for (let row = 0; row < values.length; row++) {
      const text = valueAt(wide, row)
      if (typeof text === 'string') this.#wide.set(from + row, BigInt(text))
    }
  }
}
