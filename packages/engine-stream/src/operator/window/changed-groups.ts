import { grown } from './growable.ts'

/** Groups of one page. */
export const PAGE_GROUPS_MAX = 4096
/** A page is written whole where at least one in so many of its groups changed. */
const WHOLE_PAGE_SHARE = 4
/** For each group that is written alone so many are written anew with their page: about a quarter as many as all groups stay alone. */
const GROUPS_REWRITTEN = 4
/** A change page counts for so many groups at least, which keeps down how many there are. */
const CHANGE_PAGE_GROUPS_MIN = 64

/** What of a tile's groups is to be written. */
export interface GroupWrites {
  /** Pages that are written whole. */
  readonly pages: readonly number[]
  /** Groups of other pages, ascending. */
  readonly groups: Int32Array
}

/**
 * The groups of a tile that changed since they were last written.
 * 1. A page is written whole when it is new or when many of its groups changed; of the others, the groups that changed are written
 *    alone, in change pages that are numbered on.
 * 2. For each group that is written alone, a part of a page becomes due: the page that was not written for the longest time is next.
 * 3. A page knows the number of the first change page after it. A change page before that of every page is no longer needed.
 */
export class ChangedGroups {
  /** By page: the number of the first change page after it was written; undefined: it is not written yet. */
  readonly since: (number | undefined)[] = []
  /** Number of the change page that is written next. */
  next = 0
  /** Change pages before it are gone. */
  first = 0
  /** By group: 1 where it changed. A tile of one page is always written whole, so nothing is noted of its groups. */
  #flags = new Uint8Array(0)
  /** By page: how many of its groups changed. */
  readonly #counts: number[] = []
  /** Groups that are due to be written with their page. */
  #due = 0

  /** @param size groups of the tile */
  touch(slots: Int32Array, count: number, size: number): void {
    if (size <= PAGE_GROUPS_MAX) this.#counts[0] = PAGE_GROUPS_MAX
    else this.#touchEach(slots, count, size)
  }

  #touchEach(slots: Int32Array, count: number, size: number): void {
    this.#flags = grown(this.#flags, size)
    const flags = this.#flags
    while (this.#counts.length * PAGE_GROUPS_MAX < size) this.#counts.push(0)
    for (let k = 0; k < count; k++) {
      const slot = slots[k]
      if (flags[slot] === 1) continue
      flags[slot] = 1
      this.#counts[Math.floor(slot / PAGE_GROUPS_MAX)]++
    }
  }

  get bytes(): number {
    return this.#flags.byteLength
  }

  get any(): boolean {
    return this.#counts.some((count) => count > 0)
  }

  /** What is to be written now; nothing counts as changed afterwards. */
  take(size: number): GroupWrites {
    const whole = new Set<number>()
    let alone = 0
    for (const [page, count] of this.#counts.entries()) {
      if (count === 0) continue
      const rows = Math.min(PAGE_GROUPS_MAX, size - page * PAGE_GROUPS_MAX)
      if (this.since[page] === undefined || count * WHOLE_PAGE_SHARE >= rows) whole.add(page)
      else alone += count
    }
    if (alone > 0) this.#due += Math.max(alone, CHANGE_PAGE_GROUPS_MIN) * GROUPS_REWRITTEN
    for (; this.#due >= PAGE_GROUPS_MAX; this.#due -= PAGE_GROUPS_MAX) whole.add(this.#oldest(whole))
    const groups = this.#flagged(size, whole)
    this.#flags.fill(0)
    this.#counts.fill(0)
    return { pages: [...whole], groups }
  }

  /** The page that was written before all others; 0 where all are written now. */
  #oldest(whole: ReadonlySet<number>): number {
    let oldest = 0
    let least = Number.POSITIVE_INFINITY
    for (let page = 0; page < this.since.length; page++) {
      const since = this.since[page] ?? 0
      if (since >= least || whole.has(page)) continue
      oldest = page
      least = since
    }
    return oldest
  }

  #flagged(size: number, whole: ReadonlySet<number>): Int32Array {
    const groups: number[] = []
    for (const [page, count] of this.#counts.entries()) {
      if (count === 0 || whole.has(page)) continue
      const end = Math.min(size, (page + 1) * PAGE_GROUPS_MAX)
      for (let group = page * PAGE_GROUPS_MAX; group < end; group++) if (this.#flags[group] === 1) groups.push(group)
    }
    return Int32Array.from(groups)
  }

  /** Goes on after the change pages from `first` to before `next`, which hold so many groups. */
  restore({ first, next, groups }: { readonly first: number; readonly next: number; readonly groups: number }): void {
    this.first = first
    this.next = next
    this.#due = Math.min(PAGE_GROUPS_MAX, groups * GROUPS_REWRITTEN)
  }

  /** The change pages that are no longer needed, by number; they count as gone. */
  takeObsolete(): number[] {
    if (this.first === this.next) return []
    const needed = this.since.reduce<number>((least, since) => Math.min(least, since ?? this.next), this.next)
    const gone = Array.from({ length: needed - this.first }, (_, i) => this.first + i)
    this.first = needed
    return gone
  }
}
