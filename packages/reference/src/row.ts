import type { Datum } from './datum.ts'

/** What ingest said about the record that a row comes from. */
export interface Stamp {
  readonly source: string
  readonly arrival: number
  /** The source's watermark before the record, epoch ms. */
  readonly watermark: number
}

/** A row on its way through a plan. */
export interface Row {
  readonly columns: ReadonlyMap<string, Datum>
  /** Epoch ms; a row of an aggregate without a window has none. */
  readonly eventTime: number | undefined
  /** Kept through filter, project and exchange; a row that left a window or a join has none and is never late. */
  readonly stamp: Stamp | undefined
}
