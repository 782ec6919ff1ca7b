import type { Datum } from './datum.ts'

/** What ingest said about the record that a row comes from. */
export interface Stamp {
  readonly source: string
  readonly arrival: number
  /** The source's watermark before the record, epoch ms; of a source whose results are corrected, so much earlier. */
  readonly watermark: number
}

/** What orders rows of equal event time. */
export interface Tie {
  /** Place among all lines of input of the record that the row comes from; null after a window or an interval join. */
  readonly arrival: number | null
  /** What unions gave: the place of the input that the row came from. */
  readonly position: number
}

/** A row on its way through a plan. */
export interface Row {
  readonly columns: ReadonlyMap<string, Datum>
  /** Epoch ms; a row of an aggregate without a window has none. */
  readonly eventTime: number | undefined
  /** Kept through filter, project, exchange, union and lookup; a row that left a time operator has none and is never late. */
  readonly stamp: Stamp | undefined
  readonly tie: Tie
}

/** Of a row that stands for many, or for a pair. */
export const NO_TIE: Tie = { arrival: null, position: 0 }
