/** Larger values lie on pages of their own. A third of the smallest page: LMDB puts at least two entries on a page. */
const INLINE_BYTES_MAX = 1300
/** Header of an entry, and of the pages a large value lies on. */
const HEADER_BYTES = 16
/** Root pages, the list of free pages, and the pages that LMDB splits. */
const SLACK_PAGES = 24

/** Adds up what one write transaction may take on disk. */
export class WriteSize {
  #valueBytes = 0
  #largeValues = 0
  #inlineBytes = 0
  #puts = 0
  #removes = 0

  put(keyBytes: number, valueBytes: number): void {
    this.#puts++
    this.#valueBytes += valueBytes
    this.#inlineBytes += keyBytes + HEADER_BYTES
    if (valueBytes > INLINE_BYTES_MAX) this.#largeValues++
    else this.#inlineBytes += valueBytes
  }

  remove(): void {
    this.#removes++
  }

  get isEmpty(): boolean {
    return this.#puts + this.#removes === 0
  }

  get valueBytes(): number {
    return this.#valueBytes + this.#inlineBytes
  }

  /** Whether it takes out more entries than it puts in, none of them large. */
  get frees(): boolean {
    return this.#removes > 0 && this.#largeValues === 0 && this.#puts <= this.#removes + 1
  }

  /** Pages that LMDB writes at most: those of large values, a copy of every page of the tree that is touched, and new ones that are half full. */
  pagesMax(tree: { readonly pageBytes: number; readonly treePages: number; readonly depth: number }): number {
    const { pageBytes, treePages, depth } = tree
    const large = Math.ceil(this.#valueBytes / pageBytes) + this.#largeValues
    const touched = Math.min(treePages, (this.#puts + this.#removes) * depth)
    const split = Math.ceil((2 * this.#inlineBytes) / pageBytes)
    return large + touched + split + SLACK_PAGES
  }
}
