import type { Value } from '@millrace/core'
import type { ShownView } from './dev-event.ts'

/** Keys shown of a window. */
export const BUSY_KEYS_MAX = 5
/** Windows that are open at the same time in a summary; of more the earliest are given out as they are. */
const OPEN_WINDOWS_MAX = 10_000

/** What a closed window of a view holds, in short. */
export interface WindowSummary {
  readonly view: ShownView
  /** Epoch ms; undefined for views without windows. */
  readonly start: number | undefined
  readonly end: number
  readonly keys: number
  /** The greatest by the view's `busyBy`, greatest first. */
  readonly busiest: readonly (readonly Value[])[]
}

interface OpenSummary {
  start: number | undefined
  keys: number
  busiest: (readonly Value[])[]
}

/** Sums up the rows of a view window by window; rows of one window may come in parts. */
export class WindowSummaries {
  readonly #view: ShownView
  readonly #open = new Map<number, OpenSummary>()
  readonly #start: number
  readonly #end: number
  readonly #rank: number

  constructor(view: ShownView) {
    const at = (name: string | undefined): number => view.fields.findIndex((field) => field.name === name)
    this.#view = view
    this.#start = at('window_start')
    this.#end = at('window_end')
    this.#rank = at(view.busyBy)
  }

  add(rows: readonly (readonly Value[])[]): void {
    for (const row of rows) {
      const end = Number(row[this.#end] ?? 0)
      let open = this.#open.get(end)
      if (open === undefined) {
        open = { start: this.#start < 0 ? undefined : Number(row[this.#start]), keys: 0, busiest: [] }
        this.#open.set(end, open)
      }
      open.keys += 1
      this.#rankIn(open.busiest, row)
    }
  }

  /** Takes out the windows that end up to `until`, in order. */
  take(until: number): WindowSummary[] {
    const ends = [...this.#open.keys()].sort((a, b) => a - b)
    const taken = ends.filter((end, i) => end <= until || i < ends.length - OPEN_WINDOWS_MAX)
    return taken.map((end) => {
      const open = this.#open.get(end) as OpenSummary
      this.#open.delete(end)
      return { view: this.#view, end, ...open }
    })
  }

  #rankIn(busiest: (readonly Value[])[], row: readonly Value[]): void {
    const size = (one: readonly Value[]): number => (this.#rank < 0 ? 0 : Number(one[this.#rank] ?? Number.NEGATIVE_INFINITY))
    if (busiest.length === BUSY_KEYS_MAX && size(row) <= size(busiest[BUSY_KEYS_MAX - 1])) return
    const place = busiest.findIndex((one) => size(one) < size(row))
    busiest.splice(place < 0 ? busiest.length : place, 0, row)
    if (busiest.length > BUSY_KEYS_MAX) busiest.pop()
  }
}
