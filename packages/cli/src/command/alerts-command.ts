import { type Asset, type Project, userError } from '@millrace/core'
import { type AlertRecord, listAlerts } from '@millrace/store'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { publicAlertId } from '../query/alert-record.ts'
import { type ReadOptions, withReadContext } from '../scope/open-scope.ts'

interface AlertsOptions extends ReadOptions {
  readonly asset?: string
  readonly since?: string
  readonly limit: number
}

/** Prints the recorded alerts, latest window first. */
export async function alertsCommand(options: AlertsOptions): Promise<void> {
  const since = options.since === undefined ? undefined : timeOf(options.since)
  const all = await withReadContext(options, async ({ store, scope, loaded }) => {
    if (options.asset !== undefined) checkAlert(loaded.project.asset(options.asset), loaded.project)
    const recorded = await listAlerts(store.db, { env: scope.env, scope: scope.id })
    return recorded.filter(
      (alert) => (options.asset === undefined || alert.asset === options.asset) && (since === undefined || (alert.windowEnd ?? 0) >= since),
    )
  })
  const shown = all.slice(-options.limit).reverse().map(document)
  if (options.json === true) return printJson({ alerts: shown, total: all.length, truncated: shown.length < all.length })
  printText(
    textTable(
      ['window end', 'alert', 'key', 'score', 'model', 'evidence'],
      shown.map((alert) => [
        alert.window_end,
        alert.asset,
        JSON.stringify(alert.key),
        alert.score === null ? '–' : alert.score.toFixed(4),
        alert.model ?? '–',
        JSON.stringify(alert.evidence),
      ]),
    ),
  )
}

function checkAlert({ name, kind }: Asset, project: Project): void {
  if (kind === 'alert') return
  throw userError('alerts/no-alert', `\`${name}\` is no alert.`, {
    asked: name,
    found: project.alerts.map((alert) => alert.name),
    do: 'Name one of the alerts found.',
  })
}

function document(alert: AlertRecord) {
  const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
  return {
    id: publicAlertId(alert.id),
    asset: alert.asset,
    key: alert.key,
    window_start: time(alert.windowStart),
    window_end: time(alert.windowEnd),
    evidence: alert.evidence,
    score: alert.score ?? null,
    model: typeof alert.model === 'string' ? `${alert.model}@${alert.modelVersion}` : null,
    threshold: alert.threshold ?? null,
    usual: alert.usual ?? null,
    contributions: alert.contributions ?? null,
    sample_offsets: alert.sampleOffsets,
    runbook: alert.runbook ?? null,
    raised_at: time(alert.raisedAt),
  }
}

function timeOf(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(ms)) return ms
  throw userError('cli/bad-time', `\`--since\` is \`${text}\`, which is no time.`, {
    asked: text,
    do: 'Write ISO 8601 in UTC, e.g. 2026-03-02T10:00:00Z, or epoch milliseconds.',
  })
}
