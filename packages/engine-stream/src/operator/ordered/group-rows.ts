import { bytesIn, grown } from '../window/growable.ts'

/** Which rows are in a group: a list a group, the row that came last first. */
export class GroupRows {
  /** By row: its group; the next row of that group and the one before it, plus one. */
  #groupOf = new Int32Array(64)
  #next = new Int32Array(64)
  #before = new Int32Array(64)
  /** By group: its first row, plus one, and how many it has. */
  #first = new Int32Array(64)
  #sizes = new Int32Array(64)

  get bytes(): number {
    return bytesIn(this.#groupOf, this.#next, this.#before, this.#first, this.#sizes)
  }

  add(row: number, group: number): void {
    this.#groupOf = grown(this.#groupOf, row + 1)
    this.#next = grown(this.#next, row + 1)
    this.#before = grown(this.#before, row + 1)
    this.#first = grown(this.#first, group + 1)
    this.#sizes = grown(this.#sizes, group + 1)
    const next = this.#first[group]
    this.#groupOf[row] = group
    this.#next[row] = next
    this.#before[row] = 0
    if (next !== 0) this.#before[next - 1] = row + 1
    this.#first[group] = row + 1
    this.#sizes[group]++
  }

  remove(row: number): void {
    const group = this.#groupOf[row]
    const next = this.#next[row]
    const before = this.#before[row]
    if (before === 0) this.#first[group] = next
    else this.#next[before - 1] = next
    if (next !== 0) this.#before[next - 1] = before
    this.#sizes[group]--
  }

  groupOf(row: number): number {
    return this.#groupOf[row]
  }

  sizeOf(group: number): number {
    return group < this.#sizes.length ? this.#sizes[group] : 0
  }

  rowsOf(group: number): Int32Array {
    const rows = new Int32Array(this.sizeOf(group))
    let size = 0
    for (let next = rows.length === 0 ? 0 : this.#first[group]; next !== 0; next = this.#next[next - 1]) rows[size++] = next - 1
    return rows
  }
}
