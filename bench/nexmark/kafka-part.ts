import type { PlanSource } from '@millrace/core'

/** What a thread that reads a partition is given. */
export interface KafkaThread {
  readonly brokers: readonly string[]
  readonly partition: number
  /** Topics of the same names, with the columns that are wanted. */
  readonly sources: readonly PlanSource[]
}

/** What it hands on. */
export interface DecodedPart {
  readonly source: string
  readonly partition: number
  /** An encoded batch of the source's columns. */
  readonly bytes: Uint8Array
  readonly offsets: Float64Array
  /** Nothing follows in this partition. */
  readonly isLast: boolean
}

/** Parts that a thread may be ahead of those that are taken. */
export const PARTS_AHEAD_MAX = 4
