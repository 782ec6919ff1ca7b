import { type Auction, auctionOf } from './auction.ts'
import { type Bid, bidOf } from './bid.ts'
import { EventChance } from './event-chance.ts'
import { type Person, personOf } from './person.ts'
import { numberAt, type Settings } from './settings.ts'
import { kindOf } from './share.ts'

/** An event as one of three sources has it. */
export type NexmarkEvent =
  | { readonly source: 'person'; readonly row: Person }
  | { readonly source: 'auction'; readonly row: Auction }
  | { readonly source: 'bid'; readonly row: Bid }

/** The events that come as the `from`-th to before the `to`-th; any such slice can be made alone. */
export function* events({ from, to }: { readonly from: number; readonly to: number }, settings: Settings): Generator<NexmarkEvent> {
  const chance = new EventChance(settings.seed)
  for (let n = from; n < to; n++) yield eventOf(numberAt(n, settings), settings, chance)
}

function eventOf(number: number, settings: Settings, chance: EventChance): NexmarkEvent {
  chance.begin(number)
  const source = kindOf(number)
  if (source === 'person') return { source, row: personOf(number, settings, chance) }
  return source === 'auction' ? { source, row: auctionOf(number, settings, chance) } : { source, row: bidOf(number, settings, chance) }
}
