import type { SourceField } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { DEAD_LETTER_RAW_BYTES_MAX, type DeadLetter } from '../dead-letter.ts'
import type { DecodedRow } from '../json-lines/row-decoder.ts'
import { RowList, type RowStore } from './row-store.ts'

/** Where a record lies in its split. */
export interface RecordPlace {
  readonly offset: number
  readonly line: number
}

/** Collects the records of one block, row by row, into columns and dead letters. */
export class RecordBuilder {
  readonly #rows: RowStore
  #offsets: number[] = []
  #lines: number[] = []
  #deadLetters: DeadLetter[] = []
  #blank = 0

  /** @param rows takes the rows; a list where left out */
  constructor(fields: readonly SourceField[], rows?: RowStore) {
    this.#rows = rows ?? new RowList(fields.map(({ name, type, nullable }) => ({ name, type, nullable: nullable === true })))
  }

  /** Takes a decoded record; `raw` is the whole of it, of which a dead letter keeps the beginning. */
  add(decoded: DecodedRow, raw: Uint8Array, at: RecordPlace): void {
    if (!('values' in decoded)) {
      this.refuse({ ...decoded, raw, length: raw.length }, at)
      return
    }
    this.#rows.add(decoded.values)
    this.taken(at)
  }

  /** Notes a record whose row the rows have already. */
  taken(at: RecordPlace): void {
    this.#offsets.push(at.offset)
    this.#lines.push(at.line)
  }

  refuse(letter: Pick<DeadLetter, 'reason' | 'column' | 'raw' | 'length'>, at: RecordPlace): void {
    const raw = letter.raw.slice(0, DEAD_LETTER_RAW_BYTES_MAX)
    this.#deadLetters.push({ ...letter, raw: new Uint8Array(raw), ...at, rowsBefore: this.#rows.size })
  }

  blank(): void {
    this.#blank += 1
  }

  /** What was collected; the builder begins anew. */
  take(): DecodedLines {
    const batch = this.#rows.take()
    const taken = {
      batch,
      offsets: Float64Array.from(this.#offsets),
      lineNumbers: Float64Array.from(this.#lines),
      deadLetters: this.#deadLetters,
      lines: batch.rows + this.#deadLetters.length + this.#blank,
      blank: this.#blank,
    }
    this.#offsets = []
    this.#lines = []
    this.#deadLetters = []
    this.#blank = 0
    return taken
  }
}
