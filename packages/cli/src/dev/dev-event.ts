import type { Field } from '@millrace/columnar'
import type { Value } from '@millrace/core'
import type { OutletState } from '@millrace/server'
import type { RaisedAlert } from '../query/raised-alerts.ts'
import type { RecordedChange } from '../savepoint/recorded-change.ts'

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
  /** Times since the last status: from a window's last line to its rows and scores, from these to their alerts; durable each. */
  readonly latency_ms: Readonly<Record<'window' | 'score' | 'alert', readonly number[]>>
  readonly sources: Readonly<Record<string, SourceStatus>>
  readonly views: Readonly<Record<string, ViewStatus>>
}

/** How far one stream is. */
export interface SourceStatus {
  readonly lines: number
  readonly lines_per_second: number
  readonly decoded: number
  readonly dead_letters: number
  /** Dead letters by reason. */
  readonly reasons: Readonly<Record<string, number>>
  readonly watermark: string | null
}

/** What the operators of one view counted. */
export interface ViewStatus {
  readonly rows_in: number
  readonly rows_counted: number
  readonly late: number
  /** Rows that maps refused before they were counted, where there are any. */
  readonly dead_letters?: number
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
      readonly stream?: string
      readonly path?: string
      readonly model?: string
      readonly view?: string
      readonly table?: string
      readonly code: string
      readonly message: string
      readonly do: string | undefined
    }
  /** Rows of closed windows, in the order of `view.fields`; durable. */
  | { readonly kind: 'windows'; readonly view: ShownView; readonly rows: readonly (readonly Value[])[] }
  /** Rows that a model scored, in the order of `view.fields`; durable. */
  | { readonly kind: 'scores'; readonly view: ShownView; readonly rows: readonly (readonly Value[])[] }
  /** No further row of the view comes for windows that end up to here. */
  | { readonly kind: 'closed'; readonly view: ShownView; readonly until: number }
  | { readonly kind: 'alert'; readonly alert: RaisedAlert }
  /** Another version of a model decides from now on; null: none, so its fallback rule does. */
  | { readonly kind: 'model'; readonly model: string; readonly version: number | null; readonly threshold: number | null }
  /** A sink or a receiver fares otherwise than before. */
  | { readonly kind: 'outlet'; readonly outlet: OutletState }
  | { readonly kind: 'serving'; readonly url: string }
  /** The state goes on under other definitions than before. */
  | { readonly kind: 'changed'; readonly at: string; readonly assets: RecordedChange['assets'] }
  /** This process computes views beside others. */
  | { readonly kind: 'joining'; readonly project: string; readonly env: string; readonly pid: number; readonly workers: number }
  /** Who computes the views of a stream, by partition, where this is not only this process. */
  | {
      readonly kind: 'owners'
      readonly stream: string
      readonly owners: readonly { readonly pid: number; readonly worker: number; readonly partitions: readonly number[] }[]
      /** Partitions that nobody computes. */
      readonly free: readonly number[]
    }
  /** A view was computed on in a micro-batch; its rows up to `until` are in the lake. */
  | {
      readonly kind: 'micro-batch'
      readonly view: string
      readonly rows: number
      readonly late: number
      /** ISO 8601; null where the rows are all there are. */
      readonly until: string | null
      /** How long the first of the new records waited; null when there were none. */
      readonly lag_ms: number | null
      readonly seconds: number
    }
  | { readonly kind: 'committed'; readonly table: string; readonly rows: number }
  | { readonly kind: 'status'; readonly status: LiveStatus }
  | { readonly kind: 'stopped'; readonly drained: boolean; readonly seconds: number }

/** Where `dev` shows what happens. `show` resolves when more may come. */
export interface DevOutput {
  show(event: DevEvent): Promise<void>
  close(): void
}
