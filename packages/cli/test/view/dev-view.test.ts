import { afterAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'

const CASE_MS_MAX = 60_000
const START = Date.UTC(2026, 2, 1)

const PROJECT = {
  'package.json': '{"type":"module","private":true}\n',
  'millrace.config.ts': "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'shop' })\n",
  'shop.ts': `import * as m from 'millrace'
const { t } = m
const from = (name) => m.files('in/' + name + '*.jsonl', { format: 'json-lines' })
const common = { watermark: { delay: '5s' }, late: 'keep' }
export const orders = m.stream('orders', { ...common, from: from('orders'), contract: m.contract('orders', {
  eventTime: 'ordered_at', key: 'order_id', fields: { ordered_at: t.timestamp(), order_id: t.int64(), buyer: t.string() } }) })
export const payments = m.stream('payments', { ...common, from: from('payments'), contract: m.contract('payments', {
  eventTime: 'paid_at', key: 'payment_id', fields: { paid_at: t.timestamp(), payment_id: t.int64(), order_id: t.int64(), cents: t.int64() } }) })
export const rates = m.stream('rates', { ...common, from: from('rates'), contract: m.contract('rates', {
  eventTime: 'valid_from', fields: { valid_from: t.timestamp(), buyer: t.string(), rate: t.int32() } }) })
export const paid = m.join('paid', orders, payments, { on: 'order_id', within: ['0s', '30s'] })
export const perMinute = m.aggregate('per_minute', paid, { by: 'buyer', window: m.tumbling('1m'), columns: (r) => ({ n: m.count(), cents: m.sum(r.cents) }) })
export const early = m.aggregate('early', orders, { by: [], window: m.tumbling('1m', { early: '10s' }), columns: () => ({ n: m.count() }) })
export const rated = m.asOf('rated', orders, rates, { on: 'buyer', columns: (l, r) => ({ order_id: l.order_id, rate: r.rate }) })
export const current = m.latest('current', orders, { by: 'buyer' })
`,
}

function lines(count: number, row: (i: number) => object): string {
  return Array.from({ length: count }, (_, i) => `${JSON.stringify(row(i))}\n`).join('')
}
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()
const buyer = (i: number): string => `b${i % 5}`

describe('dev computes views over several streams', () => {
  const bench = new Workbench(PROJECT)
  afterAll(() => bench.close())

  it('as their records come, and goes on after a kill', { timeout: CASE_MS_MAX }, async () => {
    const writeAll = (part: string, count: number, from: number): void => {
      bench.write(
        `in/orders-${part}.jsonl`,
        lines(count, (i) => ({ ordered_at: at(from + i), order_id: from + i, buyer: buyer(from + i) })),
      )
      bench.write(
        `in/payments-${part}.jsonl`,
        lines(count, (i) => ({ paid_at: at(from + i + 10), payment_id: i, order_id: from + i, cents: 100 })),
      )
      bench.write(
        `in/rates-${part}.jsonl`,
        lines(count, (i) => ({ valid_from: at(from + i), buyer: buyer(from + i), rate: from + i })),
      )
    }
    const taken = (count: number) => (dev: { readonly taken: number }) => dev.taken === count
    writeAll('a', 300, 0)
    const first = bench.dev('--no-server')
    await first.until(taken(900))
    await first.kill('SIGKILL')
    writeAll('b', 300, 300)
    const second = bench.dev('--no-server')
    await second.until(taken(1800))
    expect(await second.kill('SIGTERM')).toBe(0)
    const rows = async (query: string): Promise<unknown> => (await bench.json(['sql', query])).rows
    expect(await rows('select count(*) from orders')).toEqual([[600]])
    expect(
      await rows("select n, cents from per_minute where window_start < timestamp '2026-03-01 00:08:00' group by all order by all"),
    ).toEqual([
      [10, 1000],
      [12, 1200],
    ])
    expect(await rows('select count(*), count(distinct order_id), bool_and(rate = order_id) from rated where order_id < 580')).toEqual([
      [580, 580, true],
    ])
    expect(await rows('select order_id from current order by 1')).toEqual([[595], [596], [597], [598], [599]])
    // The last minute is open: the watermark stands at its 54th second.
    const minutes = (await rows('select epoch(window_start)::bigint, n from early order by 1')) as [number, number][]
    expect(minutes.map(([start]) => start - START / 1000)).toEqual([0, 60, 120, 180, 240, 300, 360, 420, 480, 540])
    expect(minutes.slice(0, -1).every(([, n]) => n === 60)).toBe(true)
    expect(minutes[9][1]).toBeGreaterThanOrEqual(50)
    const parity = await bench.json(['parity', 'per_minute'])
    expect(parity).toMatchObject({ equal: true })
    expect((await bench.json(['parity', 'rated'])).error).toMatchObject({ code: 'parity/open-view' })
  })
})
