import type { MillraceError } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'

/** Records of a feed that are committed together with what the feed must know after a restart. */
export interface FeedPart {
  readonly kind: 'part'
  /** Decodes the records; the first of them is number `firstLine` of its split, from 1. Undefined where only the state moved. */
  readonly decode: ((firstLine: number) => DecodedLines) | undefined
  /** JSON-safe; true once the records are committed. */
  readonly state: unknown
  /** Parts of a state that is too large to be kept as one. */
  readonly entries?: readonly KeptEntry[]
  /** The split of the records, of a feed that has several. */
  readonly split?: string
  /** Whether the split is caught up with its end, so that it holds the watermark no more until it has new records. */
  readonly isIdle?: boolean
}

/** Splits that the feed reads from now on, all that it knows of at the beginning before the first of their records. */
export interface FeedSplits {
  readonly kind: 'splits'
  readonly opened: readonly string[]
}

/** A part of a feed's state under a key of its own. */
export interface KeptEntry {
  readonly key: string
  /** JSON-safe. */
  readonly value: unknown
}

/** Something is in the way; the feed goes on by itself. */
export interface FeedProblem {
  readonly kind: 'problem'
  readonly error: MillraceError
}

/** A source of one split, or of several that it tells of, that hands over its records bit by bit, and goes on from a state that is kept with them. */
export interface RecordFeed {
  /** The split's name; undefined where the feed tells of its splits. */
  readonly split: string | undefined
  /** Where records come from, for people: no secrets. */
  readonly place: string
  /** What comes until `signal` aborts; the next part is made when it is asked for. Ends where there is no more. */
  parts(signal: AbortSignal): AsyncGenerator<FeedPart | FeedSplits | FeedProblem>
}
