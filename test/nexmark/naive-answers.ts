import type { Auction } from '../../examples/nexmark/generator/auction.ts'
import type { Bid } from '../../examples/nexmark/generator/bid.ts'
import type { NexmarkEvent } from '../../examples/nexmark/generator/event.ts'
import type { Person } from '../../examples/nexmark/generator/person.ts'

/** What the benchmark's statements ask, as loops over all events: nothing here knows plans, engines or lateness. */
export type Answer = (events: Events) => readonly Readonly<Record<string, unknown>>[]

export interface Events {
  readonly people: readonly Person[]
  readonly auctions: readonly Auction[]
  readonly bids: readonly Bid[]
}

export function eventsBySource(events: readonly NexmarkEvent[]): Events {
  return {
    people: events.flatMap((one) => (one.source === 'person' ? [one.row] : [])),
    auctions: events.flatMap((one) => (one.source === 'auction' ? [one.row] : [])),
    bids: events.flatMap((one) => (one.source === 'bid' ? [one.row] : [])),
  }
}

const DAY_MS = 86_400_000

function startOf(time: number, sizeMs: number): number {
  return Math.floor(time / sizeMs) * sizeMs
}

function grouped<T>(rows: readonly T[], key: (row: T) => unknown): T[][] {
  return [...Map.groupBy(rows, (row) => JSON.stringify(key(row))).values()]
}

function whileItRan({ auctions, bids }: Events): { auction: Auction; bid: Bid }[] {
  return auctions.flatMap((auction) =>
    bids
      .filter((bid) => bid.auction === auction.id && auction.date_time <= bid.date_time && bid.date_time <= auction.expires)
      .map((bid) => ({ auction, bid })),
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size
}

const RANKS: Readonly<Record<string, (bid: Bid) => boolean>> = {
  total: () => true,
  rank1: (bid) => bid.price < 10_000,
  rank2: (bid) => bid.price >= 10_000 && bid.price < 1_000_000,
  rank3: (bid) => bid.price >= 1_000_000,
}

function statistics(bids: readonly Bid[], of: Readonly<Record<string, (bids: readonly Bid[]) => number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(RANKS).flatMap(([rank, isOfRank]) =>
      Object.entries(of).map(([name, figure]) => [`${rank}_${name}`, figure(bids.filter(isOfRank))] as const),
    ),
  )
}

const COUNTED = { bids: (bids: readonly Bid[]) => bids.length }
const DISTINCT = {
  ...COUNTED,
  bidders: (bids: readonly Bid[]) => distinct(bids.map((bid) => bid.bidder)),
  auctions: (bids: readonly Bid[]) => distinct(bids.map((bid) => bid.auction)),
}

const q3: Answer = ({ people, auctions }) =>
  auctions
    .filter((auction) => auction.category === 10)
    .flatMap((auction) =>
      people
        .filter((person) => person.id === auction.seller && (person.state === 'OR' || person.state === 'ID' || person.state === 'CA'))
        .map(({ name, city, state }) => ({ name, city, state, auction: auction.id })),
    )

const q4: Answer = (events) => {
  const won = grouped(whileItRan(events), ({ auction }) => auction.id).map((pairs) => ({
    category: pairs[0].auction.category,
    price: Math.max(...pairs.map(({ bid }) => bid.price)),
  }))
  return grouped(won, ({ category }) => category).map((all) => ({
    category: all[0].category,
    mean_price: mean(all.map(({ price }) => price)),
  }))
}

const q5: Answer = ({ bids }) => {
  const rows: Record<string, unknown>[] = []
  const ends = new Set(bids.flatMap(({ date_time: time }) => [1, 2, 3, 4, 5].map((step) => startOf(time, 2000) + step * 2000)))
  for (const end of ends) {
    const inside = bids.filter(({ date_time: time }) => end - 10_000 <= time && time < end)
    const counts = grouped(inside, ({ auction }) => auction).map((of) => ({ auction: of[0].auction, bids: of.length }))
    const most = Math.max(...counts.map((one) => one.bids))
    for (const one of counts) if (one.bids === most) rows.push({ window_start: end - 10_000, window_end: end, ...one })
  }
  return rows
}

const q7: Answer = ({ bids }) =>
  grouped(bids, ({ date_time: time }) => startOf(time, 10_000)).flatMap((inside) => {
    const highest = Math.max(...inside.map(({ price }) => price))
    const start = startOf(inside[0].date_time, 10_000)
    return inside
      .filter(({ price }) => price === highest)
      .map(({ auction, price, bidder, date_time, extra }) => ({
        window_start: start,
        window_end: start + 10_000,
        auction,
        price,
        bidder,
        date_time,
        extra,
      }))
  })

const q8: Answer = ({ people, auctions }) =>
  people.flatMap(({ id, name, date_time: time }) => {
    const start = startOf(time, 10_000)
    const isSelling = auctions.some((auction) => auction.seller === id && startOf(auction.date_time, 10_000) === start)
    return isSelling ? [{ id, name, window_start: start, window_end: start + 10_000 }] : []
  })

const q9: Answer = (events) =>
  grouped(whileItRan(events), ({ auction }) => auction.id).map((pairs) => {
    const [{ auction, bid }] = pairs.toSorted((a, b) => b.bid.price - a.bid.price || a.bid.date_time - b.bid.date_time)
    return { ...auction, bidder: bid.bidder, price: bid.price, bid_time: bid.date_time, bid_extra: bid.extra }
  })

const q11: Answer = ({ bids }) =>
  grouped(bids, ({ bidder }) => bidder).flatMap((of) => {
    const times = of.map((bid) => bid.date_time).toSorted((a, b) => a - b)
    const breaks = times.flatMap((time, i) => (i === 0 || time - times[i - 1] > 10_000 ? [i] : []))
    return breaks.map((from, i) => {
      const to = breaks[i + 1] ?? times.length
      return { window_start: times[from], window_end: times[to - 1] + 10_000, bidder: of[0].bidder, bids: to - from }
    })
  })

const q12: Answer = ({ bids }) =>
  grouped(bids, ({ bidder, date_time: time }) => [bidder, startOf(time, 10_000)]).map((of) => {
    const start = startOf(of[0].date_time, 10_000)
    return { window_start: start, window_end: start + 10_000, bidder: of[0].bidder, bids: of.length }
  })

const q15: Answer = ({ bids }) =>
  grouped(bids, ({ date_time: time }) => startOf(time, DAY_MS)).map((of) => ({
    day: startOf(of[0].date_time, DAY_MS),
    ...statistics(of, DISTINCT),
  }))

const q16: Answer = ({ bids }) =>
  grouped(bids, ({ channel, date_time: time }) => [channel, startOf(time, DAY_MS)]).map((of) => ({
    channel: of[0].channel,
    day: startOf(of[0].date_time, DAY_MS),
    last_minute: startOf(Math.max(...of.map((bid) => bid.date_time)), 60_000),
    ...statistics(of, DISTINCT),
  }))

const q17: Answer = ({ bids }) =>
  grouped(bids, ({ auction, date_time: time }) => [auction, startOf(time, DAY_MS)]).map((of) => {
    const prices = of.map(({ price }) => price)
    return {
      auction: of[0].auction,
      day: startOf(of[0].date_time, DAY_MS),
      ...statistics(of, COUNTED),
      min_price: Math.min(...prices),
      max_price: Math.max(...prices),
      avg_price: mean(prices),
      sum_price: prices.reduce((sum, price) => sum + price, 0),
    }
  })

/** Of equal times the bid that came last. */
const q18: Answer = ({ bids }) =>
  grouped(bids, ({ bidder, auction }) => [bidder, auction]).map((of) => ({
    ...of.reduce((last, bid) => (bid.date_time >= last.date_time ? bid : last)),
  }))

/** Of equal prices the one whose other columns are less. */
const q19: Answer = ({ bids }) =>
  grouped(bids, ({ auction }) => auction).flatMap((of) =>
    of
      .toSorted((a, b) => b.price - a.price || a.bidder - b.bidder)
      .slice(0, 10)
      .map((bid, i) => ({ ...bid, rank_number: i + 1 })),
  )

const q20: Answer = ({ auctions, bids }) =>
  bids.flatMap((bid) =>
    auctions
      .filter((auction) => auction.id === bid.auction && auction.category === 10)
      .map(({ date_time, extra, ...auction }) => ({ ...auction, ...bid, auction_time: date_time, auction_extra: extra })),
  )

const q22: Answer = ({ bids }) =>
  bids.map((bid) => {
    const [, , , dir1, dir2, dir3] = bid.url.split('/')
    return { ...bid, dir1, dir2, dir3 }
  })

/** By query. Columns that a query does not give are not looked at. */
export const NAIVE_ANSWERS: Readonly<Record<string, Answer>> = {
  q0: ({ bids }) => bids.map((bid) => ({ ...bid })),
  q1: ({ bids }) => bids.map((bid) => ({ ...bid, price: bid.price * 0.908 })),
  q2: ({ bids }) => bids.filter((bid) => bid.auction % 123 === 0).map((bid) => ({ ...bid })),
  q3,
  q4,
  q5,
  q7,
  q8,
  q9,
  q11,
  q12,
  q15,
  q16,
  q17,
  q18,
  q19,
  q20,
  q22,
}
