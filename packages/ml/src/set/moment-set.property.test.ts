import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { duckdbQuery } from '../../test/duckdb-query.ts'
import { propertySeed } from '../../test/property-seed.ts'
import { numbersOf } from '../../test/random-model.ts'
import { builtSet, VIEW_KEYS, type ViewRow, viewRequest } from '../../test/view-case.ts'
import type { Moment } from './moment-file.ts'
import { buildTrainingSet, type MomentSetLabels, type TrainingSet, type TrainingSetRequest } from './training-set.ts'

const CASES = 80
const AS_OF = 400

let duckdb: Awaited<ReturnType<typeof duckdbQuery>>

beforeAll(async () => {
  duckdb = await duckdbQuery()
})
afterAll(() => duckdb.close())

interface Case {
  readonly rows: readonly ViewRow[]
  readonly moments: readonly Moment[]
  readonly maxAgeMs: number | undefined
  /** Of `num2`. */
  readonly featureMaxAgeMs: number | undefined
  readonly knownTime: boolean
}

function requestOf({ rows, moments, maxAgeMs, featureMaxAgeMs, knownTime }: Case): TrainingSetRequest {
  const labels: MomentSetLabels = {
    kind: 'moments',
    maxAgeMs,
    ...(featureMaxAgeMs === undefined ? {} : { featureMaxAgeMs: { num2: featureMaxAgeMs, other: 0 } }),
    knownTime,
    file: { path: 'labels.jsonl', sha256: 'ab', moments },
  }
  const request = viewRequest(rows, { labels, asOf: AS_OF, query: duckdb.query, records: undefined })
  // `num2` is where the row begins: never null but for its age.
  return {
    ...request,
    view: { ...request.view, table: `(SELECT *, epoch_ms(window_start) AS num2 FROM ${request.view.table})` },
    features: ['num1', 'num2'],
  }
}

/** Time, key, values and label of each row of a set. */
function foundRows({ train, validate, test: judged }: TrainingSet): readonly string[] {
  return [train, validate, judged].flatMap((part) =>
    [...part.labels].map(
      (label, row) => `${part.windowEnd[row]} ${part.keys?.[row]} ${part.columns.map((values) => values[row]).join(' ')} ${label}`,
    ),
  )
}

/** The row that a label sees, by looking at each. */
function seenBy({ rows, maxAgeMs, knownTime }: Case, { key: [key], at, knownAt }: Moment): ViewRow | undefined {
  let seen: ViewRow | undefined
  for (const row of rows) {
    if (key === null || row.key !== key || row.end - 1 >= at) continue
    if (row.available !== null && row.available >= AS_OF) continue
    if (knownTime && knownAt !== undefined && row.available !== null && row.available >= knownAt) continue
    if (seen === undefined || isAfter(row, seen)) seen = row
  }
  return seen !== undefined && maxAgeMs !== undefined && at - (seen.end - 1) > maxAgeMs ? undefined : seen
}

/** By time, then by columns from left to right, null least. */
function isAfter(a: ViewRow, b: ViewRow): boolean {
  if (a.end !== b.end) return a.end > b.end
  if (a.start !== b.start) return a.start > b.start
  return (a.num1 ?? Number.NEGATIVE_INFINITY) > (b.num1 ?? Number.NEGATIVE_INFINITY)
}

/** What a label learns from the row that it sees. */
function valuesOf({ num1, start, end }: ViewRow, at: number, { featureMaxAgeMs }: Case): string {
  const tooOld = featureMaxAgeMs !== undefined && at - (end - 1) > featureMaxAgeMs
  return `${num1 ?? Number.NaN} ${tooOld ? Number.NaN : start}`
}

function expectedRows(one: Case): readonly string[] {
  return one.moments
    .map((moment, line) => ({ moment, line, row: seenBy(one, moment) }))
    .flatMap(({ moment, line, row }) => (row === undefined ? [] : [{ moment, line, row }]))
    .sort((x, y) => x.moment.at - y.moment.at || x.line - y.line)
    .map(({ moment, row }) => `${moment.at} ${JSON.stringify(moment.key)} ${valuesOf(row, moment.at, one)} ${Number(moment.positive)}`)
}

function randomCase(random: () => number): Case {
  const below = (n: number): number => Math.floor(random() * n)
  const rows = Array.from({ length: 20 + below(120) }, (): ViewRow => {
    const end = below(40) * 5
    const available = random() < 0.2 ? null : end + below(random() < 0.2 ? 300 : 10)
    return { start: end - 5 * (1 + below(2)), end, key: VIEW_KEYS[below(4)], num1: random() < 0.1 ? null : below(9), available }
  })
  const moments = Array.from({ length: 5 + below(60) }, (): Moment => {
    const at = below(230)
    return { key: [VIEW_KEYS[below(4)]], at, positive: random() < 0.5, knownAt: random() < 0.3 ? undefined : at + below(40) - 10 }
  })
  const age = (): number | undefined => (random() < 0.5 ? undefined : below(30))
  return { rows, moments, maxAgeMs: age(), featureMaxAgeMs: age(), knownTime: random() < 0.7 }
}

test('each labelled moment has the row that a look at every row finds', async () => {
  const random = numbersOf(propertySeed('moment set'))
  let built = 0
  for (let i = 0; i < CASES; i++) {
    const one = randomCase(random)
    const set = await builtSet(requestOf(one))
    if (set === undefined) continue
    built++
    expect(foundRows(set), `case ${i}: ${JSON.stringify(one)}`).toEqual(expectedRows(one))
    expect(set.record.left_out).toBe(one.moments.length - expectedRows(one).length)
  }
  expect(built).toBeGreaterThan(CASES / 3)
})

describe('what a labelled moment sees', () => {
  const row = (end: number, num1: number, available: number | null = null): ViewRow => ({ start: end - 10, end, key: 'a', num1, available })
  const moment = (at: number, positive: boolean, knownAt?: number): Moment => ({ key: ['a'], at, positive, knownAt })
  /** Labels of another key and of both classes, which fill the ranges. */
  const others = Array.from({ length: 21 }, (_, i): Moment => ({ key: ['b'], at: 4 * (i + 5), positive: i % 2 === 0, knownAt: undefined }))
  const otherRows = others.map(({ at }): ViewRow => ({ ...row(at, 0), key: 'b' }))
  const plain = { maxAgeMs: undefined, featureMaxAgeMs: undefined, knownTime: true }
  const bothSeen = async (of: readonly ViewRow[], at: Moment, change: Partial<Case> = {}): Promise<readonly number[] | undefined> => {
    const set = await buildTrainingSet(
      requestOf({ ...plain, rows: [...otherRows, row(10, 1), ...of], moments: [...others, at], ...change }),
    )
    const found = foundRows(set).find((text) => text.startsWith(`${at.at} ["a"]`))
    return found?.split(' ').slice(2, 4).map(Number)
  }
  const seen = async (of: readonly ViewRow[], at: Moment, change: Partial<Case> = {}): Promise<number | undefined> =>
    (await bothSeen(of, at, change))?.[0]

  it('is no row of its own moment, nor of a later one', async () => {
    expect(await seen([row(41, 2)], moment(40, true))).toBe(1)
    expect(await seen([row(41, 2)], moment(41, true))).toBe(2)
    expect(await seen([row(42, 2)], moment(41, true))).toBe(1)
  })

  it('is no row that was written when the label was known already, however early its time', async () => {
    expect(await seen([row(30, 2, 50)], moment(40, true, 50))).toBe(1)
    expect(await seen([row(30, 2, 50)], moment(40, true, 51))).toBe(2)
    expect(await seen([row(30, 2, 50)], moment(40, true))).toBe(2)
    expect(await seen([row(30, 2, 50)], moment(40, true, 50), { knownTime: false })).toBe(2)
  })

  it('is at most as old as is said, the bound included', async () => {
    expect(await seen([row(30, 2)], moment(40, true), { maxAgeMs: 11 })).toBe(2)
    expect(await seen([row(30, 2)], moment(40, true), { maxAgeMs: 10 })).toBeUndefined()
    expect(await seen([row(30, 2), row(35, 4, 70)], moment(40, true, 60), { maxAgeMs: 10 })).toBeUndefined()
    expect(await seen([row(30, 2), row(35, 4, 70)], moment(40, true, 60), { maxAgeMs: 11 })).toBe(2)
  })

  it('is without what has a lower maximum age of its own, the bound included', async () => {
    expect(await bothSeen([row(30, 2)], moment(40, true), { featureMaxAgeMs: 11 })).toEqual([2, 20])
    expect(await bothSeen([row(30, 2)], moment(40, true), { featureMaxAgeMs: 10 })).toEqual([2, Number.NaN])
    expect(await bothSeen([row(30, 2)], moment(40, true), { featureMaxAgeMs: 10, maxAgeMs: 10 })).toBeUndefined()
    expect(await bothSeen([row(30, 2), row(35, 4, 70)], moment(40, true, 60), { featureMaxAgeMs: 10 })).toEqual([2, Number.NaN])
  })

  it('is, of rows of one time, the last by their columns', async () => {
    expect(await seen([row(30, 5), row(30, 2), row(30, 4)], moment(40, true))).toBe(5)
    expect(await seen([row(30, 5, 60), row(30, 2), row(30, 4)], moment(40, true, 50))).toBe(4)
  })

  it('is recorded: what was seen, and by which rule', async () => {
    const one = { rows: otherRows, moments: others, maxAgeMs: 1_000, featureMaxAgeMs: 2_000, knownTime: false }
    const first = await buildTrainingSet(requestOf(one))
    expect(first.record).toMatchObject({
      known_time: false,
      max_age_ms: 1_000,
      feature_max_age_ms: { num2: 2_000 },
      labels: 21,
      left_out: 0,
    })
    expect((await buildTrainingSet(requestOf(one))).record).toEqual(first.record)
    expect((await buildTrainingSet(requestOf({ ...one, rows: [...otherRows, { ...row(52, 9), key: 'b' }] }))).record.digest).not.toBe(
      first.record.digest,
    )
  })
})
