import { join } from 'node:path'
import { type AlertAsset, type EventLog, MillraceError, type Positions, streamOf } from '@millrace/core'
import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import type { Lake } from '@millrace/lake'
import { recordAlertsAndEnqueue, type Store } from '@millrace/store'
import type { AlertNotice } from '../outbox/alert-notice.ts'
import { alertRecord } from '../query/alert-record.ts'
import { type RaisedAlert, SAMPLES_PER_ALERT, withSamples } from '../query/raised-alerts.ts'
import { tableName } from '../scope/open-scope.ts'
import type { Scope } from '../scope/scope.ts'
import { RecentLines } from './recent-lines.ts'
import { within } from './within.ts'

/** Time that looking for sample lines in the lake may take; an alert that has lines from the log does not wait longer for them. */
const SAMPLE_MS_MAX = 500
/** Time that an alert waits which would point at no line: where views are computed elsewhere, its lines have left the log. */
const FIRST_SAMPLE_MS_MAX = 5_000
/** Alerts whose sample lines are looked for together. */
const PORTION_ALERTS = 100
/** Time of a round of alerts behind which no further portion of them is looked for. */
const ROUND_MS_MAX = 10_000
const SAMPLE_MEMORY_MAX = 256 * 1024 ** 2

export interface AlertLedgerOptions {
  readonly store: Store
  readonly lake: Lake
  readonly log: EventLog
  readonly scope: Scope
  readonly stateDir: string
  /** Who is told. */
  readonly notice: AlertNotice
  /** Called when there is something to send. */
  readonly onEnqueued: () => void
}

/** Alerts with the lines found in the lake, and how much of the log that holds. */
interface LookedUp {
  readonly alerts: readonly RaisedAlert[]
  readonly held: Positions
}

/** Records raised alerts, each once, and finds sample lines for them: in the lake, and in the log behind it. */
export class AlertLedger {
  readonly #options: AlertLedgerOptions
  #duckdb: Promise<Duckdb> | undefined
  #sampling: Promise<unknown> = Promise.resolve()
  readonly #recent = new Map<AlertAsset, RecentLines>()

  constructor(options: AlertLedgerOptions) {
    this.#options = options
  }

  /** The alerts with byte offsets of some of their lines, as far as these are found in time. */
  async sampled(asset: AlertAsset, alerts: readonly RaisedAlert[]): Promise<readonly RaisedAlert[]> {
    const end = performance.now() + ROUND_MS_MAX
    const sampled: RaisedAlert[] = []
    while (sampled.length < alerts.length && performance.now() < end)
      sampled.push(...(await this.#portion(asset, alerts.slice(sampled.length, sampled.length + PORTION_ALERTS))))
    return [...sampled, ...alerts.slice(sampled.length)]
  }

  async #portion(asset: AlertAsset, alerts: readonly RaisedAlert[]): Promise<readonly RaisedAlert[]> {
    const looking = this.#look(asset, alerts)
    const found = await within(SAMPLE_MS_MAX, looking)
    const early = this.#withRecent(asset, found ?? { alerts, held: {} })
    if (early.every(({ sample_offsets }) => sample_offsets.length > 0)) return early
    // Lines go from the log to the lake: what has gone since the lake was looked at is in neither.
    const late = await within(FIRST_SAMPLE_MS_MAX - SAMPLE_MS_MAX, found === undefined ? looking : this.#look(asset, alerts))
    return late === undefined ? early : this.#withRecent(asset, late)
  }

  /** Looks into the lake, one look behind another. */
  #look(asset: AlertAsset, alerts: readonly RaisedAlert[]): Promise<LookedUp> {
    const looking = this.#sampling.then(() => this.#lookUp(asset, alerts))
    this.#sampling = looking.catch(() => {})
    return looking
  }

  /** Lines that the lake does not hold yet come last. */
  #withRecent(asset: AlertAsset, { alerts, held }: LookedUp): readonly RaisedAlert[] {
    const short = alerts.filter(({ sample_offsets }) => sample_offsets.length < SAMPLES_PER_ALERT)
    if (short.length === 0) return alerts
    let recent = this.#recent.get(asset)
    if (recent === undefined) this.#recent.set(asset, (recent = new RecentLines(this.#options.log, asset)))
    const offsets = recent.offsets(short, held, SAMPLES_PER_ALERT)
    const more = new Map(short.map((alert, i) => [alert, offsets[i]]))
    return alerts.map((alert) => ({
      ...alert,
      sample_offsets: [...alert.sample_offsets, ...(more.get(alert) ?? [])].slice(0, SAMPLES_PER_ALERT),
    }))
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

  async #lookUp(asset: AlertAsset, alerts: readonly RaisedAlert[]): Promise<LookedUp> {
    const { lake, scope, stateDir } = this.#options
    const stream = streamOf(asset)
    const times = alerts.flatMap((alert) => [Date.parse(alert.window_start), Date.parse(alert.window_end)])
    const scan = await lake
      .pin(tableName(scope, stream.name), {
        bounds: [{ column: stream.contract.eventTime, min: Math.min(...times), max: Math.max(...times) }],
      })
      .catch(unlessUnknown)
    const held = scan?.snapshot?.positions ?? {}
    try {
      if (scan === undefined || scan.files.length === 0) return { alerts, held }
      this.#duckdb ??= openDuckdb({ memoryMax: SAMPLE_MEMORY_MAX, threads: 1, tempDir: join(stateDir, 'spill') })
      return { alerts: await withSamples(await this.#duckdb, asset, { alerts, rows: scan.sql }), held }
    } finally {
      await scan?.release()
    }
  }
}

/** Before the first commit there is no table to look into. */
function unlessUnknown(error: unknown): undefined {
  if (error instanceof MillraceError && error.code === 'lake/unknown-table') return undefined
  throw error
}
