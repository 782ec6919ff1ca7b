import type { Batch } from '@millrace/columnar'
import { aggregateGroups } from '../aggregate/aggregate-groups.ts'
import { aggregateRegisters } from '../aggregate/aggregate-registers.ts'
import { compactValues } from '../aggregate/compact-values.ts'
import { createAggregates } from '../aggregate/create-aggregate.ts'
import type { WindowedAggregate } from '../aggregate/windowed-aggregate.ts'
import type { Frame } from '../frame.ts'
import type { TotalPlan } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { CHANGE, changesOf } from './change.ts'
import { CurrentRows } from './current-rows.ts'
import { batchOfFrame, frameOf } from './ordered-rows.ts'
import { parts, type RowOperator, type RowOperatorOptions } from './row-operator.ts'
import { TotalOutput } from './total-output.ts'

/**
 * Aggregates over the current ones of rows that are corrected. What the aggregates read of them is kept, and those of the keys that a
 * batch touches are made anew: an extreme, a first row or a distinct value cannot be taken back otherwise.
 */
export class CorrectedTotalOperator implements RowOperator {
  readonly #plan: TotalPlan
  readonly #options: RowOperatorOptions
  readonly #current: CurrentRows
  readonly #registers: RowOperatorOptions['inputs'][number]['columns']
  readonly #aggregates: readonly WindowedAggregate[]
  readonly #output: TotalOutput

  constructor(plan: TotalPlan, options: RowOperatorOptions) {
    const [{ columns }] = options.inputs
    const read = new Set([...plan.keys, ...plan.aggregates.flatMap(aggregateRegisters)])
    this.#plan = plan
    this.#options = options
    this.#registers = columns.filter(({ register }) => read.has(register))
    this.#current = new CurrentRows({ columns: this.#registers, identity: null, groups: plan.keys, groupFields: plan.keyFields })
    this.#aggregates = createAggregates(plan.aggregates)
    this.#output = new TotalOutput(plan.keyFields, plan.aggregates, options)
  }

  push(_input: number, frame: Frame, ingestedAt: number): void {
    if (frame.count === 0) return
    const batch = batchOfFrame(frame, this.#registers)
    const groups = this.#current.groupsOf(batch)
    const touched = [...new Set(groups)]
    const before = this.#idsOf(touched)
    this.#current.apply(batch, groups, changesOf(frame, this.#plan.change))
    const after = this.#idsOf(touched)
    this.#give(before, (group) => (after.has(group) ? CHANGE.before : CHANGE.remove), ingestedAt)
    this.#give(after, (group) => (before.has(group) ? CHANGE.after : CHANGE.insert), ingestedAt)
  }

  /** The rows of those groups that have any. */
  #idsOf(groups: readonly number[]): ReadonlyMap<number, Int32Array> {
    return new Map(groups.map((group) => [group, this.#current.idsOfGroup(group)] as const).filter(([, ids]) => ids.length > 0))
  }

  #give(rowsOf: ReadonlyMap<number, Int32Array>, change: (group: number) => number, availableAt: number): void {
    const groups = [...rowsOf.keys()]
    for (const part of parts(groups.length)) {
      const mine = Array.from(part, (place) => groups[place])
      this.#aggregate(mine.map((group) => rowsOf.get(group) as Int32Array))
      this.#output.give(this.#current.groupColumns(Int32Array.from(mine)), { changes: Int32Array.from(mine, change), availableAt })
    }
  }

  /** Puts the aggregates of lists of rows into the output. */
  #aggregate(lists: readonly Int32Array[]): void {
    const batch: Batch = this.#current.rowsOf(joined(lists))
    const frame = frameOf(batch, this.#options.inputs[0].registers)
    const groups = joined(lists.map((ids, group) => new Int32Array(ids.length).fill(group)))
    const into = { out: this.#output.columns, counts: this.#options.counters }
    aggregateGroups(this.#aggregates, { frame, groups, count: lists.length }, into)
  }

  fire(): void {}

  readonly dueAt = Number.POSITIVE_INFINITY

  progressAfter([progress]: readonly number[]): number {
    return progress
  }

  compact(): void {
    compactValues(this.#aggregates, [])
    this.#current.compact()
  }

  get bytes(): number {
    return this.#current.bytes
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

function joined(lists: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0))
  let at = 0
  for (const list of lists) {
    whole.set(list, at)
    at += list.length
  }
  return whole
}
