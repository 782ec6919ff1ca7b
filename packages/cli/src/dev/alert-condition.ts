import { type Batch, columnOf, rowsOf } from '@millrace/columnar'
import { type AlertAsset, type EventLog, type LogTransaction, STAMP_FIELDS, type Value } from '@millrace/core'
import { lowerPlan, PartitionRunner } from '@millrace/engine-stream'
import { jsonValue } from '../output/json-value.ts'
import { stampless } from '../pipeline/stampless-rows.ts'
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
