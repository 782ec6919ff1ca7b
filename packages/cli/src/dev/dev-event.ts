import type { Field } from '@millrace/columnar'
import type { Value } from '@millrace/core'
import type { RaisedAlert } from '../query/raised-alerts.ts'

/** A feature view as `dev` shows it. */
export interface ShownView {
  readonly name: string
  readonly entity: readonly string[]
  /** Columns of a row as a user sees it. */
  readonly fields: readonly Field[]
  /** Column by which keys are called busy. */
  readonly busyBy: string | undefined
}

export interface LiveStatus {
  readonly at: string
  readonly lines: number
  readonly lines_per_second: number
  readonly decoded: number
  readonly blank: number
  readonly dead_letters: number
  /** Rows refused by every window, by view. */
  readonly late: Readonly<Record<string, number>>
  /** By stream; null before every file has spoken. */
  readonly watermark: Readonly<Record<string, string | null>>
  /** Longest time from a line's ingest into the views' state since the last status, ms; null when nothing came. */
  readonly lag_ms: number | null
}

/** What happens while `dev` follows. */
export type DevEvent =
  | {
      readonly kind: 'started'
      readonly project: string
      readonly env: string
      readonly pid: number
      readonly streams: Readonly<Record<string, readonly string[]>>
    }
  | { readonly kind: 'file'; readonly stream: string; readonly event: 'discovered' | 'resumed' | 'ended'; readonly path: string }
  | { readonly kind: 'waiting'; readonly stream: string; readonly patterns: readonly string[]; readonly folder: string }
  | {
      readonly kind: 'problem'
      readonly stream: string
      readonly path: string
      readonly code: string
      readonly message: string
      readonly do: string | undefined
    }
  /** Rows of closed windows, in the order of `view.fields`; durable. */
  | { readonly kind: 'windows'; readonly view: ShownView; readonly rows: readonly (readonly Value[])[] }
  /** No further row of the view comes for windows that end up to here. */
  | { readonly kind: 'closed'; readonly view: ShownView; readonly until: number }
  | { readonly kind: 'alert'; readonly alert: RaisedAlert }
  | { readonly kind: 'committed'; readonly table: string; readonly rows: number }
  | { readonly kind: 'status'; readonly status: LiveStatus }
  | { readonly kind: 'stopped'; readonly drained: boolean; readonly seconds: number }

/** Where `dev` shows what happens. `show` resolves when more may come. */
export interface DevOutput {
  show(event: DevEvent): Promise<void>
  close(): void
}
