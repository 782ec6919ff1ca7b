import { type Column, takeColumn } from '@millrace/columnar'
import { packedOrder } from '../packed-order.ts'
import { bytesIn, bytesOfColumns } from '../window/growable.ts'
import { KeyIndex, NULL_KEY } from './key-index.ts'

export interface ChunkRows {
  readonly columns: readonly Column[]
  readonly times: Float64Array
  /** By row: dense id of its key, or `NULL_KEY`. */
  readonly keyIds: Int32Array
}

/** Rows of one side of a join that came together, with a table from key ids to rows. */
export class JoinChunk {
  readonly id: number
  readonly rows: number
  readonly columns: readonly Column[]
  readonly times: Float64Array
  keyIds: Int32Array
  readonly timeMin: number
  readonly timeMax: number
  /** By row: whether it found a partner. */
  readonly matched: Uint8Array
  matchedChanged = false
  /** Keys of its pages in the state store; none before it is first written. */
  readonly pages: string[] = []
  /** Rows, from the earliest on, that no partner can come for any more. */
  done = 0
  #order: Int32Array | null = null
  #index: KeyIndex | null = null

  constructor(id: number, { columns, times, keyIds }: ChunkRows) {
    this.id = id
    this.rows = times.length
    this.columns = columns
    this.times = times
    this.keyIds = keyIds
    this.matched = new Uint8Array(this.rows)
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    for (const time of times) {
      if (time < min) min = time
      if (time > max) max = time
    }
    this.timeMin = min
    this.timeMax = max
  }

  get live(): number {
    return this.rows - this.done
  }

  /** The least time of the rows that have not been passed. */
  get least(): number {
    if (this.done === 0) return this.timeMin
    return this.done === this.rows ? Number.POSITIVE_INFINITY : this.times[(this.#order as Int32Array)[this.done]]
  }

  get bytes(): number {
    return bytesOfColumns(this.columns) + bytesIn(this.keyIds, this.matched) + (this.#order?.byteLength ?? 0) + (this.#index?.bytes ?? 0)
  }

  /** Where the rows of a key are. */
  get index(): KeyIndex {
    this.#index ??= new KeyIndex(this.keyIds)
    return this.#index
  }

  /** Replaces the key ids after their table was compacted. */
  renumber(newIds: Int32Array): void {
    this.keyIds = this.keyIds.map((key) => (key === NULL_KEY ? NULL_KEY : newIds[key]))
    this.#index = null
  }

  /** Passes the rows before `bound`; gives them in the order of their times. */
  pass(bound: number): Int32Array {
    if (this.timeMin >= bound && this.done === 0) return new Int32Array(0)
    this.#order ??= orderOf(this.times)
    const from = this.done
    if (this.timeMax < bound) this.done = this.rows
    else while (this.done < this.rows && this.times[this.#order[this.done]] < bound) this.done++
    return this.#order.subarray(from, this.done)
  }

  /** The rows that may still find partners, as a chunk of their own. */
  survivors(): { readonly rows: ChunkRows; readonly matched: Uint8Array } {
    this.#order ??= orderOf(this.times)
    const kept = this.#order.slice(this.done)
    const times = new Float64Array(kept.length)
    const keyIds = new Int32Array(kept.length)
    const matched = new Uint8Array(kept.length)
    for (let at = 0; at < kept.length; at++) {
      times[at] = this.times[kept[at]]
      keyIds[at] = this.keyIds[kept[at]]
      matched[at] = this.matched[kept[at]]
    }
    return { rows: { columns: this.columns.map((column) => takeColumn(column, kept)), times, keyIds }, matched }
  }
}

/** The rows by time. */
function orderOf(times: Float64Array): Int32Array {
  const order = new Int32Array(times.length)
  let ascending = true
  for (let row = 0; row < order.length; row++) {
    order[row] = row
    ascending &&= row === 0 || times[row - 1] <= times[row]
  }
  return ascending ? order : (packedOrder(times) ?? order.sort((a, b) => times[a] - times[b]))
}
