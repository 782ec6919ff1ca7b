import { readFile } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { Alert, AlertQuery, AlertView } from '@millrace/server'
import { type AlertRecord, listAlerts, type OutboxEntry, type Store } from '@millrace/store'
import type { LoadedProject } from '../project/load-project.ts'
import { publicAlertId } from '../query/alert-record.ts'
import { deciderOf, type RaisedAlert } from '../query/raised-alerts.ts'
import type { Scope } from '../scope/scope.ts'

/** Alerts that the page shows. */
const LATEST_MAX = 200
/** Bytes of a runbook that are shown. */
const RUNBOOK_BYTES_MAX = 256 * 1024

export interface AlertBoardOptions {
  readonly store: Store
  readonly scope: Scope
  readonly loaded: LoadedProject
}

/** The alerts of a scope: the latest in memory, all in the store's ledger. */
export class AlertBoard implements AlertView {
  readonly #options: AlertBoardOptions
  readonly #raised = new Map<string, number>()
  /** Whether the receivers have it, by id; of the latest messages. */
  #delivered: ReadonlyMap<string, boolean> = new Map()
  #latest: readonly Alert[] = []

  constructor(options: AlertBoardOptions) {
    this.#options = options
  }

  /** Latest window first. */
  get latest(): readonly Alert[] {
    return this.#latest
  }

  /** Alerts raised since this process began, by alert asset. */
  get raised(): ReadonlyMap<string, number> {
    return this.#raised
  }

  /** Takes over what the ledger holds from before. */
  async open(): Promise<void> {
    this.#latest = (await this.#recorded()).slice(-LATEST_MAX).reverse()
  }

  add(alert: RaisedAlert): void {
    this.#raised.set(alert.asset, (this.#raised.get(alert.asset) ?? 0) + 1)
    const shown = this.#fromRaised(alert)
    this.#latest = [shown, ...this.#latest.filter((one) => one.id !== shown.id)].slice(0, LATEST_MAX)
  }

  /** Takes over which alerts their receivers have: true when all have, false while one has not; false again after a refusal for good. */
  noteDeliveries(entries: readonly OutboxEntry[]): boolean {
    const delivered = new Map<string, boolean>()
    for (const { id, state } of entries)
      delivered.set(publicAlertId(id), state === 'delivered' && delivered.get(publicAlertId(id)) !== false)
    this.#delivered = delivered
    let changed = false
    this.#latest = this.#latest.map((alert) => {
      const known = delivered.get(alert.id)
      if (known === undefined || known === alert.delivered) return alert
      changed = true
      return { ...alert, delivered: known }
    })
    return changed
  }

  async alerts({ asset, from, to, alertsMax }: AlertQuery): Promise<readonly Alert[]> {
    const all = (await this.#recorded()).filter((alert) => {
      const end = Date.parse(alert.window_end)
      return (asset === undefined || alert.asset === asset) && end >= (from ?? -Infinity) && end < (to ?? Infinity)
    })
    return all.slice(-alertsMax).reverse()
  }

  async runbook(asset: string): Promise<string | undefined> {
    const { loaded } = this.#options
    const alert = loaded.project.alerts.find((one) => one.name === asset)
    if (alert === undefined || /^[a-z]+:/i.test(alert.runbook)) return undefined
    const path = resolve(loaded.directory, alert.runbook)
    if (!path.startsWith(loaded.directory + sep)) return undefined
    const bytes = await readFile(path).catch(() => undefined)
    return bytes?.subarray(0, RUNBOOK_BYTES_MAX).toString('utf8')
  }

  async #recorded(): Promise<Alert[]> {
    const { store, scope } = this.#options
    return (await listAlerts(store.db, { env: scope.env, scope: scope.id })).map((record) => this.#fromRecord(record))
  }

  #fromRaised(alert: RaisedAlert): Alert {
    const { model, version } = deciderOf(alert)
    return {
      id: alert.id,
      asset: alert.asset,
      key: alert.key as Alert['key'],
      window_start: alert.window_start,
      window_end: alert.window_end,
      raised_at: new Date().toISOString(),
      score: alert.score,
      threshold: alert.threshold ?? null,
      model,
      version,
      decided_by: this.#decidedBy(alert.asset, alert.model !== null),
      evidence: alert.evidence as Alert['evidence'],
      usual: (alert.usual ?? {}) as Alert['usual'],
      contributions: [...(alert.contributions ?? [])],
      sample_offsets: [...alert.sample_offsets],
      runbook: alert.runbook,
      delivered: null,
    }
  }

  #fromRecord(record: AlertRecord): Alert {
    return {
      id: publicAlertId(record.id),
      asset: record.asset,
      key: record.key as Alert['key'],
      window_start: new Date(record.windowStart ?? 0).toISOString(),
      window_end: new Date(record.windowEnd ?? 0).toISOString(),
      raised_at: new Date(record.raisedAt).toISOString(),
      score: record.score ?? null,
      threshold: record.threshold ?? null,
      model: record.model ?? null,
      version: record.modelVersion ?? null,
      decided_by: this.#decidedBy(record.asset, typeof record.model === 'string'),
      evidence: record.evidence as Alert['evidence'],
      usual: (record.usual ?? {}) as Alert['usual'],
      contributions: (record.contributions ?? []) as Alert['contributions'],
      sample_offsets: record.sampleOffsets as number[],
      runbook: record.runbook ?? this.#asset(record.asset)?.runbook ?? null,
      delivered: this.#delivered.get(publicAlertId(record.id)) ?? null,
    }
  }

  #decidedBy(asset: string, byModel: boolean): Alert['decided_by'] {
    if (byModel) return 'model'
    return this.#asset(asset)?.input.kind === 'model' ? 'fallback' : 'rule'
  }

  #asset(name: string): LoadedProject['project']['alerts'][number] | undefined {
    return this.#options.loaded.project.alerts.find((one) => one.name === name)
  }
}
