import { batchFromRows, type Column, type Field, type Value, valueAt } from '@millrace/columnar'
import { bytesIn, grown } from '../window/growable.ts'
import type { OutputColumn } from '../window/output-column.ts'
import { type AggregateInput, type AggregateState, type EmitRange, type GroupedRows, pageField, TEXT_BYTES } from './aggregate-state.ts'

/** The first or last value of each group by the order of its row. */
export class PlacedState implements AggregateState {
  readonly #sign: 1 | -1
  readonly #type: string
  #keys: (string | undefined)[] = []
  #values: Value[] = []
  /** What mostly decides, where rows have it. */
  #leading = new Float64Array(0)

  constructor(options: { readonly last: boolean; readonly type: string }) {
    this.#sign = options.last ? 1 : -1
    this.#type = options.type
  }

  get bytes(): number {
    return bytesIn(this.#leading) + this.#keys.length * 2 * TEXT_BYTES
  }

  ensure(groups: number): void {
    while (this.#keys.length < groups) {
      this.#keys.push(undefined)
      this.#values.push(null)
    }
    this.#leading = grown(this.#leading, groups)
  }

  update({ column, take, order }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    if (column === null || order === undefined) return
    const { leading } = order
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      const group = groups[k]
      if (take !== null && take[row] === 0) continue
      if (leading !== null && this.#keys[group] !== undefined && (leading[row] - this.#leading[group]) * this.#sign < 0) continue
      if (this.#offer(group, order.keyOf(row), valueAt(column, row)) && leading !== null) this.#leading[group] = leading[row]
    }
  }

  #offer(group: number, key: string, value: Value): boolean {
    const known = this.#keys[group]
    if (known !== undefined && (this.#sign > 0 ? key <= known : key >= known)) return false
    this.#keys[group] = key
    this.#values[group] = value
    return true
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as PlacedState
    const key = from.#keys[otherGroup]
    if (key !== undefined && this.#offer(group, key, from.#values[otherGroup])) this.#leading[group] = from.#leading[otherGroup]
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    const from = other as PlacedState
    this.#keys[group] = from.#keys[otherGroup]
    this.#values[group] = from.#values[otherGroup]
    this.#leading[group] = from.#leading[otherGroup]
  }

  clear(): void {
    this.#keys.fill(undefined)
    this.#values.fill(null)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    for (let k = 0; k < count; k++) out.setValue(at + k, this.#values[groups[from + k]])
  }

  fields(): readonly Field[] {
    return [pageField('key', 'bytes', true), pageField('value', this.#type, true), pageField('leading', 'double')]
  }

  save(from: number, to: number): Column[] {
    const rows = this.#keys
      .slice(from, to)
      .map((key, i) => [key === undefined ? null : Buffer.from(key, 'latin1'), this.#values[from + i], this.#leading[from + i]])
    return [...batchFromRows(this.fields(), rows).columns]
  }

  load([keys, values, leading]: readonly Column[], from: number): void {
    const size = (leading as Column & { readonly kind: 'double' }).values.length
    this.#leading.set((leading as Column & { readonly kind: 'double' }).values, from)
    for (let row = 0; row < size; row++) {
      const key = valueAt(keys, row) as Uint8Array | null
      if (key === null) continue
      this.#keys[from + row] = Buffer.from(key).toString('latin1')
      this.#values[from + row] = valueAt(values, row)
    }
  }
}
