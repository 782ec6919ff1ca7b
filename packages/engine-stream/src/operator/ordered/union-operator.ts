import { type Column, columnKind, Dictionary, takeColumn } from '@millrace/columnar'
import type { Frame } from '../frame.ts'
import type { UnionColumn, UnionInputPlan, UnionPlan } from '../physical-plan.ts'
import type { StatePage } from '../state-page.ts'
import { GatheredRows } from './gathered-rows.ts'
import type { RowOperator, RowOperatorOptions } from './row-operator.ts'

/** Hands on the rows of all inputs as they come, under the names that the inputs share. */
export class UnionOperator implements RowOperator {
  readonly #plan: UnionPlan
  readonly #options: RowOperatorOptions

  constructor(plan: UnionPlan, options: RowOperatorOptions) {
    this.#plan = plan
    this.#options = options
  }

  push(input: number, frame: Frame): void {
    if (frame.count === 0) return
    const rows = frame.selection === null ? null : frame.selectedRows()
    const plan = this.#plan.inputs[input]
    const columnOf = (register: number) => (): Column => (rows === null ? frame.column(register) : takeColumn(frame.column(register), rows))
    this.#options.counters.rowsOut += frame.count
    this.#options.onOutput(
      new GatheredRows(
        frame.count,
        new Map<string, () => Column>([
          ...plan.columns.map((column): [string, () => Column] => [
            column.name,
            column.register === null ? () => constantColumn(column, frame.count) : columnOf(column.register),
          ]),
          ['_position', () => positions(plan, frame.count, columnOf)],
        ]),
      ),
    )
  }

  fire(): void {}

  progressAfter(progress: readonly number[]): number {
    return Math.min(...progress)
  }

  compact(): void {}

  get bytes(): number {
    return 0
  }

  readonly tableSizes = { keys: 0, values: 0 }

  takePages(): Iterable<StatePage> {
    return []
  }

  restore(): void {}
}

function positions({ place, position }: UnionInputPlan, rows: number, columnOf: (register: number) => () => Column): Column {
  const inner = position === null ? null : (columnOf(position)() as Column & { readonly values: Float64Array }).values
  const values = new Float64Array(rows).fill(place)
  if (inner !== null) for (let row = 0; row < rows; row++) values[row] += inner[row]
  return { kind: 'int64', safe: true, values, nulls: null }
}

function constantColumn({ type, constant }: UnionColumn, rows: number): Column {
  if (typeof constant === 'string')
    return { kind: 'string', codes: new Int32Array(rows), dictionary: Dictionary.fromTexts(rows === 0 ? [] : [constant]), nulls: null }
  const value = constant ?? 0
  const kind = columnKind(type)
  if (kind === 'int32') return { kind, values: new Int32Array(rows).fill(value), nulls: null }
  const values = new Float64Array(rows).fill(value)
  return kind === 'int64' ? { kind, safe: true, values, nulls: null } : { kind: 'timestamp', values, nulls: null }
}
