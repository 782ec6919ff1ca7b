import type { EventChance } from './event-chance.ts'
import { anyPerson } from './person.ts'
import { nextPrice } from './price.ts'
import { type Settings, timeOf } from './settings.ts'
import { eventsForAuctions, FIRST_ID, lastAuction, lastPerson } from './share.ts'
import { filling, words } from './text.ts'

export interface Auction {
  readonly id: number
  readonly item_name: string
  readonly description: string
  /** Cents. */
  readonly initial_bid: number
  readonly reserve: number
  /** Epoch ms. */
  readonly date_time: number
  readonly expires: number
  readonly seller: number
  /** 10 to 14. */
  readonly category: number
  readonly extra: string
}

const FIRST_CATEGORY = 10
const CATEGORIES = 5
const AUCTION_BYTES = 500
/** Of a hundred people one sells more than all others together. */
const HOT_SELLER_EVERY = 100
/** Ids of so many auctions to come are bid for before they have come. */
const AUCTIONS_AHEAD = 10

export function auctionOf(number: number, settings: Settings, chance: EventChance): Auction {
  const hot = FIRST_ID + lastPerson(number) - (lastPerson(number) % HOT_SELLER_EVERY)
  const seller = chance.isHot(settings.hotSellerRatio) ? hot : anyPerson(number, settings, chance)
  const item = words(20, chance)
  const description = words(100, chance)
  const initial = nextPrice(chance)
  const time = timeOf(number, settings)
  return {
    id: FIRST_ID + lastAuction(number),
    item_name: item,
    description,
    initial_bid: initial,
    reserve: initial + nextPrice(chance),
    date_time: time,
    expires: time + lengthMs(number, settings, chance),
    seller,
    category: FIRST_CATEGORY + chance.below(CATEGORIES),
    extra: filling(8 * 6 + item.length + description.length, AUCTION_BYTES, chance),
  }
}

/** On average as long as it takes for as many auctions to come as are in flight. */
function lengthMs(number: number, settings: Settings, chance: EventChance): number {
  const ahead = timeOf(number + eventsForAuctions(settings.auctionsInFlight), settings) - timeOf(number, settings)
  return 1 + chance.below(Math.max(2 * ahead, 1))
}

/** An auction that is in flight, or about to come. */
export function anyAuction(number: number, { auctionsInFlight }: Settings, chance: EventChance): number {
  const last = lastAuction(number)
  const first = Math.max(last - auctionsInFlight, 0)
  return FIRST_ID + first + chance.below(last - first + 1 + AUCTIONS_AHEAD)
}
