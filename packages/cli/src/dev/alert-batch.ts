import { type Batch, batchFromRows } from '@millrace/columnar'
import { type AlertAsset, alertFields, type Value } from '@millrace/core'
import { deciderOf, type RaisedAlert } from '../query/raised-alerts.ts'

/** Alerts of one asset as rows of its topic. */
export function alertBatch(asset: AlertAsset, alerts: readonly RaisedAlert[]): Batch {
  const fields = alertFields(asset)
  return batchFromRows(
    fields,
    alerts.map((alert) => {
      const values = alertValues(alert)
      return fields.map((field) => values[field.name] ?? keyValue(alert.key[field.name], field.type))
    }),
  )
}

function alertValues(alert: RaisedAlert): Readonly<Record<string, Value>> {
  const json = (value: unknown): Value => (value === undefined ? null : JSON.stringify(value))
  const { model, version } = deciderOf(alert)
  return {
    id: alert.id,
    window_start: Date.parse(alert.window_start),
    window_end: Date.parse(alert.window_end),
    score: alert.score,
    threshold: alert.threshold ?? null,
    model,
    model_version: version,
    evidence: json(alert.evidence),
    usual: json(alert.usual),
    contributions: json(alert.contributions),
    sample_offsets: json(alert.sample_offsets),
    runbook: alert.runbook,
  }
}

/** A key's value from the JSON form that commands share. */
function keyValue(value: unknown, type: string): Value {
  if (value === undefined || value === null) return null
  if (type === 'timestamp') return Date.parse(String(value))
  if (type === 'int64' && typeof value === 'string') return BigInt(value)
  return value as Value
}
