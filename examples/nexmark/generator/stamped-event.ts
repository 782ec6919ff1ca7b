import { SOURCES } from '../source.ts'
import { events, type NexmarkEvent } from './event.ts'
import type { Settings } from './settings.ts'
import type { Kind } from './share.ts'

/** Before the first record of a source: 0001-01-01T00:00:00.000Z. */
const WATERMARK_FLOOR_MS = -62_135_596_800_000

/** An event with what ingest gives it where each source is one split. */
export interface StampedEvent {
  readonly event: NexmarkEvent
  /** From 0, over all sources. */
  readonly arrival: number
  /** The source's watermark before this record, epoch ms. */
  readonly watermarkMs: number
}

/** Events with their stamps. */
export function* stampedEvents(count: number, settings: Settings): Generator<StampedEvent> {
  const watermarks: Record<Kind, number> = { person: WATERMARK_FLOOR_MS, auction: WATERMARK_FLOOR_MS, bid: WATERMARK_FLOOR_MS }
  let arrival = 0
  for (const event of events({ from: 0, to: count }, settings)) {
    yield { event, arrival: arrival++, watermarkMs: watermarks[event.source] }
    const next = event.row.date_time - SOURCES[event.source].watermark_delay_ms
    watermarks[event.source] = Math.max(watermarks[event.source], next)
  }
}
