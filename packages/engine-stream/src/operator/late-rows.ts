import { grown } from './window/growable.ts'

/** Rows of the present batch that missed windows, by row number. */
export class LateRows {
  size = 0
  rows = new Int32Array(64)
  /** Windows each row missed. */
  missed = new Float64Array(64)

  add(row: number, missed: number): void {
    if (this.size >= this.rows.length) {
      this.rows = grown(this.rows, this.size + 1)
      this.missed = grown(this.missed, this.size + 1)
    }
    this.rows[this.size] = row
    this.missed[this.size++] = missed
  }

  clear(): void {
    this.size = 0
  }
}
