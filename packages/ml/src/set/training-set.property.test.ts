import { afterAll, beforeAll, expect, test } from 'vitest'
import { duckdbQuery } from '../../test/duckdb-query.ts'
import { propertySeed } from '../../test/property-seed.ts'
import { numbersOf } from '../../test/random-model.ts'
import { builtSet, foundRows, text, timestamp, VIEW_KEYS, type ViewRow, viewRequest } from '../../test/view-case.ts'
import type { Label } from './label-file.ts'
import type { TrainingSetRequest } from './training-set.ts'

const CASES = 60
const AS_OF = 90

let duckdb: Awaited<ReturnType<typeof duckdbQuery>>

beforeAll(async () => {
  duckdb = await duckdbQuery()
})
afterAll(() => duckdb.close())

interface SeenRecord {
  readonly at: number
  readonly key: string | null
  readonly who: string | null
}

interface Case {
  readonly rows: readonly ViewRow[]
  readonly labels: readonly Label[]
  readonly records: readonly SeenRecord[] | undefined
  readonly keysMin: number
  readonly keysMax: number | undefined
  readonly shareMin: number
  readonly knownTime: boolean
}

function randomCase(random: () => number): Case {
  const below = (n: number): number => Math.floor(random() * n)
  const size = 1 + below(4)
  const whole = Array.from({ length: 12 }, (_, i) => i)
    .flatMap((start) => VIEW_KEYS.map((key) => ({ start: start * 5, end: (start + size) * 5, key })))
    .filter(() => random() < 0.8)
  const rows = whole.map((row) => ({
    ...row,
    num1: random() < 0.2 ? null : below(100) - 50,
    available: random() < 0.2 ? null : row.end + below(60),
  }))
  const names = ['a', 'b', 'c', 'd']
  const labels = Array.from({ length: 1 + below(6) }, (_, i): Label => {
    const from = below(70)
    const keys = names.filter(() => random() < 0.5)
    return {
      id: `${i}`,
      keys: keys.length === 0 ? ['a'] : keys,
      from,
      to: from + below(15),
      knownAt: random() < 0.5 ? undefined : below(120),
    }
  })
  const records = Array.from({ length: 60 }, () => ({
    at: below(75),
    key: VIEW_KEYS[below(4)],
    who: random() < 0.1 ? null : names[below(4)],
  }))
  return {
    rows,
    labels,
    records: random() < 0.5 ? records : undefined,
    keysMin: 1 + below(2),
    keysMax: random() < 0.75 ? undefined : 2 + below(2),
    shareMin: random() < 0.5 ? 0 : random(),
    knownTime: random() < 0.7,
  }
}

function requestOf({ rows, labels, records, keysMin, keysMax, shareMin, knownTime }: Case): TrainingSetRequest {
  const seen = records?.map(({ at, key, who }) => `(${timestamp(at)}, ${text(key)}, ${text(who)})`)
  return viewRequest(rows, {
    labels: {
      column: records === undefined ? 'key' : 'who',
      keysMin,
      keysMax,
      shareMin,
      knownTime,
      file: { path: 'labels.jsonl', sha256: '', labels },
    },
    asOf: AS_OF,
    query: duckdb.query,
    records: seen === undefined ? undefined : { table: `(SELECT * FROM (VALUES ${seen.join(', ')}) AS t(ts1, key, who))`, time: 'ts1' },
  })
}

/** The set by the definition, row by row and label by label. */
function expectedRows({ rows, labels, records, keysMin, keysMax, shareMin, knownTime }: Case): readonly string[] {
  const seen = rows.filter(({ available }) => available === null || available < AS_OF)
  const first = Math.min(...seen.map(({ start }) => start))
  const last = Math.max(...seen.map(({ end }) => end))
  const [a, b] = [0.6, 0.8].map((share) => first + Math.round((last - first) * share))
  const isIn = ({ at, key }: SeenRecord, row: ViewRow): boolean => key === row.key && at >= row.start && at < row.end
  const holds = (label: Label, { at, who }: SeenRecord): boolean =>
    who !== null && label.keys.includes(who) && at >= label.from && at <= label.to
  const touches = (label: Label, row: ViewRow): boolean =>
    records === undefined
      ? row.key !== null && label.keys.includes(row.key) && label.from < row.end && row.start < label.to
      : records.some((record) => isIn(record, row) && holds(label, record))
  return seen
    .filter(({ start, end }) => end <= a || (start >= a && end <= b) || start >= b)
    .flatMap((row) => {
      const touching = labels.filter((label) => touches(label, row))
      const counting = touching.filter(
        ({ keys, knownAt }) =>
          keys.length >= keysMin &&
          keys.length <= (keysMax ?? Number.POSITIVE_INFINITY) &&
          (!knownTime || knownAt === undefined || row.available === null || row.available < knownAt),
      )
      const own = (records ?? []).filter((record) => isIn(record, row))
      const held = own.filter((record) => counting.some((label) => holds(label, record)))
      const enough = records === undefined || held.length >= shareMin * own.length
      if (touching.length > 0 && (counting.length === 0 || !enough)) return []
      return [{ ...row, positive: Number(counting.length > 0) }]
    })
    .sort((x, y) => x.end - y.end || (x.key ?? '').localeCompare(y.key ?? ''))
    .map(({ end, key, num1, positive }) => `${end} ${JSON.stringify([key])} ${num1 ?? Number.NaN} ${positive}`)
}

test('a training set holds what its definition says, row by row', async () => {
  const random = numbersOf(propertySeed('training set'))
  let built = 0
  for (let i = 0; i < CASES; i++) {
    const one = randomCase(random)
    const set = await builtSet(requestOf(one))
    if (set === undefined) continue
    built++
    expect(foundRows(set), `case ${i}: ${JSON.stringify(one)}`).toEqual(expectedRows(one))
  }
  expect(built).toBeGreaterThan(CASES / 6)
})
