import type { Value } from '@millrace/core'
import type { WindowState } from '@millrace/server'
import type { ShownView } from '../dev/dev-event.ts'
import { WindowSummaries, type WindowSummary } from '../dev/window-summary.ts'
import { jsonValue } from '../output/json-value.ts'

/** Closed windows that are kept of a view. */
const WINDOWS_MAX = 12

type Scalar = string | number | boolean | null

/** The latest closed windows of a view. */
export class WindowBoard {
  readonly #summaries: WindowSummaries
  #latest: readonly WindowState[] = []
  #rows = 0

  constructor(view: ShownView) {
    this.#summaries = new WindowSummaries(view)
  }

  get latest(): readonly WindowState[] {
    return this.#latest
  }

  /** Rows seen since this process began. */
  get rows(): number {
    return this.#rows
  }

  add(rows: readonly (readonly Value[])[]): void {
    this.#rows += rows.length
    this.#summaries.add(rows)
  }

  /** Takes over the windows that end up to `until`; says whether there was one. */
  close(until: number): boolean {
    const closed = this.#summaries.take(until).map(windowState)
    if (closed.length > 0) this.#latest = [...this.#latest, ...closed].slice(-WINDOWS_MAX)
    return closed.length > 0
  }
}

function windowState({ view, start, end, keys, busiest }: WindowSummary): WindowState {
  const top = busiest.map((row) => {
    const shown = view.fields.map((field, i) => [field.name, scalarOf(jsonValue(row[i], field.type))] as const)
    return {
      key: Object.fromEntries(shown.filter(([name]) => view.entity.includes(name))),
      values: Object.fromEntries(shown.filter(([name]) => !view.entity.includes(name) && !name.startsWith('window_'))),
    }
  })
  return {
    asset: view.name,
    window_start: new Date(start ?? end).toISOString(),
    window_end: new Date(end).toISOString(),
    rows: keys,
    top,
  }
}

/** Lists and structs as their JSON text. */
function scalarOf(value: unknown): Scalar {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Scalar)
}
