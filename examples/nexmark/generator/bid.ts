import { anyAuction } from './auction.ts'
import { EventChance } from './event-chance.ts'
import { anyPerson } from './person.ts'
import { nextPrice } from './price.ts'
import { type Settings, timeOf } from './settings.ts'
import { FIRST_ID, lastAuction, lastPerson } from './share.ts'
import { filling, pathPart } from './text.ts'

export interface Bid {
  readonly auction: number
  readonly bidder: number
  /** Cents. */
  readonly price: number
  readonly channel: string
  readonly url: string
  /** Epoch ms. */
  readonly date_time: number
  readonly extra: string
}

/** Of a hundred auctions, and of a hundred people, one is hot at a time. */
const HOT_EVERY = 100
const BID_BYTES = 100
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple']
/** Half of the bids come through hot channels. */
const HOT_CHANNEL_RATIO = 2
const CHANNELS = 10_000
/** Nine of ten addresses of other channels name the channel. */
const NAMED_RATIO = 10

interface Channel {
  readonly name: string
  readonly url: string
}

/** Channels are the same whatever the seed of the events. */
function channel(place: number, name: string, isNamed: (chance: EventChance) => boolean): Channel {
  const chance = new EventChance(4).begin(place)
  const base = `https://www.nexmark.com/${pathPart(chance)}/${pathPart(chance)}/${pathPart(chance)}/item.htm?query=1`
  return { name, url: isNamed(chance) ? `${base}&channel_id=${place}` : base }
}

const HOT = HOT_CHANNELS.map((name, i) => channel(CHANNELS + i, name, () => false))
const OTHERS = Array.from({ length: CHANNELS }, (_, i) => channel(i, `channel-${i}`, (chance) => chance.isHot(NAMED_RATIO)))

export function bidOf(number: number, settings: Settings, chance: EventChance): Bid {
  const auction = chance.isHot(settings.hotAuctionRatio) ? FIRST_ID + hotOf(lastAuction(number)) : anyAuction(number, settings, chance)
  const bidder = chance.isHot(settings.hotBidderRatio) ? FIRST_ID + hotOf(lastPerson(number)) + 1 : anyPerson(number, settings, chance)
  const price = nextPrice(chance)
  const { name, url } = chance.pick(chance.isHot(HOT_CHANNEL_RATIO) ? HOT : OTHERS)
  return {
    auction,
    bidder,
    price,
    channel: name,
    url,
    date_time: timeOf(number, settings),
    extra: filling(8 * 4, BID_BYTES, chance),
  }
}

function hotOf(last: number): number {
  return last - (last % HOT_EVERY)
}
