import { batchFromRows, type Column, elementText, type Field, listText, valueAt } from '@millrace/columnar'
import type { OutputColumn } from '../window/output-column.ts'
import {
  type AggregateInput,
  type AggregateState,
  type EmitCounts,
  type EmitRange,
  type GroupedRows,
  pageField,
  TEXT_BYTES,
} from './aggregate-state.ts'

/** Values of a group: keys of their rows, and in parallel their texts as elements of a list. */
interface Collected {
  readonly keys: string[]
  readonly texts: string[]
  /** Whether values beyond the limit were dropped. */
  cut: boolean
}

/** A group is cut to the limit when it holds so many more. */
const SLACK = 64

/** The values of each group, in the order of their rows; with a limit the first of them. */
export class CollectState implements AggregateState {
  readonly #max: number
  readonly #type: string
  #groups: (Collected | undefined)[] = []

  constructor(options: { readonly max: number | null; readonly type: string }) {
    this.#max = options.max ?? Number.POSITIVE_INFINITY
    this.#type = options.type
  }

  get bytes(): number {
    return this.#groups.reduce((sum, one) => sum + (one === undefined ? 8 : (one.keys.length + 1) * 2 * TEXT_BYTES), 0)
  }

  ensure(groups: number): void {
    while (this.#groups.length < groups) this.#groups.push(undefined)
  }

  update({ column, take, order }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    if (column === null || order === undefined) return
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take !== null && take[row] === 0) continue
      const collected = this.#of(groups[k])
      collected.keys.push(order.keyOf(row))
      collected.texts.push(elementText(valueAt(column, row), this.#type))
      this.#limit(groups[k])
    }
  }

  #of(group: number): Collected {
    const known = this.#groups[group]
    if (known !== undefined) return known
    const collected = { keys: [], texts: [], cut: false }
    this.#groups[group] = collected
    return collected
  }

  #limit(group: number): void {
    const { keys } = this.#of(group)
    if (keys.length > this.#max + SLACK && keys.length > this.#max * 2) this.#groups[group] = this.#sorted(group)
  }

  /** In order, no more than the limit. */
  #sorted(group: number): Collected {
    const { keys, texts, cut } = this.#of(group)
    const places = Array.from(keys.keys()).sort((a, b) => (keys[a] < keys[b] ? -1 : Number(keys[a] > keys[b])))
    const kept = places.slice(0, Math.min(this.#max, places.length))
    return { keys: kept.map((i) => keys[i]), texts: kept.map((i) => texts[i]), cut: cut || kept.length < places.length }
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    const from = (other as CollectState).#groups[otherGroup]
    if (from === undefined) return
    const { keys, texts, cut } = this.#of(group)
    this.#groups[group] = { keys: keys.concat(from.keys), texts: texts.concat(from.texts), cut: cut || from.cut }
    this.#limit(group)
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    const from = (other as CollectState).#groups[otherGroup]
    this.#groups[group] = from === undefined ? undefined : { keys: from.keys.slice(), texts: from.texts.slice(), cut: from.cut }
  }

  clear(): void {
    this.#groups.fill(undefined)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn, counts: EmitCounts): void {
    for (let k = 0; k < count; k++) {
      const group = groups[from + k]
      if (this.#groups[group] === undefined) out.setNull(at + k)
      else {
        const { texts, cut } = this.#sorted(group)
        if (cut) counts.saturated++
        out.setText(at + k, listText(texts))
      }
    }
  }

  fields(): readonly Field[] {
    return [pageField('collected', 'string', true)]
  }

  save(from: number, to: number): Column[] {
    const rows = this.#groups.slice(from, to).map((collected) => [collected === undefined ? null : savedText(collected)])
    return [...batchFromRows(this.fields(), rows).columns]
  }

  load([saved]: readonly Column[], from: number): void {
    const size = (saved as Column & { readonly kind: 'string' }).codes.length
    for (let row = 0; row < size; row++) {
      const text = valueAt(saved, row) as string | null
      if (text !== null) this.#groups[from + row] = JSON.parse(text) as Collected
    }
  }
}

function savedText({ keys, texts, cut }: Collected): string {
  return JSON.stringify({ keys, texts, cut })
}
