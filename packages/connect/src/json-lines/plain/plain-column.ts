import { type Column, grown, type Value } from '@millrace/columnar'

/** What `read` gives for a value that takes a closer look. */
export const NOT_PLAIN = -1
/** Room of a column at first. */
export const ROWS_MIN = 1024

/** A column under construction, out of the bytes of JSON values. */
export interface PlainColumn {
  /** Reads the value that begins at `bytes[at]` as that of a row; gives the place behind it, or `NOT_PLAIN`. */
  read(row: number, bytes: Buffer, at: number): number
  /** Takes a value that was read elsewhere. */
  set(row: number, value: Value): void
  /** The first `rows` rows; what follows are other rows. */
  take(rows: number): Column
}

const NULL = 0x6e
const NULL_TAIL = [0x75, 0x6c, 0x6c]

/** Which rows have no value. */
export class PlainNulls {
  #nulls: Uint8Array | null = null

  mark(row: number): void {
    this.#nulls = grown(this.#nulls ?? new Uint8Array(ROWS_MIN), row + 1)
    this.#nulls[row] = 1
  }

  /** A row that was given up before it was whole may have been marked. */
  clear(row: number): void {
    if (this.#nulls !== null && row < this.#nulls.length) this.#nulls[row] = 0
  }

  take(rows: number): Uint8Array | null {
    const nulls = this.#nulls
    this.#nulls = null
    if (nulls === null) return null
    const taken = new Uint8Array(rows)
    taken.set(nulls.subarray(0, rows))
    return taken.includes(1) ? taken : null
  }
}

/** The place behind `null` at `at`, or `NOT_PLAIN`. */
export function behindNull(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== NULL) return NOT_PLAIN
  for (let i = 0; i < NULL_TAIL.length; i++) if (bytes[at + 1 + i] !== NULL_TAIL[i]) return NOT_PLAIN
  return at + 1 + NULL_TAIL.length
}
