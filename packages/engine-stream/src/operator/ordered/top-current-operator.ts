import type { Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { TopCurrentPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { CHANGE, changeColumn, changesOf } from './change.ts'
import { CurrentRows } from './current-rows.ts'
import { GatheredRows, sameTime } from './gathered-rows.ts'
import { batchOfFrame, registerColumn } from './ordered-rows.ts'
import { firstOfGroups } from './ranking.ts'
import { parts, type RowOperator, type RowOperatorOptions, tieColumns } from './row-operator.ts'

/** A row among the first of its group. */
interface RankedRow {
  readonly id: number
  readonly rank: number
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
    const touched = [...new Set(groups)]
    const before = this.#first(touched)
    this.#current.apply(batch, groups, changesOf(frame, this.#plan.change))
    const after = this.#first(touched)
    const gone = without(before, after, this.#plan.rank !== null)
    const come = without(after, before, this.#plan.rank !== null)
    this.#give(gone, CHANGE.before, ingestedAt)
    this.#give(come, CHANGE.after, ingestedAt)
  }

  #first(touched: readonly number[]): RankedRow[] {
    const lists = touched.map((group) => this.#current.idsOfGroup(group))
    const ids = Int32Array.from(lists.flat())
    const groups = Int32Array.from(lists.flatMap((list, place) => list.map(() => place)))
    const { order, n, rows } = this.#plan
    const { chosen, ranks } = firstOfGroups(this.#current.rowsOf(ids), groups, { order, ties: rows.ties, n })
    return Array.from(chosen, (row, place) => ({ id: ids[row], rank: ranks[place] }))
  }

  #give(rows: readonly RankedRow[], change: number, availableAt: number): void {
    const { rank, rows: plan } = this.#plan
    for (const part of parts(rows.length)) {
      const mine = Array.from(part, (place) => rows[place])
      const batch = this.#current.rowsOf(Int32Array.from(mine, ({ id }) => id))
      const columnOf = (register: number) => (): Column => registerColumn(batch, register)
      const ranked = (): Column => ({ kind: 'int64', safe: true, values: Float64Array.from(mine, (row) => row.rank), nulls: null })
      this.#options.counters.rowsOut += mine.length
      this.#options.onOutput(
        new GatheredRows(
          mine.length,
          new Map<string, () => Column>([
            ['_event_time', columnOf(plan.time)],
            ['_available_at', () => sameTime(mine.length, availableAt)],
            ...tieColumns(plan, columnOf),
            ['_op', () => changeColumn(mine.map(() => change))],
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
    this.#current.compact()
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

/** Rows that are in `rows` more often than in `others`; `ranked`: a row with another rank is another row. */
function without(rows: readonly RankedRow[], others: readonly RankedRow[], ranked: boolean): RankedRow[] {
  const nameOf = ({ id, rank }: RankedRow): string => (ranked ? `${id} ${rank}` : String(id))
  const counts = new Map<string, number>()
  for (const other of others) counts.set(nameOf(other), (counts.get(nameOf(other)) ?? 0) + 1)
  return rows.filter((row) => {
    const left = counts.get(nameOf(row)) ?? 0
    counts.set(nameOf(row), left - 1)
    return left <= 0
  })
}
