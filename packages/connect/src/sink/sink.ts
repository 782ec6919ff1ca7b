import type { Batch } from '@millrace/columnar'

/** Where rows come from: offsets of one partition of a topic in one log. */
export interface SinkSpan {
  /** Identity of the log; offsets of two logs mean different rows. */
  readonly log: string
  readonly topic: string
  readonly partition: number
  /** Offset of the first record, and the offset after the last. Control records take offsets too, so a span may be longer than its batch. */
  readonly from: number
  readonly next: number
}

/** A partition of a topic in one log. */
export type SinkPartition = Pick<SinkSpan, 'log' | 'topic' | 'partition'>

/**
 * A place outside that rows are carried to. Spans of a partition come in order and without gaps; after a failure or a crash the sink is
 * opened again and gets everything from its own `position` on.
 */
export interface Sink {
  /**
   * Whether a span whose fate is unknown must come again with the very same bounds, because the place tells repeats by them.
   * Sinks that commit their position with the rows do not need it.
   */
  readonly stableSpans: boolean
  /**
   * Connects, and makes what is missing there.
   *
   * @throws user errors when the place cannot take these rows; anything else is tried again
   */
  open(): Promise<void>
  /** Takes rows. They need not be durable yet: `position` says what is. The batch does not change afterwards. */
  write(batch: Batch, at: SinkSpan): Promise<void>
  /** Makes durable what was taken: `now` all of it, `if-due` what has waited for its time. */
  settle(when: 'now' | 'if-due'): Promise<void>
  /** The offset that the durable rows reach up to, 0 when there are none; undefined when the place keeps no account and the log's counts. */
  position(partition: SinkPartition): Promise<number | undefined>
  /** Lets go, also in the middle of a failure. What is not durable is lost here and comes again. */
  close(): Promise<void>
}
