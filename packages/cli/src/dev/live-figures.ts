import { WATERMARK_FLOOR } from '@millrace/core'
import type { AssetCounters } from '../run/asset-counters.ts'
import type { LiveStatus } from './dev-event.ts'
import type { FollowMessage } from './follow-message.ts'

type Ingested = Extract<FollowMessage, { kind: 'ingested' }>

/** Adds up what the threads tell into the figures that `dev` shows. */
export class LiveFigures {
  readonly #ingested = new Map<string, Ingested | undefined>()
  /** Rows refused by every window, by view and partition. */
  readonly #late = new Map<string, Map<number, number>>()
  #lag: number | null = null
  #linesBefore: number | undefined
  #before = performance.now()

  constructor(streams: readonly string[]) {
    for (const stream of streams) this.#ingested.set(stream, undefined)
  }

  ingested(stream: string, message: Ingested): void {
    this.#ingested.set(stream, message)
  }

  applied(lagMs: number): void {
    this.#lag = Math.max(this.#lag ?? 0, lagMs)
  }

  moved(partition: number, counters: Readonly<Record<string, AssetCounters>>): void {
    for (const [view, { lateAll }] of Object.entries(counters)) {
      const late = this.#late.get(view) ?? new Map<number, number>()
      this.#late.set(view, late.set(partition, lateAll))
    }
  }

  /** The figures now; rates are since the last call. Undefined while nothing moves. */
  take(): LiveStatus | undefined {
    const all = [...this.#ingested.values()].filter((one) => one !== undefined)
    const sum = (of: (one: Ingested) => number): number => all.reduce((total, one) => total + of(one), 0)
    const lines = sum((one) => one.totals.lines)
    const now = performance.now()
    const seconds = (now - this.#before) / 1000
    const quiet = lines === this.#linesBefore && this.#lag === null
    const rate = this.#linesBefore === undefined ? 0 : Math.round((lines - this.#linesBefore) / seconds)
    this.#linesBefore = lines
    this.#before = now
    if (quiet || all.length === 0) return undefined
    const status: LiveStatus = {
      at: new Date().toISOString(),
      lines,
      lines_per_second: rate,
      decoded: sum((one) => one.totals.decoded),
      blank: sum((one) => one.totals.blank),
      dead_letters: sum((one) => one.totals.deadLetters),
      late: Object.fromEntries([...this.#late].map(([view, late]) => [view, [...late.values()].reduce((total, rows) => total + rows, 0)])),
      watermark: Object.fromEntries(
        [...this.#ingested].map(([stream, one]) => [
          stream,
          one === undefined || one.watermark <= WATERMARK_FLOOR ? null : new Date(one.watermark).toISOString(),
        ]),
      ),
      lag_ms: this.#lag,
    }
    this.#lag = null
    return status
  }
}
