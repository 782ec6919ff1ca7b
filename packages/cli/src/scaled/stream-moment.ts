import { type EventLog, WATERMARK_FLOOR } from '@millrace/core'
import { readFollowState } from '../dev/follow-state.ts'
import type { Cut } from './jobs-state.ts'

/**
 * Now, as a cut of streams: what is taken in later arrives behind it, and belongs to no window that ends before it. Read in the transaction that writes
 * the cut down, it is a place in the streams.
 */
export function streamMoment(log: Pick<EventLog, 'get'>, streams: readonly string[]): Cut {
  const stampers = streams.map((stream) => [stream, readFollowState(log, stream)?.stamper] as const)
  const watermarks = stampers.map(([, stamper]) => stamper?.watermark ?? WATERMARK_FLOOR)
  return {
    // A session that ends with the watermark may still go on.
    time: Math.min(...watermarks) - 1,
    arrivals: Object.fromEntries(stampers.map(([stream, stamper]) => [stream, stamper?.nextArrival ?? 0])),
  }
}
