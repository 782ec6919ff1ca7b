import { WATERMARK_FLOOR } from '@millrace/core'
import { type AssetCounters, addCounters, NO_COUNTERS } from '../run/asset-counters.ts'
import type { LiveStatus, SourceStatus, ViewStatus } from './dev-event.ts'
import type { FollowMessage } from './follow-message.ts'

type Ingested = Extract<FollowMessage, { kind: 'ingested' }>

/** What a time was measured to. */
type Shown = 'window' | 'score' | 'alert'

/** Times that are kept of each kind until the next status. */
const TIMES_MAX = 1_000

/** Adds up what the threads tell into the figures that `dev` shows. */
export class LiveFigures {
  readonly #ingested = new Map<string, Ingested | undefined>()
  /** By view and by the task that counts. */
  readonly #counters = new Map<string, Map<number, AssetCounters>>()
  #lag: number | null = null
  #shown: Record<Shown, number[]> = { window: [], score: [], alert: [] }
  readonly #linesBefore = new Map<string, number>()
  /** Whether anything was told of since the last status. */
  #moved = false
  #before = performance.now()

  constructor(streams: readonly string[]) {
    for (const stream of streams) this.#ingested.set(stream, undefined)
  }

  ingested(stream: string, message: Ingested): void {
    this.#ingested.set(stream, message)
    this.#moved = true
  }

  applied(lagMs: number): void {
    this.#lag = Math.max(this.#lag ?? 0, lagMs)
    this.#moved = true
  }

  shown(what: Shown, ms: number): void {
    this.#moved = true
    if (this.#shown[what].length < TIMES_MAX) this.#shown[what].push(Math.max(0, ms))
  }

  moved(partition: number, counters: Readonly<Record<string, AssetCounters>>): void {
    this.#moved = true
    for (const [view, counted] of Object.entries(counters)) {
      const known = this.#counters.get(view) ?? new Map<number, AssetCounters>()
      this.#counters.set(view, known.set(partition, counted))
    }
  }

  /** The figures now; rates are since the last call. Undefined while nothing moves. */
  take(): LiveStatus | undefined {
    const all = [...this.#ingested.values()].filter((one) => one !== undefined)
    const sum = (of: (one: Ingested) => number): number => all.reduce((total, one) => total + of(one), 0)
    const lines = sum((one) => one.totals.lines)
    const now = performance.now()
    const seconds = (now - this.#before) / 1000
    this.#before = now
    const sources = this.#sources(seconds)
    if (!this.#moved || all.length === 0) return undefined
    this.#moved = false
    const views = this.#views()
    const status: LiveStatus = {
      at: new Date().toISOString(),
      lines,
      lines_per_second: Object.values(sources).reduce((total, one) => total + one.lines_per_second, 0),
      decoded: sum((one) => one.totals.decoded),
      blank: sum((one) => one.totals.blank),
      dead_letters: sum((one) => one.totals.deadLetters),
      late: Object.fromEntries(Object.entries(views).map(([view, { late }]) => [view, late])),
      watermark: Object.fromEntries([...this.#ingested].map(([stream, one]) => [stream, watermarkOf(one)])),
      lag_ms: this.#lag,
      latency_ms: this.#shown,
      sources,
      views,
    }
    this.#lag = null
    this.#shown = { window: [], score: [], alert: [] }
    return status
  }

  #sources(seconds: number): Record<string, SourceStatus> {
    const sources: Record<string, SourceStatus> = {}
    for (const [stream, one] of this.#ingested) {
      if (one === undefined) continue
      const { lines, decoded, deadLetters, reasons } = one.totals
      const before = this.#linesBefore.get(stream)
      this.#linesBefore.set(stream, lines)
      sources[stream] = {
        lines,
        lines_per_second: before === undefined ? 0 : Math.round((lines - before) / seconds),
        decoded,
        dead_letters: deadLetters,
        reasons,
        watermark: watermarkOf(one),
      }
    }
    return sources
  }

  #views(): Record<string, ViewStatus> {
    const views: Record<string, ViewStatus> = {}
    for (const [view, counters] of this.#counters) {
      const { rowsIn, rowsCounted, lateAll, deadLetters } = [...counters.values()].reduce(addCounters, NO_COUNTERS)
      views[view] = {
        rows_in: rowsIn,
        rows_counted: rowsCounted,
        late: lateAll,
        ...(deadLetters === 0 ? {} : { dead_letters: deadLetters }),
      }
    }
    return views
  }
}

function watermarkOf(one: Ingested | undefined): string | null {
  return one === undefined || one.watermark <= WATERMARK_FLOOR ? null : new Date(one.watermark).toISOString()
}
