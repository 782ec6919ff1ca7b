import { grown } from './growable.ts'
import type { Tile } from './tile.ts'

/** Rows of a range, collected with their keys and sorted by tile; its arrays are reused from range to range. */
export class RowGroups {
  #size = 0
  #rows = new Int32Array(64)
  #keys = new Int32Array(64)
  #ordinals = new Int32Array(64)
  #sortedRows = new Int32Array(64)
  #sortedKeys = new Int32Array(64)
  readonly #tiles: Tile[] = []

  add(tile: Tile, row: number, key: number): void {
    if (tile.ordinal < 0) tile.ordinal = this.#tiles.push(tile) - 1
    const at = this.#size++
    if (at >= this.#rows.length) this.#grow(at + 1)
    this.#rows[at] = row
    this.#keys[at] = key
    this.#ordinals[at] = tile.ordinal
  }

  #grow(length: number): void {
    this.#rows = grown(this.#rows, length)
    this.#keys = grown(this.#keys, length)
    this.#ordinals = grown(this.#ordinals, length)
  }

  /** Hands out the rows tile by tile, each tile's in their order, and starts anew. */
  drain(visit: (tile: Tile, rows: Int32Array, keys: Int32Array, count: number) => void): void {
    const tiles = this.#tiles
    if (tiles.length === 1) visit(tiles[0], this.#rows, this.#keys, this.#size)
    else if (tiles.length > 1) this.#drainSorted(visit)
    for (const tile of tiles) tile.ordinal = -1
    tiles.length = 0
    this.#size = 0
  }

  #drainSorted(visit: (tile: Tile, rows: Int32Array, keys: Int32Array, count: number) => void): void {
    const size = this.#size
    const ends = new Int32Array(this.#tiles.length + 1)
    for (let at = 0; at < size; at++) ends[this.#ordinals[at] + 1]++
    for (let ordinal = 0; ordinal < this.#tiles.length; ordinal++) ends[ordinal + 1] += ends[ordinal]
    const next = ends.slice()
    this.#sortedRows = grown(this.#sortedRows, size)
    this.#sortedKeys = grown(this.#sortedKeys, size)
    for (let at = 0; at < size; at++) {
      const to = next[this.#ordinals[at]]++
      this.#sortedRows[to] = this.#rows[at]
      this.#sortedKeys[to] = this.#keys[at]
    }
    this.#tiles.forEach((tile, ordinal) => {
      const from = ends[ordinal]
      const to = ends[ordinal + 1]
      visit(tile, this.#sortedRows.subarray(from, to), this.#sortedKeys.subarray(from, to), to - from)
    })
  }
}
