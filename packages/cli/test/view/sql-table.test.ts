import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject, orders } from '../source/source-project.ts'

const CASE_MS_MAX = 120_000

function project(tables: string): Readonly<Record<string, string>> {
  return {
    ...orderProject("m.files('*.jsonl', { format: 'json-lines' })"),
    'tables.ts': `import { sql, table } from 'millrace'\nimport { orders, shopOrders } from './orders.ts'\n${tables}`,
  }
}

const TABLES = `
export const best = table('best_shop', { sql: 'select shop, revenue from shop_revenue order by revenue desc, shop limit 2;' })
export const revenue = table('shop_revenue', { sql: sql\`
  with w as (select shop, count(*) as n, sum(total) as revenue, min(ordered_at) as first_at, sum(number) as numbers, 0 / 0 as nothing
    from \${orders} where shop <> \${"it's none"} group by shop)
  select w.*, m.windows from w join (select shop, count(*) as windows from \${shopOrders} group by shop) m using (shop)\` })
`

/** Steps build on each other. */
describe('tables by SQL', () => {
  const bench = new Workbench(project(TABLES))
  let path = ''
  beforeAll(() => bench.run(['start']))
  afterAll(() => bench.close())
  const rows = async (query: string): Promise<unknown> => (await bench.json(['sql', query])).rows
  const select = (what: string) => bench.json(['run', '--select', what])

  it('say what they read and what they give, before anything was run', { timeout: CASE_MS_MAX }, async () => {
    expect(await bench.json(['compile', '--asset', 'shop_revenue'])).toMatchObject({
      table: 'shop_revenue',
      hash: expect.stringMatching(/^sha256:/),
      reads: ['orders', 'shop_orders'],
      fields: [
        { name: 'shop', type: 'string' },
        { name: 'n', type: 'int64' },
        { name: 'revenue', type: 'double' },
        { name: 'first_at', type: 'timestamp' },
        { name: 'numbers', type: 'int64' },
        { name: 'nothing', type: 'double' },
        { name: 'windows', type: 'int64' },
      ],
    })
    const { assets } = (await bench.json(['compile'])) as unknown as { assets: { kind: string }[] }
    expect(assets.filter(({ kind }) => kind === 'table')).toHaveLength(2)
    expect((await select('all')).error).toMatchObject({ code: 'table/not-computed' })
  })

  it('are computed in the order in which they read each other', { timeout: CASE_MS_MAX }, async () => {
    path = bench.write('in/a.jsonl', orderLines(0, 500))
    await bench.run(['run', '--input', path, '--json'])
    expect((await select('best_shop')).error).toMatchObject({
      code: 'table/not-computed',
      message: expect.stringContaining('`shop_revenue`'),
    })
    const { tables } = await select('+best_shop')
    expect(Object.entries(tables as Record<string, { rows: number }>).map(([name, one]) => [name, one.rows])).toEqual([
      ['shop_revenue', 7],
      ['best_shop', 2],
    ])
    const sums = Array.from({ length: 7 }, (_, i) => {
      const mine = orders(0, 500).filter(({ shop }) => shop === `shop-${i}`)
      return [
        `shop-${i}`,
        mine.length,
        mine.reduce((sum, { total }) => sum + total, 0),
        mine.reduce((sum, { number }) => sum + number, 0),
        null,
      ]
    })
    expect(await rows('select shop, n, revenue, numbers, nothing from shop_revenue order by shop')).toEqual(sums)
    const best = sums.map(([shop, , revenue]) => [shop, revenue]).sort((a, b) => Number(b[1]) - Number(a[1]))
    expect(await rows('select * from best_shop order by revenue desc')).toEqual(best.slice(0, 2))
  })

  it('have their rows replaced, and are digested as any table', { timeout: CASE_MS_MAX }, async () => {
    const digest = async (): Promise<Record<string, unknown>> => (await bench.json(['digest'])).tables
    const before = await digest()
    expect(before.shop_revenue).toMatchObject({ rows: 7 })
    expect((await select('shop_revenue+')).error).toBeUndefined()
    expect(await digest()).toEqual(before)
    bench.write('in/a.jsonl', orderLines(0, 900))
    await bench.run(['run', '--input', path, '--json'])
    await select('all')
    expect(await rows('select sum(n)::bigint from shop_revenue')).toEqual([[900]])
  })

  it('take on new columns', { timeout: CASE_MS_MAX }, async () => {
    bench.write('tables.ts', project(TABLES.replace('w.*,', 'w.*, w.n * 2 as twice,'))['tables.ts'])
    expect((await select('shop_revenue')).error).toBeUndefined()
    expect(await rows('select sum(twice)::bigint from shop_revenue')).toEqual([[1800]])
  })

  it('stay as they were where the statement fails', { timeout: CASE_MS_MAX }, async () => {
    bench.write('tables.ts', project(TABLES.replace('w.*,', 'w.*, cast(w.shop as bigint) as twice,'))['tables.ts'])
    expect((await select('shop_revenue')).error).toMatchObject({ code: 'sql/failed', message: expect.stringContaining('shop-') })
    expect(await rows('select sum(twice)::bigint from shop_revenue')).toEqual([[1800]])
  })
})

describe('a statement that does not fit', () => {
  const bench = new Workbench(project(''))
  afterAll(() => bench.close())

  it.each([
    ['select * from orderz', 'sql/unknown-table', 'did you mean `orders`'],
    ['select shopp from orders', 'sql/unknown-column', 'did you mean `shop`'],
    ['select shop from', 'sql/syntax', 'not valid SQL'],
    ['drop table orders', 'sql/read-only', 'Only one statement'],
    ["select * from read_csv('/etc/passwd')", 'sql/not-allowed', 'read_csv'],
    ['select count(*) from orders', 'sql/bad-column', 'is called `count_star()`'],
    ['select shop, _arrival from orders', 'sql/bad-column', 'is called `_arrival`'],
    ['select list(shop) as shops from orders', 'sql/type-not-offered', 'list<string>'],
    ['select * from other', 'project/cycle', 'other → wrong → other'],
  ])('%s is refused with %s', { timeout: CASE_MS_MAX }, async (statement, code, message) => {
    const wrong = `export const wrong = table('wrong', { sql: ${JSON.stringify(statement)} })\n`
    bench.write('tables.ts', project(`${wrong}export const other = table('other', { sql: 'select 1 as one from wrong' })\n`)['tables.ts'])
    const { error } = (await bench.json(['compile'])) as unknown as { error: { code: string; message: string; at: { file: string } } }
    expect(error).toMatchObject({ code, message: expect.stringContaining(message), at: { file: expect.stringContaining('tables.ts') } })
  })
})
