import type { AlertRecord, JsonValue } from '@millrace/store'
import type { Scope } from '../scope/scope.ts'
import { deciderOf, type RaisedAlert } from './raised-alerts.ts'

/** An alert's id as everybody outside sees it: the ledger's without environment and scope. */
export function publicAlertId(id: string): string {
  return id.slice(id.lastIndexOf(':') + 1)
}

/** An alert as the store's ledger keeps it; found again, it has the same id there. */
export function alertRecord(alert: RaisedAlert, scope: Pick<Scope, 'env' | 'id'>): AlertRecord {
  const { model, version } = deciderOf(alert)
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
    score: alert.score,
    model,
    modelVersion: version,
    threshold: alert.threshold ?? null,
    usual: (alert.usual ?? null) as JsonValue,
    contributions: (alert.contributions ?? null) as JsonValue,
    runbook: alert.runbook,
    sampleOffsets: alert.sample_offsets as JsonValue,
  }
}
