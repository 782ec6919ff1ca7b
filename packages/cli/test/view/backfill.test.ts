import { openLake } from '@millrace/lake'
import { openStore } from '@millrace/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from '../source/source-project.ts'
import { SLICED_VIEWS } from './sliced-views.ts'

const CASE_MS_MAX = 120_000
const ORDERS = 9_000
const START = Date.UTC(2026, 2, 1)
const at = (hours: number): string => new Date(START + hours * 3_600_000).toISOString()
const HOUR = ['--from', at(1), '--to', at(2)]

const VIEWS = `${SLICED_VIEWS}export const halves = m.aggregate('halves', halved, { by: 'shop', window: m.tumbling('5m'), columns: (h) => ({ sum: m.sum(h.half) }) })
export const newest = m.latest('newest', orders, { by: 'shop' })
`
const SLICED = ['dear', 'per_shop', 'visits', 'running', 'single', 'pairs', 'recent', 'best', 'halves']

const TABLES = `
export const hourly = m.table('hourly_revenue', { partition: m.hourly(), sql: ({ slice }) => m.sql\`
  select date_trunc('hour', ordered_at) as hour, shop, sum(total) as revenue from \${orders} where \${slice.on('ordered_at')} group by 1, 2\` })
export const perDay = m.table('per_day', { partition: m.daily(), sql: ({ slice }) => m.sql\`
  select cast(h.hour as date) as day, count(*) as n from \${hourly} as h where \${slice.on('h.hour')} group by 1\` })
export const wrong = m.table('wrong', { partition: m.hourly(), sql: ({ slice }) => m.sql\`
  select date_trunc('hour', ordered_at) + interval 1 hour as hour, count(*) as n from \${orders} where \${slice.on('ordered_at')} group by 1\` })
export const whole = m.table('whole', { sql: m.sql\`select count(*) as n from \${orders}\` })
`

function project(): Readonly<Record<string, string>> {
  const files = orderProject("m.files('in/*.jsonl', { format: 'json-lines', follow: true })")
  return { ...files, 'orders.ts': files['orders.ts'] + VIEWS + TABLES }
}

describe('a backfill', { timeout: CASE_MS_MAX }, () => {
  const bench = new Workbench(project())
  const backfill = (name: string, ...args: readonly string[]) => bench.json(['backfill', name, ...args])
  const digestOf = async (name: string): Promise<{ rows: number }> => (await bench.json(['digest', '--asset', name])).tables[name]

  /** Takes every row out of a table. */
  async function emptied(name: string, column: string): Promise<void> {
    const store = await openStore({ stateDir: bench.state })
    const lake = await openLake({ pool: store.pool, catalog: 'millrace', warehouse: `${bench.state}/lake` })
    const where = { fn: 'between', args: [{ col: column }, ...[at(1), at(1.999)].map((lit) => ({ lit, type: 'timestamp' }))] }
    await lake.deleteRows({ namespace: 'dev', table: name }, { where })
    await lake.close()
    await store.close()
  }

  beforeAll(async () => {
    await bench.run(['start'])
    bench.write('in/a.jsonl', orderLines(0, ORDERS))
    // A busy machine may not come to the end of the log in the time that a session takes to stop.
    const committed = new Set<unknown>()
    for (let drained = false; !drained; ) {
      const dev = bench.dev('--no-server')
      await dev.until(({ taken }) => taken >= ORDERS)
      await dev.until(() => {
        for (const { table } of dev.of('committed')) committed.add(table)
        return SLICED.every((name) => committed.has(name))
      })
      expect(await dev.kill('SIGTERM')).toBe(0)
      drained = dev.of('stopped')[0]?.drained === true
    }
  }, CASE_MS_MAX)
  afterAll(() => bench.close())

  it.each(SLICED)('gives back lost rows of %s', async (name) => {
    const before = await digestOf(name)
    expect(before.rows).toBeGreaterThan(0)
    expect(await backfill(name, ...HOUR, '--slice', '20m')).toMatchObject({ slices: Array(3).fill({ state: 'done', changed: 0 }) })
    const lost = await bench.json(['sql', `select count(*) from ${name} where _event_time between '${at(1)}' and '${at(1.999)}'`])
    expect(lost.rows[0][0]).toBeGreaterThan(9)
    await emptied(name, '_event_time')
    expect(await digestOf(name)).not.toEqual(before)
    const { slices } = await backfill(name, ...HOUR, '--slice', '20m', '--parallel', '2')
    expect((slices as { state: string }[]).map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    await backfill(name, '--from', at(2), '--to', at(2.1))
    expect(await digestOf(name)).toEqual(before)
    const stamps = await bench.json(['sql', `select count(*) from ${name} where _event_time is null`])
    expect(stamps.rows).toEqual([[0]])
  })

  it('is refused where rows have no lasting place in time', async () => {
    expect(await backfill('newest', ...HOUR)).toMatchObject({ error: { code: 'backfill/unsupported' } })
  })

  it('computes a partitioned table slice by slice, as its statement gives it whole', async () => {
    const { slices } = await backfill('hourly_revenue', '--from', at(0), '--to', at(3), '--slice', '1h')
    expect((slices as { rows: number }[]).map(({ rows }) => rows)).toEqual([7, 7, 7])
    const sliced = await digestOf('hourly_revenue')
    expect(sliced.rows).toBe(21)
    await bench.json(['run', '--select', 'hourly_revenue'])
    expect(await digestOf('hourly_revenue')).toEqual(sliced)
    const detail = await bench.json(['tables', 'hourly_revenue'])
    expect(detail.partition_by).toEqual(['hour(hour)'])
    await emptied('hourly_revenue', 'hour')
    expect(await backfill('hourly_revenue', ...HOUR)).toMatchObject({ slices: [{ rows: 7, changed: 7 }] })
    expect(await digestOf('hourly_revenue')).toEqual(sliced)
    await backfill('per_day', '--from', at(0), '--to', at(24))
    expect((await bench.json(['sql', 'select * from per_day'])).rows).toEqual([['2026-03-01', 21]])
  })

  it('is refused for slices that a table does not have, and fails where a statement says more than its slice', async () => {
    expect(await backfill('hourly_revenue', '--from', at(0.5), '--to', at(2))).toMatchObject({ error: { code: 'backfill/bad-slice' } })
    expect(await backfill('hourly_revenue', ...HOUR, '--slice', '90m')).toMatchObject({ error: { code: 'backfill/bad-slice' } })
    expect(await backfill('whole', ...HOUR)).toMatchObject({ error: { code: 'backfill/no-partition' } })
    const failed = await bench.run(['backfill', 'wrong', '--from', at(0), '--to', at(2), '--slice', '1h', '--json'])
    expect(failed.status).toBe(2)
    expect(JSON.parse(failed.stdout)).toMatchObject({
      slices: Array(2).fill({ state: 'failed', attempts: 1, error: expect.stringContaining('table/outside-slice') }),
    })
    const again = await bench.run(['backfill', 'wrong', '--from', at(0), '--to', at(2), '--slice', '1h', '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ backfill: { resumed: true }, slices: [{ attempts: 2 }, { attempts: 2 }] })
    const { backfills } = await bench.json(['backfill', 'wrong', '--list'])
    expect(backfills).toMatchObject([{ failed: 2, done: 0, errors: [{ from: at(0) }, { from: at(1) }] }])
  })
})
