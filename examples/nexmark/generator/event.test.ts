import { expect, test } from 'vitest'
import { events, type NexmarkEvent } from './event.ts'
import { SETTINGS } from './settings.ts'

function bidsOf(all: readonly NexmarkEvent[]): { auction: number; bidder: number; price: number; date_time: number }[] {
  return all.flatMap((one) => (one.source === 'bid' ? [one.row] : []))
}

test('of fifty events one is a person, three are auctions and 46 are bids', () => {
  const sources = [...events({ from: 100, to: 1100 }, SETTINGS)].map(({ source }) => source)
  const shares = ['person', 'auction', 'bid'].map((source) => sources.filter((one) => one === source).length)
  expect(shares).toEqual([20, 60, 920])
})

test('ids are dense and begin at 1000', () => {
  const all = [...events({ from: 0, to: 500 }, SETTINGS)]
  const people = all.flatMap((one) => (one.source === 'person' ? [one.row.id] : []))
  const auctions = all.flatMap((one) => (one.source === 'auction' ? [one.row.id] : []))
  expect(people).toEqual(Array.from({ length: 10 }, (_, i) => 1000 + i))
  expect(auctions).toEqual(Array.from({ length: 30 }, (_, i) => 1000 + i))
})

test('a slice is the same made alone', () => {
  const settings = { ...SETTINGS, seed: 7, disorder: 20 }
  const whole = [...events({ from: 0, to: 700 }, settings)]
  expect([...events({ from: 333, to: 421 }, settings)]).toEqual(whole.slice(333, 421))
})

test('another seed gives other rows at the same times', () => {
  const [one, other] = [1, 2].map((seed) => [...events({ from: 0, to: 200 }, { ...SETTINGS, seed })])
  expect(one).not.toEqual(other)
  expect(one.map(({ row }) => row.date_time)).toEqual(other.map(({ row }) => row.date_time))
})

test('event time follows the rate', () => {
  const times = [...events({ from: 0, to: 101 }, { ...SETTINGS, rate: 200, firstTimeMs: 5000 })].map(({ row }) => row.date_time)
  expect([times[0], times[1], times[100]]).toEqual([5000, 5005, 5500])
})

test('disorder stays within its group and loses no event', () => {
  const ordered = [...events({ from: 0, to: 300 }, { ...SETTINGS, disorder: 1 })]
  const mixed = [...events({ from: 0, to: 300 }, { ...SETTINGS, disorder: 30 })]
  expect(mixed).not.toEqual(ordered)
  for (let from = 0; from < 300; from += 30) {
    const text = (all: readonly NexmarkEvent[]): string[] =>
      all
        .slice(from, from + 30)
        .map((one) => JSON.stringify(one))
        .sort()
    expect(text(mixed)).toEqual(text(ordered))
  }
})

test('half of the bids are for the hot auction, three quarters are of the hot bidder', () => {
  const bids = bidsOf([...events({ from: 500_000, to: 501_000 }, SETTINGS)])
  const share = (name: 'auction' | 'bidder'): number => {
    const counts = [...Map.groupBy(bids, (bid) => bid[name]).values()].map((of) => of.length)
    return Math.max(...counts) / bids.length
  }
  expect(share('auction')).toBeGreaterThan(0.4)
  expect(share('auction')).toBeLessThan(0.6)
  expect(share('bidder')).toBeGreaterThan(0.68)
  expect(share('bidder')).toBeLessThan(0.82)
})

test('prices lie between 1.00 and 1,000,000.00, every order of magnitude as often', () => {
  const prices = bidsOf([...events({ from: 0, to: 10_000 }, SETTINGS)]).map(({ price }) => price)
  expect(Math.min(...prices)).toBeGreaterThanOrEqual(100)
  expect(Math.max(...prices)).toBeLessThanOrEqual(100_000_000)
  const low = prices.filter((price) => price < 10_000).length / prices.length
  expect(low).toBeGreaterThan(0.3)
  expect(low).toBeLessThan(0.37)
})

test('bids fall to auctions of which some run and some have not come', () => {
  const all = [...events({ from: 20_000, to: 22_000 }, SETTINGS)]
  const opened = new Map(all.flatMap((one) => (one.source === 'auction' ? [[one.row.id, one.row] as const] : [])))
  const known = bidsOf(all).flatMap((bid) => {
    const auction = opened.get(bid.auction)
    return auction === undefined ? [] : [{ early: bid.date_time < auction.date_time, runs: bid.date_time <= auction.expires }]
  })
  expect(known.filter(({ early }) => early).length).toBeGreaterThan(0)
  expect(known.filter(({ early, runs }) => !early && runs).length).toBeGreaterThan(100)
})
