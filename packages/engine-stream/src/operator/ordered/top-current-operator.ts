import type { Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { TopCurrentPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { CHANGE, changeColumn, changesOf } from './change.ts'
import { CurrentRows } from './current-rows.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { batchOfFrame } from './ordered-rows.ts'
import { firstOfGroups } from './ranking.ts'
import { parts, type RowOperator, type RowOperatorOptions, tieColumns } from './row-operator.ts'

/** Up to so many first rows a group are remembered; of more they are looked for again. */
const REMEMBERED_MAX = 100

/** Rows among the first of their group, in parallel arrays. */
interface RankedRows {
  readonly ids: number[]
  readonly ranks: number[]
}

/**
 * The first rows of each group of rows that are corrected. The groups that a batch touches are ranked as they were and as they are now;
 * what differs is given.
 */
export class TopCurrentOperator implements RowOperator {
  readonly #plan: TopCurrentPlan
  readonly #options: RowOperatorOptions
  readonly #current: CurrentRows
  readonly #registers: RowOperatorOptions['inputs'][number]['columns']
  /** By group: the ids of its first rows, as they were last given. */
  readonly #given = new Map<number, Int32Array>()

  constructor(plan: TopCurrentPlan, options: RowOperatorOptions) {
    this.#plan = plan
    this.#options = options
    this.#registers = options.inputs[0].columns.filter(({ register }) => register !== plan.change)
    this.#current = new CurrentRows({ columns: this.#registers, groups: plan.rows.keys, groupFields: plan.rows.keyFields })
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const batch = batchOfFrame(frame, this.#registers)
    const groups = this.#current.groupsOf(batch)
    const touched = Int32Array.from(new Set(groups))
    const unknown = touched.filter((group) => !this.#given.has(group))
    const found = new Map(this.#first(unknown).map((ids, place) => [unknown[place], ids]))
    this.#current.apply(batch, groups, changesOf(frame, this.#plan.change))
    const gone: RankedRows = { ids: [], ranks: [] }
    const come: RankedRows = { ids: [], ranks: [] }
    for (const [place, after] of this.#first(touched).entries()) {
      const group = touched[place]
      const before = (this.#given.get(group) ?? found.get(group)) as Int32Array
      this.#compare(before, after, { gone, come })
      if (this.#plan.n <= REMEMBERED_MAX) this.#given.set(group, after)
    }
    this.#give(gone, CHANGE.before, ingestedAt)
    this.#give(come, CHANGE.after, ingestedAt)
  }

  /** By group: the ids of its first rows in their order. */
  #first(groups: Int32Array): Int32Array[] {
    const lists = Array.from(groups, (group) => this.#current.idsOfGroup(group))
    const ids = Int32Array.from(lists.flat())
    const places = new Int32Array(ids.length)
    let at = 0
    for (const [place, list] of lists.entries()) places.fill(place, at, (at += list.length))
    const { order, n, rows } = this.#plan
    const { chosen } = firstOfGroups(this.#current.viewOf(ids), places, { order, ties: rows.ties, n })
    let from = 0
    return lists.map((list) => {
      const first = chosen.subarray(from, from + Math.min(n, list.length))
      from += first.length
      return first.map((row) => ids[row])
    })
  }

  /** What of a group is not among the first any more and what is new there; where ranks are told, a row with another rank is another row. */
  #compare(before: Int32Array, after: Int32Array, { gone, come }: { readonly gone: RankedRows; readonly come: RankedRows }): void {
    if (this.#plan.rank === null) {
      without(before, after, gone)
      without(after, before, come)
      return
    }
    for (let place = 0; place < Math.max(before.length, after.length); place++) {
      if (before[place] === after[place]) continue
      if (place < before.length) add(gone, before[place], place + 1)
      if (place < after.length) add(come, after[place], place + 1)
    }
  }

  #give({ ids, ranks }: RankedRows, change: number, availableAt: number): void {
    const { rank, rows: plan } = this.#plan
    for (const part of parts(ids.length)) {
      const rows = this.#current.viewOf(part.map((place) => ids[place]))
      const columnOf = (register: number) => (): Column => rows.column(register)
      const ranked = (): Column => ({ kind: 'int64', safe: true, values: Float64Array.from(part, (place) => ranks[place]), nulls: null })
      this.#options.counters.rowsOut += rows.rows
      this.#options.onOutput(
        new GatheredRows(
          rows.rows,
          new Map<string, () => Column>([
            ['_event_time', columnOf(plan.time)],
            ['_available_at', () => sameTime(rows.rows, availableAt)],
            ...tieColumns(plan, columnOf),
            ['_op', () => changeColumn(new Int32Array(rows.rows).fill(change))],
            ...plan.columns.map(({ name, register }): [string, () => Column] => [name, columnOf(register)]),
            ...(rank === null ? [] : [[rank, ranked] as [string, () => Column]]),
          ]),
        ),
      )
    }
  }

  fire(): void {}

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {
    if (this.#current.compact()) this.#given.clear()
  }

  get tableSizes(): { readonly keys: number; readonly values: number } {
    return { keys: this.#current.size, values: 0 }
  }

  takePages(): Iterable<StatePage> {
    return this.#current.takePages()
  }

  restore(pages: readonly KeptPage[]): void {
    this.#current.restore(pages)
  }
}

function add({ ids, ranks }: RankedRows, id: number, rank: number): void {
  ids.push(id)
  ranks.push(rank)
}

/** Rows that are in `rows` more often than in `others`. */
function without(rows: Int32Array, others: Int32Array, into: RankedRows): void {
  const counts = new Map<number, number>()
  for (const other of others) counts.set(other, (counts.get(other) ?? 0) + 1)
  for (const [place, id] of rows.entries()) {
    const left = counts.get(id) ?? 0
    counts.set(id, left - 1)
    if (left <= 0) add(into, id, place + 1)
  }
}
