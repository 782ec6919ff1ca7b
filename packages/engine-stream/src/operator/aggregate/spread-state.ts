import type { Column, DoubleColumn, Field, SafeInt64Column } from '@millrace/columnar'
import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { type AggregateInput, type AggregateState, type EmitRange, type GroupedRows, int64Page, pageField } from './aggregate-state.ts'
import { numberReader } from './number-reader.ts'

/**
 * Variance and standard deviation of the sample: count, mean and the sum of squared distances from it, which stay true where values are
 * great and lie close together (Welford), and of parts are brought together (Chan, Golub, LeVeque 1979).
 */
export class SpreadState implements AggregateState {
  readonly #root: boolean
  #counts = new Float64Array(0)
  #means = new Float64Array(0)
  #squares = new Float64Array(0)

  constructor(options: { readonly root: boolean }) {
    this.#root = options.root
  }

  get bytes(): number {
    return bytesIn(this.#counts, this.#means, this.#squares)
  }

  ensure(groups: number): void {
    this.#counts = grown(this.#counts, groups)
    this.#means = grown(this.#means, groups)
    this.#squares = grown(this.#squares, groups)
  }

  update({ column, take }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    const numberAt = numberReader(column as Column)
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      const group = groups[k]
      const value = numberAt(row)
      const size = ++this.#counts[group]
      const distance = value - this.#means[group]
      this.#means[group] += distance / size
      this.#squares[group] += distance * (value - this.#means[group])
    }
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as SpreadState
    const [here, there] = [this.#counts[group], from.#counts[otherGroup]]
    if (there === 0) return
    const size = here + there
    const distance = from.#means[otherGroup] - this.#means[group]
    this.#squares[group] += from.#squares[otherGroup] + (here === 0 ? 0 : distance * distance * ((here * there) / size))
    this.#means[group] = here === 0 ? from.#means[otherGroup] : this.#means[group] + distance * (there / size)
    this.#counts[group] = size
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as SpreadState
    this.#counts[group] = from.#counts[otherGroup]
    this.#means[group] = from.#means[otherGroup]
    this.#squares[group] = from.#squares[otherGroup]
  }

  clear(): void {
    this.#counts.fill(0)
    this.#means.fill(0)
    this.#squares.fill(0)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    for (let k = 0; k < count; k++) {
      const group = groups[from + k]
      const variance = this.#squares[group] / (this.#counts[group] - 1)
      if (this.#counts[group] < 2 || !Number.isFinite(variance)) out.setNull(at + k)
      else out.numbers[at + k] = this.#root ? Math.sqrt(variance) : variance
    }
  }

  fields(): readonly Field[] {
    return [pageField('count', 'int64'), pageField('mean', 'double'), pageField('squares', 'double')]
  }

  save(from: number, to: number): Column[] {
    const doubles = (values: Float64Array): Column => ({ kind: 'double', values: values.slice(from, to), nulls: null })
    return [int64Page(this.#counts, from, to), doubles(this.#means), doubles(this.#squares)]
  }

  load([counts, means, squares]: readonly Column[], from: number): void {
    this.#counts.set((counts as SafeInt64Column).values, from)
    this.#means.set((means as DoubleColumn).values, from)
    this.#squares.set((squares as DoubleColumn).values, from)
  }
}
