import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { events, type NexmarkEvent } from './event.ts'
import type { Settings } from './settings.ts'
import { EVENTS_PER_TURN, KINDS } from './share.ts'

/** Longer than any auction lasts. */
const CLOSING_AFTER_MS = 2 * 86_400_000
/** An id that no other event has. */
const CLOSING_ID = 1_000_000_000_000

export interface EventFolder {
  readonly folder: string
  readonly from: number
  readonly count: number
  /** Whether an event of each kind stands at the end that closes what is open. */
  readonly closing: boolean
}

/** Writes `person.jsonl`, `auction.jsonl` and `bid.jsonl`, which the project's streams read. Adds to files that are there. */
export async function writeEventFolder({ folder, from, count, closing }: EventFolder, settings: Settings): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const outs = new Map(KINDS.map((kind) => [kind, createWriteStream(join(folder, `${kind}.jsonl`), { flags: 'a' })]))
  const write = async ({ source, row }: NexmarkEvent): Promise<void> => {
    const out = outs.get(source)
    if (out?.write(`${JSON.stringify(row)}\n`) === false) await once(out, 'drain')
  }
  for (const event of events({ from, to: from + count }, settings)) await write(event)
  if (closing) for (const event of closingEvents(from + count, settings)) await write(event)
  for (const out of outs.values()) await finished(out.end())
}

/** An event of each kind, days after all before and about nothing that these are about: it closes their windows, and what waits for partners. */
function closingEvents(after: number, settings: Settings): readonly NexmarkEvent[] {
  const next = [...events({ from: after, to: after + EVENTS_PER_TURN }, { ...settings, disorder: 1 })]
  return KINDS.map((kind) => {
    const event = next.find(({ source }) => source === kind) as NexmarkEvent
    const date_time = event.row.date_time + CLOSING_AFTER_MS
    const other = {
      person: { id: CLOSING_ID },
      auction: { id: CLOSING_ID, seller: CLOSING_ID + 1, expires: date_time },
      bid: { auction: CLOSING_ID + 1 },
    }
    return { source: event.source, row: { ...event.row, date_time, ...other[kind] } } as NexmarkEvent
  })
}
