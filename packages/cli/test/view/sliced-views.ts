/** Declarations of views over `orders` whose rows each come to an end in another way. */
export const SLICED_VIEWS = `
export const dear = m.select('dear', orders, { where: (o) => m.gt(o.total, 20), columns: (o) => ({ ordered_at: o.ordered_at, shop: o.shop, number: o.number }) })
export const perShop = m.aggregate('per_shop', orders, { by: 'shop', window: m.tumbling('10m'), columns: (o) => ({ n: m.count(), mean: m.avg(o.number) }) })
export const visits = m.aggregate('visits', dear, { by: 'shop', window: m.session('30s'), columns: () => ({ n: m.count() }) })
export const running = m.over('running', orders, { by: 'shop', range: '10m', columns: (o) => ({ seen: m.sum(o.number) }) })
export const gappy = m.filter('gappy', orders, (o) => m.neq(m.mod(o.number, 11), 0))
export const single = m.dedupe('single', gappy, { by: 'shop', horizon: '7s' })
export const pairs = m.join('pairs', dear, single, { on: 'shop', within: ['-1m', '1m'], how: 'left', columns: (l, r) => ({ shop: l.shop, number: l.number, other: r.total }) })
export const recent = m.asOf('recent', dear, single, { on: 'shop', maxAge: '10m', columns: (l, r) => ({ shop: l.shop, number: l.number, other: r.number }) })
export const best = m.topN('best', perShop, { orderBy: [m.desc('mean')], n: 2, rank: 'place' })
export const halved = m.map('halved', orders, { reads: ['number'], columns: { half: t.int64() }, fn: ({ number }) => ({ half: (number ?? 0n) / 2n }) })
`
