import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Workbench } from './dev-process.ts'

const CONFIGURATION = "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'shop' })\n"

interface View {
  readonly window?: string
  readonly by?: string
  readonly columns?: string
  readonly derive?: string
  readonly more?: string
}

function declarations({ window = "tumbling('1m')", by = "'shop'", columns = '', derive = '', more = '' }: View): string {
  return `import { aggregate, contract, count, div, filter, files, gt, max, stream, sum, t, tumbling } from 'millrace'

const Order = contract('shop.order', {
  owner: 'shop',
  compatibility: 'backward',
  eventTime: 'at',
  key: 'shop',
  fields: { at: t.timestamp(), shop: t.string(), item: t.string(), cents: t.int64() },
})

export const orders = stream('orders', {
  contract: Order,
  from: files('in/*.jsonl', { format: 'json-lines' }),
  watermark: { delay: '0s' },
  late: 'keep',
})

export const perShop = aggregate('per_shop', orders, {
  by: ${by},
  window: ${window},
  columns: (r) => ({ orders: count(), cents: sum(r.cents)${columns} }),
  ${derive}
})
${more}
`
}

function order(time: string, shop: string, cents: number): string {
  return `${JSON.stringify({ at: `2026-03-01T${time}.000Z`, shop, item: `item ${cents}`, cents })}\n`
}

const MORE = { columns: ', most: max(r.cents)', derive: 'derive: (r) => ({ mean: div(r.cents, r.orders) }),' }
const DEAREST = "export const dear = filter('dear', orders, (r) => gt(r.cents, 3))\n"

function at(time: string): string {
  return `2026-03-01T${time}.000Z`
}

describe('a live state under a changed definition', () => {
  const bench = new Workbench({ 'millrace.config.ts': CONFIGURATION, 'shop.ts': declarations({}) })
  const input = join(bench.project, 'in', 'orders.jsonl')
  mkdirSync(join(bench.project, 'in'))
  afterAll(() => bench.close())

  const rows = async (columns: string): Promise<unknown> =>
    (await bench.json(['sql', `select ${columns} from per_shop order by window_start, shop`])).rows
  it('goes on with what is open, counts what is new from then on, and says which window is the first complete one', async () => {
    writeFileSync(
      input,
      [order('10:00:10', 'a', 5), order('10:00:20', 'b', 7), order('10:01:10', 'a', 1), order('10:01:20', 'b', 2)].join(''),
    )
    await bench.follow(4)
    expect(await bench.json(['savepoint', 'check'])).toEqual({ env: 'dev', compatible: true, assets: {} })

    bench.write('shop.ts', declarations({ ...MORE, more: DEAREST }))
    const changes = {
      per_shop: { state: 'changed', added: ['most', 'mean'], removed: [], reasons: [], complete_from: at('10:02:00') },
      dear: { state: 'added', added: [], removed: [], reasons: [], complete_from: null },
    }
    expect(await bench.json(['savepoint', 'check'])).toEqual({ env: 'dev', compatible: true, assets: changes })
    appendFileSync(
      input,
      [order('10:01:30', 'a', 9), order('10:02:10', 'a', 4), order('10:02:20', 'b', 3), order('10:03:10', 'a', 1)].join(''),
    )
    const dev = await bench.follow(8)
    expect(dev.of('changed')).toMatchObject([{ assets: changes }])
    expect(await rows('window_start, shop, orders, cents, most, mean')).toEqual([
      [at('10:00:00'), 'a', 1, 5, null, null],
      [at('10:00:00'), 'b', 1, 7, null, null],
      [at('10:01:00'), 'a', 2, 10, 9, 5],
      [at('10:01:00'), 'b', 1, 2, null, 2],
      [at('10:02:00'), 'a', 1, 4, 4, 4],
      [at('10:02:00'), 'b', 1, 3, 3, 3],
    ])
    expect((await bench.json(['sql', 'select cents from dear order by cents'])).rows).toEqual([[4], [9]])
    expect(await bench.json(['savepoint', 'changes'])).toMatchObject({ changes: [{ assets: changes }] })
  }, 120_000)

  it('is not touched by one under which it cannot go on, and the previous one resumes', async () => {
    const refusals: readonly (readonly [View, string])[] = [
      [{ ...MORE, window: "tumbling('2m')" }, 'another window'],
      [{ ...MORE, by: "['shop', 'item']" }, 'other keys: `shop`, `item` in place of `shop`'],
      [{ ...MORE, columns: ', most: sum(r.cents)' }, '`most` is sum in place of max'],
    ]
    for (const [view, sentence] of refusals) {
      bench.write('shop.ts', declarations({ more: DEAREST, ...view }))
      const check = await bench.run(['savepoint', 'check', '--json'])
      expect(check.status).toBe(1)
      const { compatible, assets } = JSON.parse(check.stdout) as { compatible: boolean; assets: Record<string, { reasons: string[] }> }
      expect(compatible).toBe(false)
      expect(assets.per_shop.reasons.join()).toContain(sentence)
      const refused = await bench.run(['up', '--no-server', '--json'])
      expect(refused.status).toBe(1)
      const { error } = JSON.parse(refused.stdout.trim().split('\n').at(-1) ?? '') as {
        error: { code: string; message: string; do: string }
      }
      expect(error.code).toBe('dev/definition-changed')
      expect(error.message).toContain('`per_shop`')
      expect(error.message).toContain(sentence)
      expect(error.do).toContain('previous definition goes on')
    }
    bench.write('shop.ts', declarations({ ...MORE, more: DEAREST }))
    appendFileSync(input, [order('10:03:20', 'b', 8), order('10:04:10', 'a', 1)].join(''))
    const dev = await bench.follow(10)
    expect(dev.of('changed')).toEqual([])
    expect(await rows(`window_start, shop, orders, cents, most, mean`)).toMatchObject({ length: 8 })
    expect(((await rows('shop, orders, cents, most')) as unknown[]).slice(6)).toEqual([
      ['a', 1, 1, 1],
      ['b', 1, 8, 8],
    ])
  }, 120_000)

  it('lets columns and views go', async () => {
    bench.write('shop.ts', declarations({ columns: ', most: max(r.cents)' }))
    appendFileSync(input, [order('10:04:20', 'b', 6), order('10:05:10', 'a', 1)].join(''))
    const dev = await bench.follow(12)
    expect(dev.of('changed')).toMatchObject([
      { assets: { per_shop: { state: 'changed', added: [], removed: ['mean'] }, dear: { state: 'removed' } } },
    ])
    const { columns } = await bench.json(['sql', 'select * from per_shop'])
    expect((columns as { name: string }[]).map(({ name }) => name)).toEqual([
      'window_start',
      'window_end',
      'shop',
      'orders',
      'cents',
      'most',
    ])
    expect(((await rows('shop, orders, cents, most')) as unknown[]).slice(8)).toEqual([
      ['a', 1, 1, 1],
      ['b', 1, 6, 6],
    ])
  }, 120_000)
})
