import type { BooleanColumn, Column, DoubleColumn, Field } from '@millrace/columnar'
import { int64Column } from '@millrace/columnar'
import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { type AggregateInput, type AggregateState, type EmitRange, type GroupedRows, pageField } from './aggregate-state.ts'

/** Least or greatest number, time or date per group. Doubles order int64 too; equal doubles beyond 2^53 are told apart by `#wide`. */
export class ExtremeNumberState implements AggregateState {
  readonly #sign: 1 | -1
  readonly #type: string
  #found = new Uint8Array(0)
  #best = new Float64Array(0)
  /** The exact best value of groups where a double does not hold it. */
  readonly #wide = new Map<number, bigint>()

  constructor(options: { readonly greatest: boolean; readonly type: string }) {
    this.#sign = options.greatest ? 1 : -1
    this.#type = options.type
  }

  get bytes(): number {
    return bytesIn(this.#found, this.#best)
  }

  ensure(groups: number): void {
    this.#found = grown(this.#found, groups)
    this.#best = grown(this.#best, groups)
  }

  update({ column, take }: AggregateInput, grouped: GroupedRows): void {
    if (column?.kind === 'int64' && !column.safe) this.#updateWide(column.values, take, grouped)
    else this.#updateSafe((column as DoubleColumn).values, take, grouped)
  }

  #updateSafe(values: Float64Array, take: Uint8Array | null, { rows, groups, count }: GroupedRows): void {
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      this.#offer(groups[k], values[row])
    }
  }

  /** Takes a value that its double holds exactly. A double that equals a wide one's is never the better of the two. */
  #offer(group: number, value: number): void {
    if (this.#found[group] === 1 && (value - this.#best[group]) * this.#sign <= 0) return
    this.#found[group] = 1
    this.#best[group] = value
    if (this.#wide.size > 0) this.#wide.delete(group)
  }

  #updateWide(values: BigInt64Array, take: Uint8Array | null, { rows, groups, count }: GroupedRows): void {
    for (let k = 0; k < count; k++) if (take === null || take[rows[k]] === 1) this.#offerWide(groups[k], values[rows[k]])
  }

  #offerWide(group: number, value: bigint): void {
    const double = Number(value)
    if (Number.isSafeInteger(double)) this.#offer(group, double)
    else if (this.#found[group] === 0 || this.#isBetter(group, value)) {
      this.#found[group] = 1
      this.#best[group] = double
      this.#wide.set(group, value)
    }
  }

  #isBetter(group: number, value: bigint): boolean {
    const order = (Number(value) - this.#best[group]) * this.#sign
    if (order !== 0) return order > 0
    const known = this.#wide.get(group) ?? BigInt(this.#best[group])
    return this.#sign > 0 ? value > known : value < known
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as ExtremeNumberState
    if (from.#found[otherGroup] === 0) return
    const wide = from.#wide.get(otherGroup)
    if (wide === undefined) this.#offer(group, from.#best[otherGroup])
    else this.#offerWide(group, wide)
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as ExtremeNumberState
    this.#found[group] = from.#found[otherGroup]
    this.#best[group] = from.#best[otherGroup]
    const wide = from.#wide.get(otherGroup)
    if (wide === undefined) this.#wide.delete(group)
    else this.#wide.set(group, wide)
  }

  clear(): void {
    this.#found.fill(0)
    this.#best.fill(0)
    this.#wide.clear()
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    for (let k = 0; k < count; k++) {
      const group = groups[from + k]
      if (this.#found[group] === 0) out.setNull(at + k)
      else out.numbers[at + k] = this.#best[group]
      const wide = this.#wide.size === 0 ? undefined : this.#wide.get(group)
      if (wide !== undefined) out.setWide(at + k, wide)
    }
  }

  fields(): readonly Field[] {
    return [pageField('found', 'boolean'), pageField('best', this.#type === 'double' ? 'double' : 'int64')]
  }

  save(from: number, to: number): Column[] {
    return [{ kind: 'boolean', values: this.#found.slice(from, to), nulls: null }, this.#savedBest(from, to)]
  }

  #savedBest(from: number, to: number): Column {
    const values = this.#best.slice(from, to)
    if (this.#type === 'double') return { kind: 'double', values, nulls: null }
    if (this.#wide.size === 0) return { kind: 'int64', safe: true, values, nulls: null }
    const wide = new BigInt64Array(to - from)
    for (let group = from; group < to; group++) wide[group - from] = this.#wide.get(group) ?? BigInt(this.#best[group])
    return int64Column(wide, null)
  }

  load([found, best]: readonly Column[], from: number): void {
    const flags = (found as BooleanColumn).values
    for (let row = 0; row < flags.length; row++) {
      if (flags[row] === 0) continue
      if (best.kind === 'int64' && !best.safe) this.#offerWide(from + row, best.values[row])
      else this.#offer(from + row, (best as DoubleColumn).values[row])
    }
  }
}
