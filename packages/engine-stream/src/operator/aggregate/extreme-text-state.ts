import type { CodedColumn, Column, Field } from '@millrace/columnar'
import { CodeBuilder, entryText } from '../kernel/code-builder.ts'
import { decimalUnits } from '../kernel/decimal.ts'
import { compareText } from '../kernel/text.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { type AggregateInput, type AggregateState, type EmitRange, type GroupedRows, pageField, TEXT_BYTES } from './aggregate-state.ts'

/** Texts of decimals of one type. */
function compareDecimals(a: string, b: string): number {
  const [left, right] = [decimalUnits(a), decimalUnits(b)]
  return left < right ? -1 : Number(left > right)
}

/** Least or greatest text by UTF-8 bytes, bytes, or decimal by size, per group. */
export class ExtremeTextState implements AggregateState {
  readonly #sign: 1 | -1
  readonly #kind: 'string' | 'bytes'
  readonly #compare: (a: string, b: string) => number
  #best: (string | undefined)[] = []

  constructor(options: { readonly greatest: boolean; readonly kind: 'string' | 'bytes'; readonly isDecimal: boolean }) {
    this.#sign = options.greatest ? 1 : -1
    this.#kind = options.kind
    this.#compare = options.isDecimal ? compareDecimals : compareText
  }

  get bytes(): number {
    return this.#best.length * TEXT_BYTES
  }

  ensure(groups: number): void {
    while (this.#best.length < groups) this.#best.push(undefined)
  }

  update({ column, take }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    const { codes, dictionary } = column as CodedColumn
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take === null || take[row] === 1) this.#offer(groups[k], entryText(dictionary, codes[row], this.#kind))
    }
  }

  #offer(group: number, text: string | undefined): void {
    if (text === undefined) return
    const best = this.#best[group]
    if (best === undefined || this.#compare(text, best) * this.#sign > 0) this.#best[group] = text
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    this.#offer(group, (other as ExtremeTextState).#best[otherGroup])
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    this.#best[group] = (other as ExtremeTextState).#best[otherGroup]
  }

  clear(): void {
    this.#best.fill(undefined)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    for (let k = 0; k < count; k++) {
      const text = this.#best[groups[from + k]]
      if (text === undefined) out.setNull(at + k)
      else out.setText(at + k, text)
    }
  }

  fields(): readonly Field[] {
    return [pageField('best', this.#kind, true)]
  }

  save(from: number, to: number): Column[] {
    const builder = new CodeBuilder(this.#kind)
    const codes = new Int32Array(to - from)
    const nulls = new Uint8Array(to - from)
    for (let group = from; group < to; group++) {
      const text = this.#best[group]
      if (text === undefined) nulls[group - from] = 1
      else codes[group - from] = builder.code(text)
    }
    return [{ kind: this.#kind, codes, dictionary: builder.dictionary(), nulls }]
  }

  load([best]: readonly Column[], from: number): void {
    const { codes, dictionary, nulls } = best as CodedColumn
    for (let row = 0; row < codes.length; row++) {
      if (nulls === null || nulls[row] === 0) this.#best[from + row] = entryText(dictionary, codes[row], this.#kind)
    }
  }
}
