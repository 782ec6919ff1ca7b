import { checkPlan, type Value } from '@millrace/core'
import { duckdbRunner } from '@millrace/engine-duckdb'
import { streamRunner } from '@millrace/engine-stream'
import { referenceRunner } from '@millrace/reference'
import { compareResults, type PlanRunLine, prepareCase } from '@millrace/testkit'
import { expect, test } from 'vitest'
import { QUERY_LIST } from './nexmark-case.ts'

const S = 1000
const DAY = 86_400_000

function bid(auction: number, bidder: number, price: number, time: number, channel = 'Apple'): PlanRunLine {
  const url = 'https://shop.test/a/b/c/item.htm'
  return { source: 'bid', row: { auction, bidder, price, channel, url, date_time: time, extra: 'x' } }
}

function auction(id: number, seller: number, options: { from: number; to: number; category?: number }): PlanRunLine {
  const { from, to, category = 10 } = options
  const texts = { item_name: `item ${id}`, description: 'd', extra: 'x' }
  return { source: 'auction', row: { id, ...texts, initial_bid: 1, reserve: 2, date_time: from, expires: to, seller, category } }
}

function person(id: number, state: string, time: number): PlanRunLine {
  const texts = { name: `name ${id}`, email_address: 'e', credit_card: 'c', city: 'Salem', extra: 'x' }
  return { source: 'person', row: { id, ...texts, state, date_time: time } }
}

interface SmallCase {
  readonly query: string
  readonly says: string
  readonly lines: readonly PlanRunLine[]
  /** By the names of the query's columns, or of those that are looked at. */
  readonly rows: readonly Readonly<Record<string, Value>>[]
}

const CASES: readonly SmallCase[] = [
  {
    query: 'q1',
    says: 'a dollar is 0.908 euros',
    lines: [bid(1, 2, 1000, 0)],
    rows: [{ auction: 1, bidder: 2, price: 908, date_time: 0, extra: 'x' }],
  },
  {
    query: 'q2',
    says: 'every 123rd auction is chosen',
    lines: [bid(122, 1, 5, 0), bid(123, 1, 6, 0), bid(246, 1, 7, 0), bid(247, 1, 8, 0)],
    rows: [
      { auction: 123, price: 6 },
      { auction: 246, price: 7 },
    ],
  },
  {
    query: 'q3',
    says: 'the seller may come long after the auction, and only one category and three states count',
    lines: [
      auction(1, 7, { from: 0, to: S }),
      auction(2, 7, { from: 1, to: S, category: 11 }),
      auction(3, 8, { from: 2, to: S }),
      person(8, 'WA', 5000 * S),
      person(7, 'ID', 5000 * S),
    ],
    rows: [{ name: 'name 7', city: 'Salem', state: 'ID', auction: 1 }],
  },
  {
    query: 'q4',
    says: 'bids count from the opening to the expiry, both included; the mean is that of the best',
    lines: [
      auction(1, 7, { from: 2 * S, to: 4 * S }),
      auction(2, 7, { from: 2 * S, to: 4 * S }),
      auction(3, 7, { from: 2 * S, to: 4 * S, category: 11 }),
      bid(1, 1, 900, 2 * S - 1),
      bid(1, 1, 10, 2 * S),
      bid(1, 1, 20, 3 * S),
      bid(2, 1, 41, 4 * S),
      bid(2, 1, 800, 4 * S + 1),
      bid(9, 1, 700, 3 * S),
    ],
    rows: [{ category: 10, mean_price: 30.5 }],
  },
  {
    query: 'q5',
    says: 'all auctions with as many bids are hot, and a window ends before its end',
    lines: [bid(1, 1, 5, 0), bid(2, 1, 5, 1999), bid(2, 1, 5, 10 * S), bid(1, 1, 5, 11 * S)],
    rows: [
      { window_start: -8 * S, window_end: 2 * S, auction: 1, bids: 1 },
      { window_start: -8 * S, window_end: 2 * S, auction: 2, bids: 1 },
      ...[4, 6, 8, 10].flatMap((end) => [1, 2].map((id) => ({ window_start: (end - 10) * S, window_end: end * S, auction: id, bids: 1 }))),
      ...[12, 14, 16, 18, 20].flatMap((end) =>
        [1, 2].map((id) => ({ window_start: (end - 10) * S, window_end: end * S, auction: id, bids: 1 })),
      ),
    ],
  },
  {
    query: 'q5',
    says: 'a cold auction is not listed beside a hot one',
    lines: [bid(1, 1, 5, 0), bid(2, 1, 5, 0), bid(1, 2, 5, 1)],
    rows: [2, 4, 6, 8, 10].map((end) => ({ window_start: (end - 10) * S, window_end: end * S, auction: 1, bids: 2 })),
  },
  {
    query: 'q7',
    says: 'all bids of the highest price are given, each period by itself',
    lines: [bid(1, 1, 9, 0), bid(2, 2, 9, 9999), bid(1, 3, 8, 5), bid(1, 4, 9, 10 * S), bid(3, 5, 3, 20 * S - 1)],
    rows: [
      { window_start: 0, window_end: 10 * S, auction: 1, price: 9, bidder: 1, date_time: 0, extra: 'x' },
      { window_start: 0, window_end: 10 * S, auction: 2, price: 9, bidder: 2, date_time: 9999, extra: 'x' },
      { window_start: 10 * S, window_end: 20 * S, auction: 1, price: 9, bidder: 4, date_time: 10 * S, extra: 'x' },
    ],
  },
  {
    query: 'q8',
    says: 'person and auction must come in the same ten seconds, and a person is given once',
    lines: [
      person(7, 'CA', 9 * S),
      person(8, 'CA', 9 * S),
      auction(1, 7, { from: 0, to: 1 }),
      auction(2, 7, { from: 9 * S, to: 1 }),
      auction(3, 8, { from: 10 * S, to: 1 }),
    ],
    rows: [{ id: 7, name: 'name 7', window_start: 0, window_end: 10 * S }],
  },
  {
    query: 'q9',
    says: 'of equal prices the earlier bid wins, and bids after the expiry do not count',
    lines: [
      auction(1, 7, { from: 0, to: 10 * S }),
      auction(2, 7, { from: 0, to: 10 * S }),
      bid(1, 4, 50, 3 * S),
      bid(1, 5, 50, 2 * S),
      bid(1, 6, 40, S),
      bid(1, 6, 99, 10 * S + 1),
    ],
    rows: [
      {
        id: 1,
        item_name: 'item 1',
        description: 'd',
        initial_bid: 1,
        reserve: 2,
        date_time: 0,
        expires: 10 * S,
        seller: 7,
        category: 10,
        extra: 'x',
        bidder: 5,
        price: 50,
        bid_time: 2 * S,
        bid_extra: 'x',
      },
    ],
  },
  {
    query: 'q11',
    says: 'a bid ten seconds after the last belongs to its session, one a millisecond later does not',
    lines: [bid(1, 1, 5, 0), bid(2, 1, 5, 10 * S), bid(3, 1, 5, 20 * S + 1), bid(1, 2, 5, 7 * S)],
    rows: [
      { window_start: 0, window_end: 20 * S, bidder: 1, bids: 2 },
      { window_start: 20 * S + 1, window_end: 30 * S + 1, bidder: 1, bids: 1 },
      { window_start: 7 * S, window_end: 17 * S, bidder: 2, bids: 1 },
    ],
  },
  {
    query: 'q12',
    says: 'a bid at the end of ten seconds belongs to the next',
    lines: [bid(1, 1, 5, 0), bid(2, 1, 5, 9999), bid(3, 1, 5, 10 * S)],
    rows: [
      { window_start: 0, window_end: 10 * S, bidder: 1, bids: 2 },
      { window_start: 10 * S, window_end: 20 * S, bidder: 1, bids: 1 },
    ],
  },
  {
    query: 'q15',
    says: 'ranks begin at 10,000 and 1,000,000, and a user of two ranks counts once in all',
    lines: [bid(1, 1, 9999, 0), bid(1, 1, 10_000, 1), bid(2, 2, 999_999, 2), bid(3, 1, 1_000_000, DAY - 1), bid(3, 3, 1, DAY)],
    rows: [
      {
        day: 0,
        total_bids: 4,
        rank1_bids: 1,
        rank2_bids: 2,
        rank3_bids: 1,
        total_bidders: 2,
        rank1_bidders: 1,
        rank2_bidders: 2,
        rank3_bidders: 1,
        total_auctions: 3,
        rank1_auctions: 1,
        rank2_auctions: 2,
        rank3_auctions: 1,
      },
      {
        day: DAY,
        total_bids: 1,
        rank1_bids: 1,
        rank2_bids: 0,
        rank3_bids: 0,
        total_bidders: 1,
        rank1_bidders: 1,
        rank2_bidders: 0,
        rank3_bidders: 0,
        total_auctions: 1,
        rank1_auctions: 1,
        rank2_auctions: 0,
        rank3_auctions: 0,
      },
    ],
  },
  {
    query: 'q16',
    says: 'channels stand alone, with the last minute in which a bid came',
    lines: [bid(1, 1, 5, 61 * S, 'Apple'), bid(2, 1, 20_000, 59 * S, 'Apple'), bid(1, 1, 5, 0, 'Baidu')],
    rows: [
      {
        channel: 'Apple',
        day: 0,
        last_minute: 60 * S,
        total_bids: 2,
        rank1_bids: 1,
        rank2_bids: 1,
        rank3_bids: 0,
        total_bidders: 1,
        rank1_bidders: 1,
        rank2_bidders: 1,
        rank3_bidders: 0,
        total_auctions: 2,
        rank1_auctions: 1,
        rank2_auctions: 1,
        rank3_auctions: 0,
      },
      {
        channel: 'Baidu',
        day: 0,
        last_minute: 0,
        total_bids: 1,
        rank1_bids: 1,
        rank2_bids: 0,
        rank3_bids: 0,
        total_bidders: 1,
        rank1_bidders: 1,
        rank2_bidders: 0,
        rank3_bidders: 0,
        total_auctions: 1,
        rank1_auctions: 1,
        rank2_auctions: 0,
        rank3_auctions: 0,
      },
    ],
  },
  {
    query: 'q17',
    says: 'auctions stand alone, day by day',
    lines: [bid(1, 1, 7, 0), bid(1, 2, 10_000, DAY - 1), bid(1, 2, 3, DAY)],
    rows: [
      {
        auction: 1,
        day: 0,
        total_bids: 2,
        rank1_bids: 1,
        rank2_bids: 1,
        rank3_bids: 0,
        min_price: 7,
        max_price: 10_000,
        avg_price: 5003.5,
        sum_price: 10_007,
      },
      {
        auction: 1,
        day: DAY,
        total_bids: 1,
        rank1_bids: 1,
        rank2_bids: 0,
        rank3_bids: 0,
        min_price: 3,
        max_price: 3,
        avg_price: 3,
        sum_price: 3,
      },
    ],
  },
  {
    query: 'q18',
    says: 'the last is the latest by event time, of equal times the one that arrived last',
    lines: [bid(1, 1, 5, 2 * S), bid(1, 1, 6, S), bid(2, 1, 7, S), bid(2, 1, 8, S)],
    rows: [
      { auction: 1, bidder: 1, price: 5, date_time: 2 * S },
      { auction: 2, bidder: 1, price: 8, date_time: S },
    ],
  },
  {
    query: 'q19',
    says: 'ten bids are kept, and of equal prices those of lesser bidders first',
    lines: Array.from({ length: 12 }, (_, i) => bid(1, 12 - i, i < 2 ? 1 : i < 9 ? 10 : 100, i)),
    rows: [
      ...[1, 2, 3].map((bidder, i) => ({ bidder, price: 100, rank_number: i + 1 })),
      ...[4, 5, 6, 7, 8, 9, 10].map((bidder, i) => ({ bidder, price: 10, rank_number: i + 4 })),
    ],
  },
  {
    query: 'q20',
    says: 'a bid may come before its auction and long after its expiry',
    lines: [
      bid(1, 4, 50, 0),
      bid(2, 4, 50, 0),
      auction(1, 7, { from: S, to: 2 * S }),
      auction(2, 7, { from: S, to: S, category: 11 }),
      bid(1, 5, 60, 900 * S),
    ],
    rows: [
      { auction: 1, bidder: 4, price: 50, date_time: 0, item_name: 'item 1', auction_time: S },
      { auction: 1, bidder: 5, price: 60, date_time: 900 * S, item_name: 'item 1', auction_time: S },
    ],
  },
  {
    query: 'q22',
    says: 'the folders come after the host',
    lines: [bid(1, 2, 3, 0)],
    rows: [{ auction: 1, bidder: 2, price: 3, channel: 'Apple', dir1: 'a', dir2: 'b', dir3: 'c' }],
  },
]

test.each(CASES)('$query: $says', async ({ query, lines, rows }) => {
  const { plan } = QUERY_LIST.find(({ name }) => name === query) as (typeof QUERY_LIST)[number]
  const prepared = prepareCase({ plan, lines })
  const looked = checkPlan(plan).output.fields.filter(({ name }) => name in rows[0])
  const expected = { columns: looked, rows: rows.map((row) => looked.map(({ name }) => row[name])), late: [] }
  for (const runner of [referenceRunner, duckdbRunner, streamRunner]) {
    const { columns, rows: found } = await runner.run(prepared.plan, prepared.rows, { mode: 'exact', batchRows: 2, workers: 2 })
    const places = looked.map(({ name }) => columns.findIndex((column) => column.name === name))
    const actual = { columns: looked, rows: found.map((values) => places.map((place) => values[place])), late: [] }
    expect(compareResults(expected, actual), runner.engine).toBeUndefined()
  }
})

test('every query that does more than pass rows on has a small case', () => {
  expect(QUERY_LIST.map(({ name }) => name).filter((name) => name !== 'q0' && !CASES.some(({ query }) => query === name))).toEqual([])
})
