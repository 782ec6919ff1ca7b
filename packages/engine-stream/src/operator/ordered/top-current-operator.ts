import type { Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { RegisterColumn, TopCurrentPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { CHANGE, changeColumn, changesOf } from './change.ts'
import { CurrentRows } from './current-rows.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { batchOfFrame } from './ordered-rows.ts'
import { reversed } from './ranking.ts'
import { parts, type RowOperator, type RowOperatorOptions, tieColumns } from './row-operator.ts'
import { rowComparer } from './row-order.ts'
import { comparerOf, type RowComparer } from './value-order.ts'

/** Up to so many first rows of a group are remembered; of more they are looked for again. */
const REMEMBERED_MAX = 100
/** So many rows more are known as the next, which come up when one of the first is taken back. */
const SPARE_ROWS = 8

/** The first rows of a group, and whether it has no others. */
interface FirstRows {
  readonly group: number
  readonly ids: Int32Array
  readonly areAll: boolean
}

/** About the bytes of the first rows of a group that are remembered. */
const GIVEN_BYTES = 150

/** Rows among the first of their group, in parallel arrays. */
interface RankedRows {
  readonly ids: number[]
  readonly ranks: number[]
}

/**
 * The first rows of each group of rows that are corrected.
 * 1. Of each group the first rows are known in their order, some more than are given.
 * 2. What a batch takes back goes from them, and what it brings comes among them where it stands before the last of them. What stands
 *    behind it comes only where all rows of the group are known: others, unknown, may stand before.
 * 3. When too few are left, the first rows are looked for among all of the group.
 * 4. What of the first rows differs is given.
 */
export class TopCurrentOperator implements RowOperator {
  readonly #plan: TopCurrentPlan
  readonly #options: RowOperatorOptions
  readonly #current: CurrentRows
  readonly #registers: RowOperatorOptions['inputs'][number]['columns']
  /** By group: the ids of its first rows in their order, where they are remembered. */
  #known: (Int32Array | undefined)[] = []

  constructor(plan: TopCurrentPlan, options: RowOperatorOptions) {
    this.#plan = plan
    this.#options = options
    this.#registers = options.inputs[0].columns.filter(({ register }) => register !== plan.change)
    const { identity, rows } = plan
    this.#current = new CurrentRows({ columns: this.#registers, identity, groups: rows.keys, groupFields: rows.keyFields })
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const { n } = this.#plan
    const batch = batchOfFrame(frame, this.#registers)
    const groups = this.#current.groupsOf(batch)
    const before = this.#before(Int32Array.from(new Set(groups)))
    const { added } = this.#current.apply(batch, groups, changesOf(frame, this.#plan.change))
    const news = Map.groupBy(added, (id) => this.#current.groupOf(id))
    const compare = this.#comparer()
    const gone: RankedRows = { ids: [], ranks: [] }
    const come: RankedRows = { ids: [], ranks: [] }
    for (const first of before) {
      const after = this.#after(first, news.get(first.group) ?? [], compare)
      this.#compare(first.ids.subarray(0, n), after.subarray(0, n), { gone, come })
      this.#known[first.group] = n <= REMEMBERED_MAX ? after : undefined
    }
    this.#give(gone, CHANGE.before, ingestedAt)
    this.#give(come, CHANGE.after, ingestedAt)
  }

  /** The first rows of groups as they stand. */
  #before(groups: Int32Array): FirstRows[] {
    const compare = this.#comparer()
    return Array.from(groups, (group) => {
      const ids = this.#known[group] ?? this.#firstOf(group, compare)
      return { group, ids, areAll: ids.length === this.#current.sizeOfGroup(group) }
    })
  }

  #after({ group, ids, areAll }: FirstRows, news: readonly number[], compare: RowComparer): Int32Array {
    const left = ids.filter((id) => !this.#current.isGone(id))
    const last = ids[ids.length - 1]
    const near = (areAll ? [...news] : news.filter((id) => compare(id, last) < 0)).sort(compare)
    const first = near.length === 0 ? left : mergedRows(left, near, compare).subarray(0, this.#plan.n + SPARE_ROWS)
    const isEnough = first.length >= this.#plan.n || first.length === this.#current.sizeOfGroup(group)
    return isEnough ? first : this.#firstOf(group, compare)
  }

  #firstOf(group: number, compare: RowComparer): Int32Array {
    return this.#current
      .idsOfGroup(group)
      .sort(compare)
      .slice(0, this.#plan.n + SPARE_ROWS)
  }

  /** The order of rows by their ids, ties by the columns from left to right, until changes are applied. */
  #comparer(): RowComparer {
    const { order, rows } = this.#plan
    const comparer = ({ register, type }: RegisterColumn): RowComparer => comparerOf(this.#current.view(register), type)
    return rowComparer([
      ...order.map((one) => () => (one.descending ? reversed(comparer(one)) : comparer(one))),
      ...rows.ties.map((one) => () => comparer(one)),
    ])
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
      const chosen = part.map((place) => ids[place])
      const columnOf = (register: number) => (): Column => this.#current.take(register, chosen)
      const ranked = (): Column => ({ kind: 'int64', safe: true, values: Float64Array.from(part, (place) => ranks[place]), nulls: null })
      this.#options.counters.rowsOut += chosen.length
      this.#options.onOutput(
        new GatheredRows(
          chosen.length,
          new Map<string, () => Column>([
            ['_event_time', columnOf(plan.time)],
            ['_available_at', () => sameTime(chosen.length, availableAt)],
            ...tieColumns(plan, columnOf),
            ['_op', () => changeColumn(new Int32Array(chosen.length).fill(change))],
            ...plan.columns.map(({ name, register }): [string, () => Column] => [name, columnOf(register)]),
            ...(rank === null ? [] : [[rank, ranked] as [string, () => Column]]),
          ]),
        ),
      )
    }
  }

  fire(): void {}

  readonly dueAt = Number.POSITIVE_INFINITY

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {
    if (this.#current.compact()) this.#known = []
  }

  get bytes(): number {
    return this.#current.bytes + this.#known.length * GIVEN_BYTES
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

/** Two lists in order, brought together in order. */
function mergedRows(left: Int32Array, right: readonly number[], compare: RowComparer): Int32Array {
  const merged = new Int32Array(left.length + right.length)
  let [l, r] = [0, 0]
  for (let at = 0; at < merged.length; at++) {
    const fromLeft = r === right.length || (l < left.length && compare(left[l], right[r]) < 0)
    merged[at] = fromLeft ? left[l++] : right[r++]
  }
  return merged
}
