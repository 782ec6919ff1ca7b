import { join } from 'node:path'
import { type AlertAsset, MillraceError, streamOf } from '@millrace/core'
import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import { recordAlertsAndEnqueue, type Store } from '@millrace/store'
import type { AlertNotice } from '../outbox/alert-notice.ts'
import { alertRecord } from '../query/alert-record.ts'
import { type RaisedAlert, withSamples } from '../query/raised-alerts.ts'
import { tableName } from '../scope/open-scope.ts'
import type { Scope } from '../scope/scope.ts'

/** Time that looking for sample lines may take; an alert does not wait longer for them. */
const SAMPLE_MS_MAX = 500
/** Alerts of one round whose sample lines are looked for. */
const SAMPLED_ALERTS_MAX = 100
const SAMPLE_MEMORY_MAX = 256 * 1024 ** 2

export interface AlertLedgerOptions {
  readonly store: Store
  readonly lake: Lake
  readonly scope: Scope
  readonly stateDir: string
  /** Who is told. */
  readonly notice: AlertNotice
  /** Called when there is something to send. */
  readonly onEnqueued: () => void
}

/** Records raised alerts, each once, and finds sample lines for them among the committed rows. */
export class AlertLedger {
  readonly #options: AlertLedgerOptions
  #duckdb: Promise<Duckdb> | undefined
  #sampling: Promise<unknown> = Promise.resolve()

  constructor(options: AlertLedgerOptions) {
    this.#options = options
  }

  /** The alerts with byte offsets of some of their lines, where these are committed and found in time. */
  async sampled(asset: AlertAsset, alerts: readonly RaisedAlert[]): Promise<readonly RaisedAlert[]> {
    const some = alerts.slice(0, SAMPLED_ALERTS_MAX)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<readonly RaisedAlert[]>((resolve) => {
      timer = setTimeout(() => resolve(some), SAMPLE_MS_MAX)
    })
    const looking = this.#sampling.then(() => this.#lookUp(asset, some))
    this.#sampling = looking.catch(() => {})
    try {
      return [...(await Promise.race([looking, late])), ...alerts.slice(SAMPLED_ALERTS_MAX)]
    } finally {
      clearTimeout(timer)
    }
  }

  async record(alerts: readonly RaisedAlert[]): Promise<void> {
    const { store, scope, notice, onEnqueued } = this.#options
    const records = alerts.map((alert) => alertRecord(alert, scope))
    const added = await recordAlertsAndEnqueue(store.db, records, notice.messagesOf)
    if (added.length > 0) onEnqueued()
  }

  async close(): Promise<void> {
    await this.#sampling
    ;(await this.#duckdb?.catch(() => undefined))?.close()
  }

  async #lookUp(asset: AlertAsset, alerts: readonly RaisedAlert[]): Promise<readonly RaisedAlert[]> {
    const { lake, scope, stateDir } = this.#options
    const stream = streamOf(asset)
    const times = alerts.flatMap((alert) => [Date.parse(alert.window_start), Date.parse(alert.window_end)])
    const scan = await lake
      .scan(tableName(scope, stream.name), {
        bounds: [{ column: stream.contract.eventTime, min: Math.min(...times), max: Math.max(...times) }],
      })
      .catch(unlessUnknown)
    if (scan === undefined || scan.files.length === 0) return alerts
    this.#duckdb ??= openDuckdb({ memoryMax: SAMPLE_MEMORY_MAX, threads: 1, tempDir: join(stateDir, 'spill') })
    return withSamples(await this.#duckdb, asset, { alerts, rows: scan.sql })
  }
}

/** Before the first commit there is no table to look into. */
function unlessUnknown(error: unknown): undefined {
  if (error instanceof MillraceError && error.code === 'lake/unknown-table') return undefined
  throw error
}
