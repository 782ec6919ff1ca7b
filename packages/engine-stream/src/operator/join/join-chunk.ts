import { type Column, takeColumn } from '@millrace/columnar'
import { powerOfTwo } from '../window/growable.ts'
import { hashPair } from '../window/pair-table.ts'

const SLOTS_MIN = 16

/** Key id of rows whose key has a null: they never join. */
export const NULL_KEY = -1

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
  #heads: Int32Array | null = null
  #next: Int32Array = new Int32Array(0)

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

  /** The first row with this key, or −1; the others follow with `nextOf`. */
  firstOf(key: number): number {
    const heads = this.#heads ?? this.#index()
    const mask = heads.length - 1
    let slot = hashPair(key, 0) & mask
    for (let head = heads[slot]; head !== 0; head = heads[slot]) {
      if (this.keyIds[head - 1] === key) return head - 1
      slot = (slot + 1) & mask
    }
    return -1
  }

  nextOf(row: number): number {
    return this.#next[row] - 1
  }

  #index(): Int32Array {
    const heads = new Int32Array(powerOfTwo(Math.max(SLOTS_MIN, this.rows * 2)))
    const mask = heads.length - 1
    const next = new Int32Array(this.rows)
    for (let row = this.rows - 1; row >= 0; row--) {
      const key = this.keyIds[row]
      if (key === NULL_KEY) continue
      let slot = hashPair(key, 0) & mask
      while (heads[slot] !== 0 && this.keyIds[heads[slot] - 1] !== key) slot = (slot + 1) & mask
      next[row] = heads[slot]
      heads[slot] = row + 1
    }
    this.#heads = heads
    this.#next = next
    return heads
  }

  /** Replaces the key ids after their table was compacted. */
  renumber(newIds: Int32Array): void {
    this.keyIds = this.keyIds.map((key) => (key === NULL_KEY ? NULL_KEY : newIds[key]))
    this.#heads = null
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
    return {
      rows: {
        columns: this.columns.map((column) => takeColumn(column, kept)),
        times: Float64Array.from(kept, (row) => this.times[row]),
        keyIds: kept.map((row) => this.keyIds[row]),
      },
      matched: Uint8Array.from(kept, (row) => this.matched[row]),
    }
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
  return ascending ? order : order.sort((a, b) => times[a] - times[b])
}
