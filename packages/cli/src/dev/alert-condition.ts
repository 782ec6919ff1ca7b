import { type Batch, type Column, columnOf, Dictionary, rowsOf } from '@millrace/columnar'
import { type AlertAsset, bugError, type EventLog, type LogTransaction, STAMP_FIELDS, type Value } from '@millrace/core'
import { type BatchSource, lowerPlan, PartitionRunner } from '@millrace/engine-stream'
import { jsonValue } from '../output/json-value.ts'
import { alertOf, alertPlan, alertRule, type RaisedAlert } from '../query/raised-alerts.ts'
import { AlertCooldown } from './alert-cooldown.ts'

/** An alert over one partition of its view: its condition, run by the stream engine, and its cool-down. */
export class AlertCondition {
  readonly alert: AlertAsset
  readonly #fields: ReturnType<typeof alertPlan>['output']['fields']
  readonly #runner: PartitionRunner
  readonly #cooldown: AlertCooldown

  constructor(log: Pick<EventLog, 'entries'>, alert: AlertAsset, partition: number) {
    const plan = alertPlan(alertRule(alert))
    this.alert = alert
    this.#fields = plan.output.fields
    this.#runner = new PartitionRunner(lowerPlan(plan), { mode: 'exact' })
    this.#cooldown = new AlertCooldown(log, { alert: alert.name, partition, cooldownMs: alert.cooldownMs })
  }

  /** The alerts that rows of the view raise, in order of window end, then key: the order in which `run` looks at them. */
  raise(batch: Batch): RaisedAlert[] {
    if (batch.rows === 0) return []
    this.#runner.push(stampless(batch))
    const rows = this.#runner.drainOutputs().flatMap((found) => rowsOf(found).map((row) => row.slice(STAMP_FIELDS.length)))
    const at = (name: string): number => this.#fields.findIndex((field) => field.name === name)
    const end = at('window_end')
    const keyOf = (row: readonly Value[]): string =>
      JSON.stringify(this.alert.input.entity.map((name) => jsonValue(row[at(name)], this.#fields[at(name)].type)))
    const keyed = rows
      .map((row) => ({ row, key: keyOf(row), end: Number(row[end]) }))
      .sort((a, b) => a.end - b.end || (a.key < b.key ? -1 : 1))
    const raised = keyed.filter((one) => this.#cooldown.admits(one.key, one.end)).map(({ row }) => alertOf(this.alert, this.#fields, row))
    const ends = columnOf(batch, 'window_end')
    if (ends?.kind === 'timestamp') this.#cooldown.passed(ends.values[ends.values.length - 1])
    return raised
  }

  /** As `AlertCooldown.takeChanges`. */
  takeChanges(): (transaction: LogTransaction) => void {
    return this.#cooldown.takeChanges()
  }
}

/** Rows of a view have no stamps; a condition without time operators looks at none. */
function stampless(batch: Batch): BatchSource {
  return {
    rows: batch.rows,
    watermarkAfter: 0,
    ingestedAt: 0,
    column: (name) => {
      const column = columnOf(batch, name) ?? blankStamp(name, batch.rows)
      if (column === undefined)
        throw bugError('dev/missing-column', `The view's rows have no column \`${name}\`.`, {
          asked: name,
          found: batch.fields.map((field) => field.name),
        })
      return column
    },
  }
}

function blankStamp(name: string, rows: number): Column | undefined {
  const field = STAMP_FIELDS.find((one) => one.name === name)
  switch (field?.type) {
    case 'int64':
      return { kind: 'int64', safe: true, values: new Float64Array(rows), nulls: null }
    case 'int32':
      return { kind: 'int32', values: new Int32Array(rows), nulls: null }
    case 'timestamp':
      return { kind: 'timestamp', values: new Float64Array(rows), nulls: null }
    case 'string':
      return { kind: 'string', codes: new Int32Array(rows), dictionary: Dictionary.fromTexts(['']), nulls: null }
    default:
      return undefined
  }
}
