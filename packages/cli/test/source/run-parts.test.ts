import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'

const CASE_MS_MAX = 90_000
const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36'

const CONFIG = {
  'package.json': '{"type":"module","private":true}\n',
  'millrace.config.ts': "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'site' })\n",
}
const REST = "watermark: { delay: '30s' }, late: 'keep' })\n"

function runner(bench: Workbench) {
  beforeAll(() => bench.run(['start']))
  afterAll(() => bench.close())
  return {
    sql: async (query: string): Promise<unknown> => (await bench.json(['sql', query])).rows,
    input: async (path: string) => {
      const { input } = await bench.json(['run', '--input', path])
      return input as unknown as { decoded: number; dead_letters: number; reasons: object; lines: number }
    },
  }
}

describe('URLs, user agents and addresses in JSON', () => {
  const bench = new Workbench({
    ...CONFIG,
    'site.ts': `import * as m from 'millrace'
const { t } = m
export const Hit = m.contract('hit', { eventTime: 'at_time', key: 'ip', fields: { at_time: t.timestamp(), ip: t.ip(), agent: t.userAgent({ nullable: true }),
  page: t.url({ base: 'https://shop.example' }), referer: t.url({ lenient: true, nullable: true }) } })
export const hits = m.stream('hits', { contract: Hit, from: m.files('*.jsonl', { format: 'json-lines' }), ${REST}
export const office = m.aggregate('office', hits, { by: ['page_path', 'agent_is_bot'], where: (r) => m.inNetwork(r.ip_sort, '10.0.0.0/8'),
  window: m.tumbling('1m'), columns: () => ({ n: m.count() }) })
`,
  })
  const { sql, input } = runner(bench)

  it('are columns of every record, and what is none is a dead letter', { timeout: CASE_MS_MAX }, async () => {
    const row = (i: number, changes: object = {}): string =>
      `${JSON.stringify({ at_time: 1_772_323_200_000 + i * 1000, ip: '10.1.2.3', agent: CHROME, page: `/p/${i % 2}?i=${i}`, referer: null, ...changes })}\n`
    const text = [
      row(0),
      row(1, { ip: '::ffff:10.9.9.9', agent: 'curl/8.4.0', referer: 'https://search.example:444/?q=mill' }),
      row(2, { ip: '11.0.0.1', agent: null, referer: '-' }),
      row(3, { ip: 'localhost' }),
      row(4, { page: 'http://' }),
      row(5, { ip: null }),
    ]
    const path = bench.write('in/a.jsonl', text.join(''))
    const reasons = { 'contract/not-an-ip': 1, 'contract/not-a-url': 1, 'contract/null': 1 }
    expect(await input(path)).toMatchObject({ lines: 6, decoded: 3, dead_letters: 3, reasons })
    expect(await sql('select column_name from hits__dead_letters order by line')).toEqual([['ip'], ['page'], ['ip']])
    expect(
      await sql(
        'select ip, ip_version, ip_sort, agent_browser, agent_os, agent_is_bot, page, page_host, page_path, page_query from hits order by at_time',
      ),
    ).toEqual([
      ['10.1.2.3', 4, '00000000000000000000ffff0a010203', 'Chrome', 'Windows', false, '/p/0?i=0', 'shop.example', '/p/0', 'i=0'],
      ['::ffff:10.9.9.9', 4, '00000000000000000000ffff0a090909', null, null, true, '/p/1?i=1', 'shop.example', '/p/1', 'i=1'],
      ['11.0.0.1', 4, '00000000000000000000ffff0b000001', null, null, null, '/p/0?i=2', 'shop.example', '/p/0', 'i=2'],
    ])
    expect(await sql('select referer, referer_host, referer_port from hits order by at_time')).toEqual([
      [null, null, null],
      ['https://search.example:444/?q=mill', 'search.example', 444],
      ['-', null, null],
    ])
    expect(await sql('select page_path, agent_is_bot, n from office order by all')).toEqual([
      ['/p/0', false, 1],
      ['/p/1', true, 1],
    ])
    expect(await bench.json(['parity', 'office'])).toMatchObject({ equal: true })
  })
})

describe('the same in an access log', () => {
  const bench = new Workbench({
    ...CONFIG,
    'site.ts': `import * as m from 'millrace'
const { t } = m
export const Line = m.contract('line', { eventTime: 'event_time', key: 'ip', fields: { event_time: t.timestamp(), ip: t.ip(), path: t.string({ nullable: true }),
  referer: t.url({ lenient: true, nullable: true }), user_agent: t.userAgent({ nullable: true }) } })
export const requests = m.stream('requests', { contract: Line, from: m.logFiles('*.log', { format: 'combined' }), ${REST}
`,
  })
  const { sql, input } = runner(bench)

  it('with addresses that are none as dead letters', { timeout: CASE_MS_MAX }, async () => {
    const line = (ip: string, referer: string, agent: string): string =>
      `${ip} - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "${referer}" "${agent}"\n`
    const lines = Array.from({ length: 1000 }, (_, i) => line(`10.0.0.${i % 200}`, i % 2 === 0 ? '-' : 'http://a.example/x', CHROME))
    const path = bench.write('in/a.log', [...lines, line('host.example', '-', 'x'), line('2001:db8::1', '-', 'Googlebot/2.1')].join(''))
    expect(await input(path)).toMatchObject({ lines: 1002, decoded: 1001, reasons: { 'contract/not-an-ip': 1 } })
    expect(
      await sql(
        'select ip_version, user_agent_is_bot, count(*), count(distinct ip_sort), count(referer_host) from requests group by all order by 1',
      ),
    ).toEqual([
      [4, false, 1000, 200, 500],
      [6, true, 1, 1, 0],
    ])
    expect(await sql("select raw::varchar like 'host.example%', column_name from requests__dead_letters")).toEqual([[true, 'ip']])
  })
})
