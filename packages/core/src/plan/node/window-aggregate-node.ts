import type { Expr } from '../../expr/expr.ts'

export type Window = TumblingWindow | HoppingWindow | SessionWindow | CalendarWindow | AllWindow
/** Windows that can say what they hold before they are over. */
export interface EarlyResults {
  /** While a window is open, its result so far is given each time the watermark passes another multiple of this since its start. */
  readonly early_ms?: number
}
/** Fixed windows `[start, start + size)`, aligned to the epoch plus `offset_ms`. */
export interface TumblingWindow extends EarlyResults {
  readonly kind: 'tumbling'
  readonly size_ms: number
  readonly offset_ms?: number
}
/** Fixed windows of `size_ms`, one starting every `every_ms`; size is divisible by step. */
export interface HoppingWindow extends EarlyResults {
  readonly kind: 'hopping'
  readonly size_ms: number
  readonly every_ms: number
  readonly offset_ms?: number
}
/** The windows whose bounds lie on a grid. */
export type FixedWindow = TumblingWindow | HoppingWindow
/** Rows of a key whose distance is at most `gap_ms` belong together; start = the first, end = the last + gap. */
export interface SessionWindow {
  readonly kind: 'session'
  readonly gap_ms: number
}
/** Days, weeks from Monday, or months of a time zone; a window begins with the first instant of its first local day. */
export interface CalendarWindow extends EarlyResults {
  readonly kind: 'calendar'
  readonly unit: 'day' | 'week' | 'month'
  /** IANA name. */
  readonly zone: string
}
/** No window: one row per key over everything, without window columns. */
export interface AllWindow {
  readonly kind: 'all'
}

/** One aggregate of a window. `where` restricts the rows it sees; `max` belongs to count_distinct. */
export interface Aggregate {
  readonly name: string
  readonly fn: string
  readonly args?: readonly Expr[]
  readonly where?: Expr
  readonly order_by?: readonly (readonly [string, 'asc' | 'desc'])[]
  readonly max?: number
}

/** `window_start`, `window_end`, keys, aggregates, in this order; event time = window_end − 1 ms. */
export interface WindowAggregateNode {
  readonly id: string
  readonly kind: 'window-aggregate'
  readonly input: string
  readonly keys: readonly string[]
  readonly window: Window
  readonly aggregates: readonly Aggregate[]
}
