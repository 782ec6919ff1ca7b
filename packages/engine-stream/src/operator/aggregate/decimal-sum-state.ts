import { batchFromRows, type CodedColumn, type Column, decimalText, type Field, type SafeInt64Column, valueAt } from '@millrace/columnar'
import { decimalUnits } from '../kernel/decimal.ts'
import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import {
  type AggregateInput,
  BIGINT_BYTES,
  type EmitCounts,
  type EmitRange,
  type GroupedRows,
  int64Page,
  pageField,
  type UndoableState,
} from './aggregate-state.ts'

/** What 38 digits do not hold. */
const LIMIT = 10n ** 38n

/** Exact sums of decimals, for `sum` and `avg`. Only a final sum can be too long, which makes it null. */
export class DecimalSumState implements UndoableState {
  readonly #mean: boolean
  readonly #scale: number
  #counts = new Float64Array(0)
  #sums: bigint[] = []

  constructor(options: { readonly mean: boolean; readonly scale: number }) {
    this.#mean = options.mean
    this.#scale = options.scale
  }

  get bytes(): number {
    return bytesIn(this.#counts) + this.#sums.length * BIGINT_BYTES
  }

  ensure(groups: number): void {
    this.#counts = grown(this.#counts, groups)
    while (this.#sums.length < groups) this.#sums.push(0n)
  }

  update({ column, take }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    const { codes, dictionary } = column as CodedColumn
    const known: (bigint | undefined)[] = new Array(dictionary.size)
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      const code = codes[row]
      const units = (known[code] ??= decimalUnits(dictionary.text(code)))
      this.#counts[groups[k]]++
      this.#sums[groups[k]] += units
    }
  }

  merge(group: number, other: UndoableState, otherGroup: number): void {
    const from = other as DecimalSumState
    this.#counts[group] += from.#counts[otherGroup]
    this.#sums[group] += from.#sums[otherGroup]
  }

  unmerge(group: number, other: UndoableState, otherGroup: number): void {
    const from = other as DecimalSumState
    this.#counts[group] -= from.#counts[otherGroup]
    this.#sums[group] -= from.#sums[otherGroup]
  }

  copy(group: number, other: UndoableState, otherGroup: number): void {
    const from = other as DecimalSumState
    this.#counts[group] = from.#counts[otherGroup]
    this.#sums[group] = from.#sums[otherGroup]
  }

  clear(): void {
    this.#counts.fill(0)
    this.#sums.fill(0n)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn, counts: EmitCounts): void {
    for (let k = 0; k < count; k++) {
      const group = groups[from + k]
      const sum = this.#sums[group]
      const isTooLong = sum >= LIMIT || sum <= -LIMIT
      if (isTooLong) counts.overflows++
      if (this.#counts[group] === 0 || isTooLong) out.setNull(at + k)
      else if (this.#mean) out.numbers[at + k] = Number(decimalText(sum, this.#scale)) / this.#counts[group]
      else out.setText(at + k, decimalText(sum, this.#scale))
    }
  }

  fields(): readonly Field[] {
    return [pageField('count', 'int64'), pageField('sum', 'string')]
  }

  save(from: number, to: number): Column[] {
    const sums = this.#sums.slice(from, to).map((sum) => [String(sum)])
    return [int64Page(this.#counts, from, to), ...batchFromRows(this.fields().slice(1), sums).columns]
  }

  load([counts, sums]: readonly Column[], from: number): void {
    const { values } = counts as SafeInt64Column
    this.#counts.set(values, from)
    for (let row = 0; row < values.length; row++) this.#sums[from + row] = BigInt(valueAt(sums, row) as string)
  }
}
