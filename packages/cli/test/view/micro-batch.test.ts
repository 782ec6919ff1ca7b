import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from '../source/source-project.ts'

const CASE_MS_MAX = 240_000
const KILLS = 3

/** The same views twice: by the stream engine, and in micro-batches. */
const PAIRS: Readonly<Record<string, string>> = {
  per_shop:
    "m.features('NAME', orders, { entity: 'shop', window: m.hopping('5m', { every: '1m' }), columns: (r) => ({ hits: m.count(), total: m.sum(r.number) }), MORE })",
  dear: "m.select('NAME', orders, { where: (o) => m.gt(o.total, 20), columns: (o) => ({ ordered_at: o.ordered_at, shop: o.shop, number: o.number }), MORE })",
  visits: "m.aggregate('NAME', gappy, { by: 'shop', window: m.session('9s'), columns: () => ({ n: m.count() }), MORE })",
  running: "m.over('NAME', orders, { by: 'shop', range: '10m', columns: (o) => ({ seen: m.sum(o.number) }), MORE })",
  single: "m.dedupe('NAME', gappy, { by: 'shop', horizon: '7s', MORE })",
  pairs:
    "m.join('NAME', gappy, orders, { on: 'shop', within: ['-10s', '10s'], how: 'left', columns: (l, r) => ({ shop: l.shop, number: l.number, other: r.number }), MORE })",
  newest: "m.latest('NAME', orders, { by: 'shop', MORE })",
  everything:
    "m.aggregate('NAME', orders, { by: 'shop', window: m.all(), columns: (o) => ({ n: m.count(), sum: m.sum(o.number) }), MORE })",
}
const CORRECTED = ['newest', 'everything']

function project(extra = ''): Readonly<Record<string, string>> {
  const files = orderProject("m.files('in/*.jsonl', { format: 'json-lines', follow: true })")
  const views = Object.entries(PAIRS).flatMap(([name, text], i) => [
    `export const a${i} = ${text.replace('NAME', name).replace('MORE', '')}`,
    `export const b${i} = ${text.replace('NAME', `${name}_batch`).replace('MORE', "materialize: m.microBatch('1s')")}`,
  ])
  const gappy = "export const gappy = m.filter('gappy', orders, (o) => m.neq(m.mod(o.number, 11), 0))"
  return { ...files, 'orders.ts': [files['orders.ts'], gappy, ...views, extra].join('\n') }
}

/** Orders some of which come too late, for some windows or for all. */
function lines(from: number, to: number): string {
  const late = orderLines(from, to)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => ({ line, at: i + (i % 13 === 0 ? 90 : i % 29 === 0 ? 500 : 0) }))
  return `${late
    .sort((a, b) => a.at - b.at)
    .map(({ line }) => line)
    .join('\n')}\n`
}

describe('views in micro-batches', { timeout: CASE_MS_MAX }, () => {
  const bench = new Workbench(project())
  afterAll(() => bench.close())
  const rows = async (sql: string): Promise<unknown[][]> => (await bench.json(['sql', sql])).rows
  const until = (dev: DevProcess, view: string): string => String(dev.of('micro-batch').findLast((line) => line.view === view)?.until ?? '')

  it('have the rows of the stream, whatever kills them', async () => {
    await bench.run(['start'])
    bench.write('in/a.jsonl', lines(0, 3_000))
    for (let kill = 0; kill < KILLS; kill++) {
      const dev = bench.dev('--no-server')
      await dev.until(() => dev.of('micro-batch').length > kill)
      await sleep(150 * kill)
      await dev.kill('SIGKILL')
      bench.write(`in/b${kill}.jsonl`, lines(3_000 + kill * 500, 3_500 + kill * 500))
    }
    const dev = bench.dev('--no-server')
    bench.write('in/z.jsonl', orderLines(8_000, 8_010))
    await dev.until(() => dev.taken >= 3_000 + KILLS * 500 + 10)
    await sleep(6_000)
    const seen = dev.of('micro-batch').length
    await dev.until(() => dev.of('micro-batch').length > seen + 2 * Object.keys(PAIRS).length)
    const ends = Object.fromEntries(Object.keys(PAIRS).map((name) => [name, until(dev, `${name}_batch`)]))
    expect(dev.of('problem').filter(({ view }) => view !== undefined)).toEqual([])
    expect(await dev.kill('SIGTERM')).toBe(0)
    for (const name of Object.keys(PAIRS)) {
      const columns = (await bench.json(['sql', `select * from ${name} limit 1`])).columns as unknown as { name: string }[]
      const list = columns.map((column) => `"${column.name}"`).join(', ')
      const time = columns.some((column) => column.name === 'window_end') ? 'window_end' : '_event_time'
      const bound = ends[name] === 'null' || ends[name] === '' ? '' : ` where ${time} < '${ends[name]}'`
      const of = (table: string): string => `select ${list} from ${table}${bound}`
      const missing = await rows(`select count(*) from (${of(name)} except all ${of(`${name}_batch`)})`)
      const doubled = await rows(`select count(*) from (${of(`${name}_batch`)} except all ${of(name)})`)
      const [[compared]] = await rows(`select count(*) from (${of(`${name}_batch`)})`)
      expect([name, missing, doubled]).toEqual([name, [[0]], [[0]]])
      expect(compared, name).toBeGreaterThan(CORRECTED.includes(name) ? 6 : 100)
      if (ends[name] !== '' && ends[name] !== 'null') expect(ends[name] > '2026-03-01T01:00', `${name} ${ends[name]}`).toBe(true)
    }
  })

  it('have their late rows in their tables, as those of the stream', async () => {
    for (const name of ['per_shop', 'running', 'single']) {
      const of = (table: string): string => `select ordered_at, shop, number, _arrival, _late, _windows_missed from ${table}__late`
      expect((await rows(`select count(*) from ${name}__late`))[0][0]).toBeGreaterThan(5)
      expect(await rows(`select count(*) from (${of(name)} except all ${of(`${name}_batch`)})`)).toEqual([[0]])
      expect(await rows(`select count(*) from (${of(`${name}_batch`)} except all ${of(name)})`)).toEqual([[0]])
    }
  })

  it('are equal in parity, and can be backfilled', async () => {
    expect(await bench.json(['parity', 'per_shop_batch'])).toMatchObject({ equal: true, rows: { only_stream: 0, only_batch: 0 } })
    const from = ['--from', '2026-03-01T00:00:00Z', '--to', '2026-03-02T00:00:00Z']
    for (const name of ['per_shop_batch', 'dear_batch', 'running_batch'])
      expect(await bench.json(['backfill', name, ...from])).toMatchObject({ slices: [{ state: 'done', changed: 0 }] })
  })

  it('do not go on under another definition', async () => {
    const files = project()
    bench.write('orders.ts', files['orders.ts'].replace(/(per_shop_batch.*?)m\.count\(\)/, '$1m.count({ where: m.gt(r.number, 5) })'))
    const dev = bench.dev('--no-server')
    expect(await dev.exited).toBe(1)
    expect(JSON.stringify(dev.lines)).toContain('dev/definition-changed')
    bench.write('orders.ts', files['orders.ts'])
  })

  it('are computed by the stream engine over a bounded input', async () => {
    const path = bench.write('one.jsonl', lines(0, 2_000))
    const bounded = new Workbench({ ...project(), 'one.jsonl': lines(0, 2_000) })
    try {
      await bounded.run(['run', '--input', path])
      const of = async (name: string) =>
        (await bounded.json(['digest', '--asset', name])).tables as unknown as Record<string, { rows: number }>
      expect((await of('per_shop_batch')).per_shop_batch).toEqual((await of('per_shop')).per_shop)
    } finally {
      await bounded.close()
    }
  })
})

describe('what cannot be computed in micro-batches', () => {
  it.each([
    [
      'a lookup',
      "export const cur = m.latest('cur', orders, { by: 'shop', table: false })\nexport const up = m.lookup('up', orders, cur, { on: 'shop', columns: (l, r) => ({ shop: l.shop, other: r.number }), materialize: m.microBatch('5s') })",
      'micro-batch/unsupported',
    ],
    [
      'a function',
      "export const mapped = m.map('mapped', orders, { columns: { shop: m.t.string() }, fn: (o) => ({ shop: o.shop.trim() }) })\nexport const counted = m.aggregate('counted', mapped, { by: 'shop', window: m.tumbling('1m'), columns: () => ({ n: m.count() }), materialize: m.microBatch('5s') })",
      'micro-batch/unsupported',
    ],
    [
      'early results',
      "export const soon = m.aggregate('soon', orders, { by: 'shop', window: m.tumbling('1m', { early: '10s' }), columns: () => ({ n: m.count() }), materialize: m.microBatch('5s') })",
      'micro-batch/unsupported',
    ],
    [
      'rows that an alert follows',
      "export const often = m.features('often', orders, { entity: 'shop', window: m.tumbling('1m'), columns: () => ({ n: m.count() }), materialize: m.microBatch('5s') })\nexport const loud = m.alert('loud', { on: often, when: (r) => m.gt(r.n, 5), cooldown: '1m', runbook: 'a.md' })",
      'project/reads-micro-batch',
    ],
    [
      'too often',
      "export const f = m.filter('f', orders, (o) => m.gt(o.number, 3), { materialize: m.microBatch('10ms') })",
      'project/bad-duration',
    ],
  ])('%s is refused by name', { timeout: CASE_MS_MAX }, async (_, text, code) => {
    const bench = new Workbench({ ...project(text), 'a.md': '# a\n' })
    try {
      const { stdout } = await bench.run(['dev', '--no-server', '--json'])
      expect(stdout).toContain(code)
    } finally {
      await bench.close()
    }
  })
})
