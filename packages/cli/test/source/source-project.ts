/** The files of a project with one stream of orders, from the source that `from` declares, and a count of them by shop. */
export function orderProject(from: string, options: { readonly fields?: string } = {}): Readonly<Record<string, string>> {
  return {
    'package.json': '{"type":"module","private":true}\n',
    'millrace.config.ts': "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'orders' })\n",
    'orders.ts': `import * as m from 'millrace'
const { t } = m
export const Order = m.contract('shop.order', {
  eventTime: 'ordered_at', key: 'shop',
  fields: { ordered_at: t.timestamp(), shop: t.string(), number: t.int64({ min: 0 }), total: t.double({ nullable: true })${options.fields ?? ''} },
})
export const orders = m.stream('orders', { contract: Order, from: ${from}, watermark: { delay: '30s' }, late: 'keep' })
export const shopOrders = m.features('shop_orders', orders, {
  entity: 'shop', window: m.hopping('5m', { every: '1m' }), columns: (r) => ({ hits: m.count(), total: m.sum(r.total) }),
})
`,
  }
}

const START = Date.UTC(2026, 2, 1)

/** Order `number`: one a second of event time, from seven shops. */
export function order(number: number): { ordered_at: string; shop: string; number: number; total: number } {
  return {
    ordered_at: new Date(START + number * 1000).toISOString(),
    shop: `shop-${number % 7}`,
    number,
    total: (number % 100) / 4,
  }
}

export function orders(from: number, to: number): ReturnType<typeof order>[] {
  return Array.from({ length: to - from }, (_, i) => order(from + i))
}

/** Orders as JSON lines. */
export function orderLines(from: number, to: number): string {
  return orders(from, to)
    .map((one) => `${JSON.stringify(one)}\n`)
    .join('')
}

/** Orders as CSV with its header row. */
export function orderCsv(from: number, to: number): string {
  const rows = orders(from, to).map(({ ordered_at, shop, number, total }) => `${number},"${shop}",${total},${ordered_at}\r\n`)
  return `number,shop,total,ordered_at\r\n${rows.join('')}`
}
