import {
  type Asset,
  aggregate,
  all,
  asOf,
  compileAsset,
  contract,
  count,
  dedupe,
  desc,
  filter,
  gt,
  join,
  latest,
  logFiles,
  lookup,
  lower,
  max,
  mul,
  over,
  select,
  session,
  stream,
  streamsOf,
  sum,
  t,
  topN,
  tumbling,
  union,
} from '@millrace/core'
import { duckdbRunner } from '@millrace/engine-duckdb'
import { streamRunner } from '@millrace/engine-stream'
import { differenceOn, type PlanRunLine, seedOr } from '@millrace/testkit'
import { describe, expect, test } from 'vitest'

const common = { from: logFiles('*.log', { format: 'combined' }), watermark: { delay: '20s' }, late: 'keep' } as const
const orders = stream('orders', {
  ...common,
  contract: contract('orders', {
    eventTime: 'ordered_at',
    key: 'order_id',
    fields: { ordered_at: t.timestamp(), order_id: t.string(), buyer: t.string(), amount: t.int32({ nullable: true }), gone: t.boolean() },
  }),
})
const payments = stream('payments', {
  ...common,
  contract: contract('payments', {
    eventTime: 'paid_at',
    key: 'payment_id',
    fields: { paid_at: t.timestamp(), payment_id: t.string(), order_id: t.string(), paid: t.int64() },
  }),
})
const prices = stream('prices', {
  ...common,
  contract: contract('prices', { eventTime: 'valid_from', fields: { valid_from: t.timestamp(), buyer: t.string(), discount: t.int32() } }),
})

const perBuyer = aggregate('per_buyer', orders, {
  by: 'buyer',
  window: tumbling('1m'),
  columns: (r) => ({ n: count(), spent: sum(r.amount) }),
})
const paid = join('paid', orders, payments, { on: 'order_id', within: ['-30s', '1m'], how: 'left' })
const current = latest('current', orders, { by: 'buyer', deleted: 'gone' })
const VIEWS: readonly Asset[] = [
  perBuyer,
  paid,
  select('cheap', orders, { where: (r) => gt(r.amount, 2), columns: (r) => ({ who: lower(r.buyer), twice: mul(r.amount, 2) }) }),
  aggregate('paid_by_buyer', paid, { by: 'buyer', window: tumbling('2m'), columns: (r) => ({ n: count(), paid: sum(r.paid) }) }),
  aggregate('visits', orders, { by: (r) => ({ who: lower(r.buyer) }), window: session('30s'), columns: () => ({ n: count() }) }),
  aggregate('everything', orders, { by: [], window: all(), columns: (r) => ({ n: count(), most: max(r.amount) }) }),
  over('paced', orders, { by: 'buyer', range: '1m', columns: (r) => ({ recent: count(), most: max(r.amount) }) }),
  asOf('priced', orders, prices, { on: 'buyer', maxAge: '5m', how: 'left', columns: (l, r) => ({ id: l.order_id, off: r.discount }) }),
  asOf('strictly', payments, orders, { on: 'order_id', strict: true }),
  dedupe('once', payments, { by: 'order_id', horizon: '1m' }),
  current,
  topN('best', perBuyer, { orderBy: [desc('spent')], n: 2, rank: 'place' }),
  topN('richest', current, { orderBy: [desc('amount')], n: 2 }),
  union('both', [
    select('o', orders, { columns: (r) => ({ at: r.ordered_at, id: r.order_id }) }),
    select('p', payments, { columns: (r) => ({ id: r.payment_id, at: r.paid_at }) }),
  ]),
  filter('late_payers', paid, (r) => gt(r.paid, 1)),
  lookup('known', payments, latest('order', orders, { by: 'order_id' }), { on: 'order_id', how: 'left' }),
  lookup('priced_now', orders, latest('price', prices, { by: 'buyer' }), {
    on: 'buyer',
    columns: (l, r) => ({ id: l.order_id, off: r.discount }),
  }),
]

/** A small generator with a seed, uniform in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function linesOf(seed: number, sources: ReadonlySet<string>): PlanRunLine[] {
  const random = generator(seed)
  const pick = (n: number): number => Math.floor(random() * n)
  const name = (): string => ['a', 'B', 'c', 'd'][pick(4)]
  let now = Date.UTC(2026, 0, 1)
  const row: Readonly<Record<string, (time: number) => Record<string, unknown>>> = {
    orders: (time) => ({ ordered_at: time, order_id: name(), buyer: name(), amount: [null, 1, 2, 3, 50][pick(5)], gone: pick(5) === 0 }),
    payments: (time) => ({ paid_at: time, payment_id: String(pick(99)), order_id: name(), paid: pick(4) }),
    prices: (time) => ({ valid_from: time, buyer: name(), discount: pick(9) }),
  }
  return Array.from({ length: 60 }, () => {
    const source = ['orders', 'payments', 'prices'][pick(3)]
    now += pick(8_000)
    return { source, row: row[source](now - pick(45_000)) }
  }).filter((line) => sources.has(line.source))
}

describe('declared views', () => {
  const seed = seedOr(1)
  for (const view of VIEWS) {
    test(`${view.name} is the same on every engine, for every batch size and worker count (seed ${seed})`, async () => {
      const { plan } = compileAsset(view)
      const sources = new Set(streamsOf(view).map(({ name }) => name))
      for (let run = 0; run < 3; run++) {
        const lines = linesOf(seed * 100 + run, sources)
        for (const runner of [streamRunner, duckdbRunner]) {
          const batchRows = runner === duckdbRunner ? [512] : [1, 7, 512]
          const found = await differenceOn({ runner, batchRows, workers: runner === duckdbRunner ? [1] : [1, 4] }, { plan, lines })
          if (found !== undefined) expect.fail(`${runner.engine} ${JSON.stringify(found.options)}: ${found.text}\n${JSON.stringify(plan)}`)
        }
      }
    })
  }
})
