import type { Tile } from './tile.ts'

/** The live tiles, found by index and in the order of time. Tiles mostly come at the end and go at the front. */
export class TileList {
  readonly #byIndex = new Map<number, Tile>()
  #ordered: Tile[] = []
  /** Tiles before it in `#ordered` are gone. */
  #head = 0

  get size(): number {
    return this.#byIndex.size
  }

  get(index: number): Tile | undefined {
    return this.#byIndex.get(index)
  }

  first(): Tile | undefined {
    return this.#ordered[this.#head]
  }

  add(tile: Tile): void {
    this.#byIndex.set(tile.index, tile)
    let place = this.#ordered.length
    while (place > this.#head && this.#ordered[place - 1].index > tile.index) place--
    this.#ordered.splice(place, 0, tile)
  }

  /** Takes the earliest tile out. */
  removeFirst(): void {
    const tile = this.#ordered[this.#head++]
    this.#byIndex.delete(tile.index)
    if (this.#head * 2 <= this.#ordered.length) return
    this.#ordered = this.#ordered.slice(this.#head)
    this.#head = 0
  }

  get bytes(): number {
    return this.#ordered.reduce((sum, tile) => sum + tile.bytes, 0)
  }

  /** Takes out a tile wherever it stands. */
  remove(tile: Tile): void {
    if (this.first() === tile) {
      this.removeFirst()
      return
    }
    this.#byIndex.delete(tile.index)
    this.#ordered = this.#ordered.filter((one) => one !== tile)
  }

  /** All tiles from the earliest on. */
  all(): readonly Tile[] {
    return this.#head === 0 ? this.#ordered : this.#ordered.slice(this.#head)
  }

  /** The tiles that the running window holds, from the earliest on. */
  entered(): readonly Tile[] {
    return this.all().filter((tile) => tile.entered)
  }
}
