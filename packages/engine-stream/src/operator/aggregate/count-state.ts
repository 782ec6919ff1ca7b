import type { Column, Field, SafeInt64Column } from '@millrace/columnar'
import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import {
  type AggregateInput,
  type AggregateState,
  type EmitRange,
  type GroupedRows,
  int64Page,
  pageField,
  type UndoableState,
} from './aggregate-state.ts'

/** Rows, or non-null values, per group. */
export class CountState implements UndoableState {
  #counts = new Float64Array(0)

  get bytes(): number {
    return bytesIn(this.#counts)
  }

  ensure(groups: number): void {
    this.#counts = grown(this.#counts, groups)
  }

  update({ take }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    const counts = this.#counts
    if (take === null) for (let k = 0; k < count; k++) counts[groups[k]]++
    else for (let k = 0; k < count; k++) counts[groups[k]] += take[rows[k]]
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    this.#counts[group] += (other as CountState).#counts[otherGroup]
  }

  unmerge(group: number, other: AggregateState, otherGroup: number): void {
    this.#counts[group] -= (other as CountState).#counts[otherGroup]
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    this.#counts[group] = (other as CountState).#counts[otherGroup]
  }

  clear(): void {
    this.#counts.fill(0)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    const { numbers } = out
    for (let k = 0; k < count; k++) numbers[at + k] = this.#counts[groups[from + k]]
  }

  fields(): readonly Field[] {
    return [pageField('count', 'int64')]
  }

  save(from: number, to: number): Column[] {
    return [int64Page(this.#counts, from, to)]
  }

  load([counts]: readonly Column[], from: number): void {
    this.#counts.set((counts as SafeInt64Column).values, from)
  }
}
