import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Expectation, expectationOf } from '../harness/checker/expectation.ts'
import { type RunDocument, wholeInput } from '../harness/document.ts'
import { accessLine, type LogPlan, madeLog } from '../harness/log-text.ts'
import { Random, testSeed } from '../harness/random.ts'
import { StateFolder } from '../harness/state-folder.ts'

// Law 1: nothing is dropped silently. Generated logs go through the real command; an independent program reads the same bytes.

const LOGS = process.env.MILLRACE_LONG_TESTS === '1' ? 60 : 6
const WINDOWS_PER_ROW = 5
const CASE_MS_MAX = 60_000
const seed = testSeed()
const expectations: Expectation[] = []
const folder = new StateFolder()

beforeAll(async () => {
  console.info(`MILLRACE_SEED=${seed}`)
  await folder.keepServices()
}, 120_000)

afterAll(() => folder.close())

/** Shapes in turn: in order, a little late, very late, crowded, before 1970, mostly odd. */
function planOf(random: Random, round: number): LogPlan {
  const usual = {
    lines: random.between(200, 2_500),
    from: Date.UTC(2026, 1, 28, 23, 30),
    stepMs: 3_000,
    disorderMs: 0,
    addresses: 40,
    oddShare: 0.1,
  }
  const shapes: readonly Partial<LogPlan>[] = [
    {},
    { disorderMs: 200_000 },
    { disorderMs: 1_200_000, stepMs: 1_000 },
    { lines: 2_000, stepMs: random.pick([0, 50]), addresses: 2, disorderMs: 400_000 },
    { from: Date.UTC(1969, 11, 31, 23, 50), disorderMs: 600_000 },
    { oddShare: 0.6, disorderMs: 400_000 },
  ]
  return { ...usual, ...shapes[round % shapes.length] }
}

async function hitsOf(input: string): Promise<number> {
  return Number((await folder.sql('select coalesce(sum(hits), 0)::bigint from ip_activity', '--input', input)).rows[0][0])
}

/** The balances, from what the product itself prints. */
function checkBalances({ input, assets }: RunDocument, hits: number): void {
  const { ip_activity: view } = assets
  expect(input.lines).toBe(input.blank + input.decoded + input.dead_letters)
  expect(input.dead_letters).toBe(Object.values(input.reasons).reduce((sum, count) => sum + count, 0))
  expect(view.rows_in).toBe(input.decoded)
  expect(view.rows_in).toBe(view.rows_counted + view.late)
  expect(hits + view.late_memberships).toBe(view.rows_in * WINDOWS_PER_ROW)
}

describe('Law 1: the balances hold, and every figure and row is what an independent reading gives', () => {
  it.each(Array.from({ length: LOGS }, (_, round) => round))(
    'log %i of the seed',
    async (round) => {
      const random = new Random(seed + round)
      const log = madeLog(random, planOf(random, round))
      const input = folder.write(`made-${round}.log`, log)
      const expected = expectationOf(log)
      expectations.push(expected)
      const document = await folder.run(input)
      expect(wholeInput(document), `seed ${seed}`).toEqual(expected.document)
      expect(await folder.digest(input), `seed ${seed}`).toEqual(expected.tables)
      checkBalances(document, await hitsOf(input))
    },
    CASE_MS_MAX,
  )

  it(
    'the late table says of every refused row whether all windows or some were missed, and how many',
    async () => {
      const round = expectations.findLastIndex(({ activity }) => activity.late.length > 0)
      const { late } = expectations[round].activity
      const { rows } = await folder.sql(
        'select _arrival, _late, _windows_missed from ip_activity__late order by _arrival',
        '--input',
        `${folder.files}/made-${round}.log`,
      )
      expect(rows).toEqual(late.map(({ row, late: refused, missed }) => [row.arrival, refused, missed]))
    },
    CASE_MS_MAX,
  )

  it('the logs held late rows of both kinds, blank lines, alerts and every reason but that of the longest line', () => {
    const late = expectations.flatMap(({ activity }) => activity.late.map((one) => one.late))
    const reasons = expectations.flatMap(({ log }) => log.refused.map((one) => one.reason))
    expect(new Set(late)).toEqual(new Set(['all', 'some']))
    expect(new Set(reasons)).toEqual(
      new Set([
        'decode/not-this-format',
        'decode/impossible-time',
        'decode/invalid-utf8',
        'decode/nul-byte',
        'decode/int64',
        'contract/out-of-range',
      ]),
    )
    expect(expectations.some(({ log }) => log.blank > 0)).toBe(true)
    expect(expectations.some(({ document }) => document.alerts.length > 0)).toBe(true)
  })
})

describe('Law 1: the lake keeps the duplicates that the input has', () => {
  it(
    '1,000 identical lines count 1,000, also when they are run in two parts',
    async () => {
      const line = `${accessLine({ time: Date.UTC(2026, 3, 1, 12), ip: '192.0.2.50' })}\n`
      const input = folder.write('same.log', line.repeat(400))
      expect((await folder.run(input)).top).toMatchObject([{ ip: '192.0.2.50', hits: 400, distinct_paths: 1 }])
      folder.write('same.log', line.repeat(1_000))
      const document = await folder.run(input)
      expect(document.top).toMatchObject([{ ip: '192.0.2.50', hits: 1_000, distinct_paths: 1, response_bytes: 512_000 }])
      expect(document.alerts).toMatchObject([{ evidence: { hits: 1_000 } }])
      expect((await folder.sql('select count(*), count(distinct _arrival) from requests', '--input', input)).rows).toEqual([[1_000, 1_000]])
      checkBalances(document, await hitsOf(input))
    },
    CASE_MS_MAX,
  )
})

describe('Law 1: an alert points at lines', () => {
  it(
    'its sample offsets are the first lines of its key in its window',
    async () => {
      const start = Date.UTC(2026, 3, 1, 12)
      const noise = (i: number) => accessLine({ time: start + i * 1_000, ip: `198.51.100.${i % 7}` })
      const guess = (i: number) => accessLine({ time: start + i * 1_000, ip: '192.0.2.66', request: 'POST /login HTTP/1.1', status: 401 })
      const log = Array.from({ length: 60 }, (_, i) => `${noise(i)}\n${i < 25 ? `${guess(i)}\n` : ''}`).join('')
      const { alerts } = await folder.run(folder.write('guessing.log', log))
      expect(alerts).toMatchObject([{ asset: 'attacks', key: { ip: '192.0.2.66' }, evidence: { failed_logins: 25 } }])
      const [{ sample_offsets }] = alerts
      expect(sample_offsets.length).toBeGreaterThan(0)
      for (const [i, offset] of sample_offsets.entries()) expect(log.slice(offset, log.indexOf('\n', offset))).toBe(guess(i))
    },
    CASE_MS_MAX,
  )
})
