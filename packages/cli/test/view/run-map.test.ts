import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject, orders } from '../source/source-project.ts'

const CASE_MS_MAX = 120_000

const VIEWS = `import * as m from 'millrace'
import { orders } from './orders.ts'

/** What no expression says. */
const roman = (n: number): string => ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX'][n % 10]

export const named = m.map('named', orders, {
  reads: ['number', 'shop'],
  columns: { roman: m.t.string(), length: m.t.int32(), next: m.t.int64({ nullable: true }) },
  fn: ({ number, shop }) => {
    if (Number(number) % 50 === 13) throw new RangeError('order ' + number + ' is unlucky')
    if (Number(number) % 50 === 17) return { roman: 17, length: 0, next: null } as never
    return { roman: roman(Number(number)), length: shop?.length ?? 0, next: number === null ? null : BigInt(number) + 1n }
  },
})
export const perRoman = m.aggregate('per_roman', named, { by: 'roman', window: m.tumbling('1m'), columns: () => ({ n: m.count() }) })
export const labels = m.map('labels', perRoman, {
  reads: ['roman', 'n'],
  columns: { label: m.t.string() },
  fn: ({ roman, n }) => {
    if (roman === 'VII') throw new RangeError('no label for VII')
    return { label: roman + ' x ' + n }
  },
})
`

const isUnlucky = (number: number): boolean => number % 50 === 13
const isOdd = (number: number): boolean => number % 50 === 17

/** Steps build on each other. */
describe('run calls the functions of maps', () => {
  const bench = new Workbench({ ...orderProject("m.files('*.jsonl', { format: 'json-lines' })"), 'views.ts': VIEWS })
  const elsewhere = new Workbench({ 'package.json': '{}' })
  const other = join(bench.folder, 'other')
  let path = ''
  beforeAll(() => bench.run(['start']))
  afterAll(async () => {
    await bench.close(other)
    await elsewhere.close()
  })

  const sql = async (query: string): Promise<unknown> => {
    const answer = await bench.json(['sql', query, '--input', path])
    expect(answer.error).toBeUndefined()
    return answer.rows
  }

  const all = orders(0, 400)
  const threw = all.filter(({ number }) => isUnlucky(number)).length
  const odd = all.filter(({ number }) => isOdd(number)).length
  const left = all.length - threw - odd

  it('in its workers, and goes on where they throw; the balance holds', { timeout: CASE_MS_MAX }, async () => {
    path = bench.write('in/a.jsonl', orderLines(0, 400))
    const { status, stdout, stderr } = await bench.run(['run', '--input', path, '--workers', '2', '--json'])
    expect(stdout + stderr).not.toContain('"error"')
    expect(status).toBe(0)
    const { assets } = JSON.parse(stdout)
    expect(assets).toMatchObject({
      named: { rows: left, rows_in: 400, rows_counted: left, late: 0, dead_letters: threw + odd, dead_results: 0 },
      per_roman: { rows_in: 400, rows_counted: left, late: 0, dead_letters: threw + odd, dead_results: 0 },
      labels: { rows_in: 400, rows_counted: left, dead_letters: threw + odd },
    })
    const { per_roman, labels } = assets
    expect(labels.rows + labels.dead_results).toBe(per_roman.rows)
    expect(labels.dead_results).toBeGreaterThan(0)
    expect(await sql('select sum(length)::bigint, sum(next - number)::bigint from named')).toEqual([[expect.any(Number), left]])
  })

  it('and keeps what they refused in tables of dead letters, with reason, record and arrival', { timeout: CASE_MS_MAX }, async () => {
    expect(await sql('select reason, count(*) from named__dead_letters group by 1 order by 1')).toEqual([
      ['map/threw', threw],
      ['map/wrong-shape', odd],
    ])
    expect(
      await sql(`select d.message, json_extract_string(d.record, '$.number')::bigint, o.number from named__dead_letters d
        join orders o on o._arrival = d._arrival where d.reason = 'map/threw' order by 3 limit 1`),
    ).toEqual([['RangeError: order 13 is unlucky', 13, 13]])
    expect(await sql(`select distinct message from named__dead_letters where reason = 'map/wrong-shape'`)).toEqual([
      ['The function gives 17 under `roman`, which is string.'],
    ])
    expect(await sql(`select distinct message from labels__dead_letters where _arrival is null`)).toEqual([
      ['RangeError: no label for VII'],
    ])
  })

  it('the same in batch as in the stream', { timeout: CASE_MS_MAX }, async () => {
    for (const name of ['named', 'per_roman', 'labels']) {
      const parity = await bench.json(['parity', name, '--input', path])
      expect({ name, equal: parity.equal, differences: parity.differences }).toEqual({ name, equal: true, differences: [] })
      expect(Number((parity.rows as { compared: number }).compared)).toBeGreaterThan(0)
    }
  })

  it('the same with other workers', { timeout: CASE_MS_MAX }, async () => {
    expect((await bench.json(['run', '--input', path, '--workers', '1', '--state', other])).error).toBeUndefined()
    const digest = async (...state: readonly string[]): Promise<unknown> => (await bench.json(['digest', '--input', path, ...state])).tables
    expect(await digest('--state', other)).toEqual(await digest())
  })

  it('and `explain` shows where a function is called, and refuses engines that cannot', { timeout: CASE_MS_MAX }, async () => {
    expect((await bench.json(['explain', '--asset', 'per_roman', '--engine', 'duckdb'])).sql).toContain('"map:named"("number", "shop")')
    const refused = (await bench.json(['explain', '--asset', 'per_roman', '--engine', 'flink'])).error
    expect(refused).toMatchObject({ code: 'engine/unsupported', do: 'Run this view on stream or duckdb; or say it in expressions.' })
  })

  it('a compiled plan runs with the project, and says what to do without it', { timeout: CASE_MS_MAX }, async () => {
    const plan = bench.write('plan.json', JSON.stringify(await bench.json(['compile', '--asset', 'per_roman'])))
    const lines = orders(0, 20).map((row) => JSON.stringify({ source: 'orders', row }))
    const input = bench.write('rows.jsonl', `${lines.join('\n')}\n`)
    const run = ['plan-run', '--plan', plan, '--input', input]
    const [stream, duckdb, reference] = await Promise.all(
      ['stream', 'duckdb', 'reference'].map((engine) => bench.json([...run, '--engine', engine])),
    )
    expect(stream.error).toBeUndefined()
    expect(stream).toMatchObject({
      counts: { rows_in: 20, rows_counted: 18, late: 0, dead_letters: 2 },
      dead_letters: [
        { source: 'orders', arrival: 13, reason: 'map/threw', message: 'RangeError: order 13 is unlucky' },
        { source: 'orders', arrival: 17, reason: 'map/wrong-shape' },
      ],
    })
    expect(duckdb).toMatchObject({ rows: stream.rows, counts: stream.counts, dead_letters: stream.dead_letters })
    expect(reference).toMatchObject({ rows: stream.rows, counts: stream.counts })
    const without = (await elsewhere.json([...run, '--engine', 'stream'])).error
    expect(without).toMatchObject({ code: 'map/unknown-function', asked: 'named' })
    expect(String((without as { do: string }).do)).toContain('--project DIR')
    const flink = (await bench.json([...run, '--engine', 'flink'])).error
    expect(flink).toMatchObject({ code: 'engine/unsupported', do: 'Run this view on stream or duckdb; or say it in expressions.' })
  })

  it('a changed function is a changed plan: what was computed is computed anew', { timeout: CASE_MS_MAX }, async () => {
    const before = readFileSync(join(bench.project, 'plan.json'), 'utf8')
    bench.write('views.ts', VIEWS.replace('% 50 === 13', '% 50 === 14'))
    const plan = bench.write('plan2.json', JSON.stringify(await bench.json(['compile', '--asset', 'per_roman'])))
    expect(JSON.parse(readFileSync(plan, 'utf8')).hash).not.toBe(JSON.parse(before).hash)
    const run = await bench.json([
      'plan-run',
      '--plan',
      join(bench.project, 'plan.json'),
      '--input',
      join(bench.project, 'rows.jsonl'),
      '--engine',
      'stream',
    ])
    expect(run.error).toMatchObject({ code: 'map/other-function', asked: expect.stringMatching(/^sha256:/) })
    const again = await bench.json(['run', '--input', path])
    expect(again.error).toBeUndefined()
    expect(
      await sql(`select min(json_extract_string(record, '$.number')::bigint) from named__dead_letters where reason = 'map/threw'`),
    ).toEqual([[14]])
  })

  it('takes a function from a file that the plan names', { timeout: CASE_MS_MAX }, async () => {
    bench.write('functions.ts', 'export const doubled = ({ n }: { n: number }) => ({ n: n * 2 })\nexport const no = 1\n')
    const of = (module: string, name: string) => ({
      millrace_plan: 1,
      sources: [
        {
          name: 's',
          event_time: 'ts',
          watermark_delay_ms: 0,
          late: 'keep',
          fields: [
            { name: 'ts', type: 'timestamp' },
            { name: 'n', type: 'int32' },
          ],
        },
      ],
      nodes: [
        { id: 'a', kind: 'scan', source: 's' },
        {
          id: 'm',
          kind: 'map',
          input: 'a',
          function: { name: 'doubled', module, export: name },
          reads: ['n'],
          columns: [{ name: 'n', type: 'int32' }],
        },
      ],
      output: 'm',
    })
    const input = bench.write('few.jsonl', '{"row":{"ts":0,"n":3}}\n{"row":{"ts":1,"n":2000000000}}\n')
    const answer = (plan: object, ...args: readonly string[]) =>
      bench.json(['plan-run', '--plan', bench.write('by-hand.json', JSON.stringify(plan)), '--input', input, ...args])
    for (const args of [
      ['--engine', 'duckdb'],
      ['--engine', 'stream'],
      ['--engine', 'stream', '--kill-at', '1'],
    ]) {
      const document = await answer(of('./functions.ts', 'doubled'), ...args)
      expect(document).toMatchObject({ rows: [{ n: 6 }], dead_letters: [{ arrival: 1, node: 'm', reason: 'map/wrong-shape' }] })
    }
    expect((await answer(of('./gone.ts', 'doubled'))).error).toMatchObject({ code: 'map/no-module' })
    expect((await answer(of('./functions.ts', 'no'))).error).toMatchObject({ code: 'map/no-export', found: ['doubled'] })
  })
})
