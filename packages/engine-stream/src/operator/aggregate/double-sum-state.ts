import type { Column, DoubleColumn, Field, SafeInt64Column } from '@millrace/columnar'
import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { type AggregateInput, type AggregateState, type EmitRange, type GroupedRows, int64Page, pageField } from './aggregate-state.ts'

/** Values beyond this are summed apart, scaled down, so that no partial sum overflows where the whole does not. */
const LARGE = 2 ** 900
const SCALE = 2 ** -100

/** Sums of doubles, for `sum` and `avg`. They cannot be undone exactly, so windows merge them afresh. */
export class DoubleSumState implements AggregateState {
  readonly #mean: boolean
  #counts = new Float64Array(0)
  #sums = new Float64Array(0)
  /** Sums of large values, times `SCALE`. */
  #large = new Float64Array(0)

  constructor(options: { readonly mean: boolean }) {
    this.#mean = options.mean
  }

  get bytes(): number {
    return bytesIn(this.#counts, this.#sums, this.#large)
  }

  ensure(groups: number): void {
    this.#counts = grown(this.#counts, groups)
    this.#sums = grown(this.#sums, groups)
    this.#large = grown(this.#large, groups)
  }

  update({ column, take }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    const { values } = column as DoubleColumn
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      const group = groups[k]
      const value = values[row]
      this.#counts[group]++
      if (value > LARGE || value < -LARGE) this.#large[group] += value * SCALE
      else this.#sums[group] += value
    }
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as DoubleSumState
    this.#counts[group] += from.#counts[otherGroup]
    this.#sums[group] += from.#sums[otherGroup]
    this.#large[group] += from.#large[otherGroup]
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as DoubleSumState
    this.#counts[group] = from.#counts[otherGroup]
    this.#sums[group] = from.#sums[otherGroup]
    this.#large[group] = from.#large[otherGroup]
  }

  clear(): void {
    this.#counts.fill(0)
    this.#sums.fill(0)
    this.#large.fill(0)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    for (let k = 0; k < count; k++) {
      const group = groups[from + k]
      const size = this.#counts[group]
      const large = this.#large[group]
      const sum = large === 0 ? this.#sums[group] : (this.#sums[group] * SCALE + large) / SCALE
      const value = this.#mean ? sum / size : sum
      if (size > 0 && Number.isFinite(value)) out.numbers[at + k] = value + 0
      else out.setNull(at + k)
    }
  }

  fields(): readonly Field[] {
    return [pageField('count', 'int64'), pageField('sum', 'double'), pageField('large', 'double')]
  }

  save(from: number, to: number): Column[] {
    const doubles = (values: Float64Array): Column => ({ kind: 'double', values: values.slice(from, to), nulls: null })
    return [int64Page(this.#counts, from, to), doubles(this.#sums), doubles(this.#large)]
  }

  load([counts, sums, large]: readonly Column[], from: number): void {
    this.#counts.set((counts as SafeInt64Column).values, from)
    this.#sums.set((sums as DoubleColumn).values, from)
    this.#large.set((large as DoubleColumn).values, from)
  }
}
