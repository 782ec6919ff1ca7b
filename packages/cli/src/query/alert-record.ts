import type { AlertRecord, JsonValue } from '@millrace/store'
import type { Scope } from '../scope/scope.ts'
import type { RaisedAlert } from './raised-alerts.ts'

/** An alert as the store's ledger keeps it; found again, it has the same id there. */
export function alertRecord(alert: RaisedAlert, scope: Pick<Scope, 'env' | 'id'>): AlertRecord {
  return {
    id: `${scope.env}:${scope.id}:${alert.id}`,
    env: scope.env,
    scope: scope.id,
    asset: alert.asset,
    key: alert.key as JsonValue,
    windowStart: Date.parse(alert.window_start),
    windowEnd: Date.parse(alert.window_end),
    evidence: alert.evidence as JsonValue,
    raisedAt: Date.now(),
    sampleOffsets: alert.sample_offsets as JsonValue,
  }
}
