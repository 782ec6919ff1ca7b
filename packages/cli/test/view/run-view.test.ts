import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { order, orderLines, orderProject, orders } from '../source/source-project.ts'

const CASE_MS_MAX = 120_000

const VIEWS = `import * as m from 'millrace'
import { orders } from './orders.ts'
export const cheap = m.select('cheap', orders, { where: (r) => m.lt(r.total, 5), columns: (r) => ({ shop: r.shop, number: r.number, cents: m.mul(r.total, 100) }) })
export const visits = m.aggregate('visits', orders, { by: 'shop', window: m.session('6s'), columns: () => ({ n: m.count() }) })
export const everyMinute = m.aggregate('every_minute', orders, { by: [], window: m.tumbling('1m'), columns: (r) => ({ n: m.count(), most: m.max(r.total) }) })
export const early = m.aggregate('early', orders, { by: [], window: m.tumbling('1m', { early: '5s' }), columns: (r) => ({ n: m.count(), most: m.max(r.total) }) })
export const twoMinutes = m.aggregate('two_minutes', everyMinute, { by: [], window: m.tumbling('2m'), columns: (r) => ({ n: m.sum(r.n) }) })
export const paced = m.over('paced', orders, { by: 'shop', range: '30s', columns: (r) => ({ recent: m.count(), most: m.max(r.total) }) })
export const once = m.dedupe('once', orders, { by: 'shop', horizon: '8s' })
export const pairs = m.join('pairs', orders, cheap, { on: 'shop', within: ['1s', '20s'], how: 'left', columns: (l, r) => ({ number: l.number, next: r.number }) })
export const current = m.latest('current', orders, { by: 'shop' })
export const totals = m.aggregate('totals', orders, { by: 'shop', window: m.all(), columns: (r) => ({ n: m.count(), most: m.max(r.number) }) })
export const best = m.topN('best', paced0, { orderBy: [m.desc('n')], n: 2, rank: 'place' })
export const richest = m.topN('richest', current, { orderBy: [m.desc('total')], n: 2 })
`
  .replace('paced0', 'shopMinutes')
  .replace(
    'export const best',
    "export const shopMinutes = m.aggregate('shop_minutes', orders, { by: 'shop', window: m.tumbling('1m'), columns: () => ({ n: m.count() }), table: false })\nexport const best",
  )
const NAMES = ['cheap', 'visits', 'every_minute', 'early', 'two_minutes', 'paced', 'once', 'pairs', 'current', 'totals', 'best', 'richest']

/** Steps build on each other. */
describe('run computes views', () => {
  const bench = new Workbench({ ...orderProject("m.files('*.jsonl', { format: 'json-lines' })"), 'views.ts': VIEWS })
  const other = join(bench.folder, 'other')
  let path = ''
  beforeAll(() => bench.run(['start']))
  afterAll(() => bench.close(other))

  const sql = async (query: string): Promise<unknown> => {
    const answer = await bench.json(['sql', query, '--input', path])
    expect(answer.error).toBeUndefined()
    return answer.rows
  }
  const digest = async (...state: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
    (await bench.json(['digest', '--input', path, ...state])).tables

  it('into tables that hold what the declarations say', { timeout: CASE_MS_MAX }, async () => {
    path = bench.write('in/a.jsonl', orderLines(0, 400))
    const { status, stdout } = await bench.run(['run', '--input', path, '--json'])
    expect(stdout).not.toContain('"error"')
    expect(status).toBe(0)
    const cheap = orders(0, 400).filter(({ total }) => total < 5)
    expect(JSON.parse(stdout).assets).toMatchObject({
      cheap: { rows: cheap.length, rows_in: cheap.length, late: 0 },
      every_minute: { rows: 7, rows_in: 400, rows_counted: 400 },
      early: { rows: 7, rows_in: 400, rows_counted: 400 },
      totals: { rows: 7, keys: 7 },
      best: { rows: 14 },
    })
    expect(await sql('select count(*), sum(cents)::bigint from cheap')).toEqual([
      [cheap.length, cheap.reduce((sum, { total }) => sum + total * 100, 0)],
    ])
    expect(await sql('select sum(n)::bigint, count(*) from two_minutes')).toEqual([[400, 4]])
    expect(await sql('select max(n), count(*) from totals')).toEqual([[58, 7]])
    expect(await sql('select count(*) from (from early except all from every_minute)')).toEqual([[0]])
    expect(await sql('select number from current order by number')).toEqual([393, 394, 395, 396, 397, 398, 399].map((n) => [n]))
    expect(await sql('select number, total from richest order by total')).toEqual([398, 399].map((n) => [n, order(n).total]))
    expect(await sql('select count(*), count(next), count(distinct number) from pairs')).toMatchObject([
      [expect.any(Number), expect.any(Number), 400],
    ])
  })

  it('the same in batch as in the stream', { timeout: CASE_MS_MAX }, async () => {
    for (const name of ['visits', 'early', 'two_minutes', 'pairs', 'richest', 'totals']) {
      const parity = await bench.json(['parity', name, '--input', path])
      expect({ name, equal: parity.equal, differences: parity.differences }).toEqual({ name, equal: true, differences: [] })
      expect(Number((parity.rows as { compared: number }).compared)).toBeGreaterThan(0)
    }
  })

  it('the same when the input has grown as when it is read at once, for any number of workers', { timeout: CASE_MS_MAX }, async () => {
    appendFileSync(path, orderLines(400, 700))
    const grown = await bench.json(['run', '--input', path])
    expect(grown.error).toBeUndefined()
    expect(await sql('select max(n), count(*) from totals')).toEqual([[100, 7]])
    await bench.run(['run', '--input', path, '--workers', '1', '--state', other, '--json'])
    const whole = await digest('--state', other)
    expect(await digest()).toEqual(whole)
    for (const name of NAMES) expect(whole[name]).toMatchObject({ rows: expect.any(Number) })
  })
})
