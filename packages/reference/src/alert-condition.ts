import type { Expr, PlanResult, Value } from '@millrace/core'
import { type Datum, datumOf, keyText } from './datum.ts'
import { evaluateExpr } from './evaluate-expr.ts'
import { compareDatums } from './order.ts'

export interface AlertCondition {
  /** Columns of the view whose values say whom the alert is about. */
  readonly key: readonly string[]
  /** Condition over the view's columns; null is not true. */
  readonly when: Expr
  /** How long an alert of a key keeps further ones of that key back, in ms of event time. */
  readonly cooldown_ms: number
}

/**
 * The rows of a windowed view that raise an alert, in order of their windows. A row raises one when the condition is true, unless
 * an alert of its key was raised by a row whose `window_end` lies less than the cool-down before this row's.
 */
export function raisedAlerts(view: Pick<PlanResult, 'columns' | 'rows'>, alert: AlertCondition): (readonly Value[])[] {
  const types = new Map(view.columns.map((column) => [column.name, column.type]))
  const columnsOf = (row: readonly Value[]) => new Map(view.columns.map(({ name, type }, i) => [name, datumOf(row[i], type)]))
  const endOf = (row: readonly Value[]) => columnsOf(row).get('window_end') as number
  const lastRaised = new Map<string, number>()
  return view.rows
    .toSorted((a, b) => compareDatums(endOf(a), endOf(b)))
    .filter((row) => {
      const columns = columnsOf(row)
      if (evaluateExpr(alert.when, { columns, types }) !== true) return false
      const key = keyText(alert.key.map((name) => columns.get(name) as Datum))
      const last = lastRaised.get(key)
      if (last !== undefined && endOf(row) - last < alert.cooldown_ms) return false
      lastRaised.set(key, endOf(row))
      return true
    })
}
