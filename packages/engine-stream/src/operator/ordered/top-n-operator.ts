import { type Column, takeColumn } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { TopNPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { KeyTable } from '../window/key-table.ts'
import { GatheredRows } from './gathered-rows.ts'
import type { OrderedRows } from './ordered-rows.ts'
import { firstOfGroups, type Ranked } from './ranking.ts'
import { RowHold } from './row-hold.ts'
import { keptSystemColumns, parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'

/**
 * The first rows of each group of a window. Rows wait until their window is over: held by its end, all rows of a group are taken out
 * together.
 */
export class TopNOperator implements RowOperator {
  readonly #plan: TopNPlan
  readonly #options: RowOperatorOptions
  readonly #waiting: RowHold

  constructor(plan: TopNPlan, options: RowOperatorOptions) {
    this.#plan = plan
    this.#options = options
    this.#waiting = new RowHold({ ...plan.rows, ties: [] }, options.inputs[0].columns)
  }

  push(_input: number, frame: Frame): void {
    this.#waiting.push(frame)
  }

  fire([progress]: readonly number[], availableAt: number): void {
    const rows = this.#waiting.take(this.#bound(progress))
    if (rows === undefined) return
    const { chosen, ranks } = this.#ranked(rows)
    for (const part of parts(chosen.length)) {
      const take = (places: Int32Array): Int32Array => part.map((place) => places[place])
      this.#give(rows, { chosen: take(chosen), ranks: take(ranks) }, availableAt)
    }
  }

  /** Windows that end before it are over. */
  #bound(progress: number): number {
    const { slackMs } = this.#plan
    if (progress === Number.POSITIVE_INFINITY) return progress
    return slackMs === null ? Number.NEGATIVE_INFINITY : progress + 1 - slackMs
  }

  #ranked(rows: OrderedRows): Ranked {
    const { rows: plan, order, n } = this.#plan
    const groups = new KeyTable(plan.keyFields).idsOf(
      plan.keys.map((register) => rows.column(register)),
      { selection: null, count: rows.rows, rows: rows.rows },
    )
    return firstOfGroups(rows, groups, { order, ties: plan.ties, n })
  }

  #give(rows: OrderedRows, { chosen, ranks }: Ranked, availableAt: number): void {
    const { rank, rows: plan } = this.#plan
    const take = (column: Column): Column => takeColumn(column, chosen)
    const ranked = (): Column => ({ kind: 'int64', safe: true, values: Float64Array.from(ranks), nulls: null })
    this.#options.counters.rowsOut += chosen.length
    this.#options.onOutput(
      new GatheredRows(
        chosen.length,
        new Map<string, () => Column>([
          ...keptSystemColumns(rows, plan, { rows: chosen.length, availableAt, take }),
          ...plan.columns.map(({ name, register }): [string, () => Column] => [name, () => take(rows.column(register))]),
          ...(rank === null ? [] : [[rank, ranked] as [string, () => Column]]),
        ]),
      ),
    )
  }

  get dueAt(): number {
    return this.#waiting.least
  }

  /** Rows leave when progress is past their window's end and the slack, so those to come lie so much before it. */
  progressAfter([progress]: readonly number[]): number {
    const bound = this.#bound(progress)
    return bound === Number.NEGATIVE_INFINITY ? bound : bound - 1
  }

  compact(): void {}

  get bytes(): number {
    return this.#waiting.bytes
  }

  readonly tableSizes = { keys: 0, values: 0 }

  takePages(): Iterable<StatePage> {
    return this.#waiting.takePages('waiting')
  }

  restore(pages: readonly KeptPage[], [progress]: readonly number[]): void {
    this.#waiting.restore('waiting', pages, this.#bound(progress))
  }
}
