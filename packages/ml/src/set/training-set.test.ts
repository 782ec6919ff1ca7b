import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbQuery } from '../../test/duckdb-query.ts'
import type { Label } from './label-file.ts'
import { buildTrainingSet, type IntervalSetLabels, type TrainingSetRequest } from './training-set.ts'

const MINUTE = 60_000
const AS_OF = 10_000 * MINUTE

let duckdb: Awaited<ReturnType<typeof duckdbQuery>>

beforeAll(async () => {
  duckdb = await duckdbQuery()
})
afterAll(() => duckdb.close())

interface ViewRow {
  readonly start: number
  readonly end: number
  readonly key: string | null
  readonly num1: number | bigint | null
  readonly available?: number
}

const timestamp = (ms: number): string => `epoch_ms(${ms}::BIGINT) AT TIME ZONE 'UTC'`
const text = (value: string | null): string => (value === null ? 'NULL::VARCHAR' : `'${value}'`)

async function makeView(name: string, rows: readonly ViewRow[]): Promise<void> {
  const columns = 'window_start TIMESTAMPTZ, window_end TIMESTAMPTZ, key VARCHAR, num1 BIGINT, "_available_at" TIMESTAMPTZ'
  await duckdb.run(`CREATE OR REPLACE TABLE ${name} (${columns})`)
  await addRows(name, rows)
}

async function addRows(name: string, rows: readonly ViewRow[]): Promise<void> {
  const values = rows.map(
    ({ start, end, key, num1, available }) =>
      `(${timestamp(start)}, ${timestamp(end)}, ${text(key)}, ${num1}, ${available === undefined ? 'NULL' : timestamp(available)})`,
  )
  await duckdb.run(`INSERT INTO ${name} VALUES ${values.join(', ')}`)
}

function label(keys: readonly string[], from: number, to: number, knownAt?: number): Label {
  return { id: `${keys[0]}`, keys, from, to, knownAt }
}

function request(
  labels: readonly Label[],
  change: Partial<TrainingSetRequest> & { readonly keysMin?: number; readonly table?: string } = {},
): TrainingSetRequest {
  const { keysMin, table, ...rest } = change
  return {
    model: 'm',
    view: { name: 'v', table: table ?? 'v', entity: ['key'], availableAt: '_available_at', records: undefined },
    features: ['num1'],
    labels: { column: 'key', keysMin: keysMin ?? 1, file: { path: 'labels.jsonl', sha256: 'ab', labels } },
    split: { train: 0.5, validate: 0.25, test: 0.25 },
    asOf: AS_OF,
    mode: 'as_served',
    snapshots: { v: 17 },
    query: duckdb.query,
    keys: true,
    ...rest,
  }
}

/** One row a minute for each key, from minute 0 to `minutes`; the feature is the minute. */
function grid(minutes: number, keys: readonly (string | null)[] = ['a', 'b'], size = 1): ViewRow[] {
  return Array.from({ length: minutes }, (_, i) =>
    keys.map((key) => ({ start: i * MINUTE, end: (i + size) * MINUTE, key, num1: i })),
  ).flat()
}

async function positives(build: TrainingSetRequest): Promise<string[]> {
  const { train, validate, test } = await buildTrainingSet(build)
  return [train, validate, test].flatMap((part) =>
    [...part.labels.keys()].filter((row) => part.labels[row] === 1).map((row) => `${part.keys?.[row]}@${part.windowEnd[row] / MINUTE}`),
  )
}

describe('a row of the training set', () => {
  it('is positive iff a label of its key overlaps its window, half open on both', async () => {
    await makeView('v', grid(20))
    expect(await positives(request([label(['a'], 2 * MINUTE, 4 * MINUTE)]))).toEqual(['["a"]@3', '["a"]@4'])
    expect(await positives(request([label(['a'], 2 * MINUTE + 1, 4 * MINUTE + 1)]))).toEqual(['["a"]@3', '["a"]@4', '["a"]@5'])
    expect(await positives(request([label(['a', 'b'], 2 * MINUTE, 2 * MINUTE + 1)]))).toEqual(['["a"]@3', '["b"]@3'])
  })

  it('is there once whatever number of labels touch it, in order of window and key', async () => {
    await makeView('v', grid(8, ['b', null, 'a']).reverse())
    const { train } = await buildTrainingSet(request([label(['a'], 0, 3 * MINUTE), label(['a', 'b'], 0, MINUTE), label(['a'], 1, 2)]))
    expect(train.keys).toEqual([1, 2, 3, 4].flatMap(() => ['[null]', '["a"]', '["b"]']))
    expect([...train.labels]).toEqual([0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0])
    expect([...train.columns[0]]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
  })

  it('is left out when only labels of too few keys touch it, and positive when another does too', async () => {
    await makeView('v', grid(20))
    const labels = [label(['a'], 0, 2 * MINUTE), label(['a', 'b'], MINUTE, 2 * MINUTE)]
    const set = await buildTrainingSet(request(labels, { keysMin: 2 }))
    expect(set.train.keys?.slice(0, 3)).toEqual(['["b"]', '["a"]', '["b"]'])
    expect([...set.train.labels.slice(0, 3)]).toEqual([0, 1, 1])
    expect(set.record.left_out).toBe(1)
  })

  it('becomes float32 once, and NaN where it is null', async () => {
    await makeView('v', [
      ...grid(20, ['b']),
      { start: 0, end: MINUTE, key: 'a', num1: null },
      { start: 0, end: MINUTE, key: 'c', num1: 9_007_199_254_740_993n },
    ])
    const { train } = await buildTrainingSet(request([label(['a'], 0, MINUTE)]))
    expect([...train.columns[0].slice(0, 3)]).toEqual([Number.NaN, 0, Math.fround(9_007_199_254_740_992)])
  })
})

describe('what was known', () => {
  it('decides what is seen: rows available from the as-of time on are not', async () => {
    await makeView(
      'v',
      grid(20).map((row) => ({ ...row, available: row.end })),
    )
    const set = await buildTrainingSet(request([label(['a'], 0, 2 * MINUTE)], { asOf: 16 * MINUTE }))
    expect(set.record.train.rows + set.record.validate.rows + set.record.test.rows + set.record.left_out).toBe(30)
    expect(set.test.to).toBe(15 * MINUTE)
  })

  it('leaves out rows that came to be available only when their label was known already', async () => {
    await makeView(
      'v',
      grid(20).map((row) => ({ ...row, available: row.end + (row.key === 'a' && row.start === MINUTE ? 9 * MINUTE : 0) })),
    )
    const set = request([label(['a'], 0, 3 * MINUTE, 11 * MINUTE)])
    expect(await positives(set)).toEqual(['["a"]@1', '["a"]@3'])
    expect((await buildTrainingSet(set)).record.left_out).toBe(1)
  })
})

describe('the split', () => {
  it('drops rows whose window crosses a boundary', async () => {
    await makeView('v', grid(20, ['a', 'b'], 5))
    const set = await buildTrainingSet(request([label(['a'], 0, MINUTE)]))
    const [from, trainEnd, validateEnd] = [0, 12 * MINUTE, 18 * MINUTE]
    expect([set.train.from, set.train.to, set.validate.to, set.test.to]).toEqual([from, trainEnd, validateEnd, 24 * MINUTE])
    expect(Math.max(...set.train.windowEnd)).toBe(trainEnd)
    expect([...set.validate.windowEnd].every((end) => end - 5 * MINUTE >= trainEnd && end <= validateEnd)).toBe(true)
    expect([...set.test.windowEnd].every((end) => end - 5 * MINUTE >= validateEnd)).toBe(true)
    expect([set.train.rows, set.validate.rows, set.test.rows, set.record.left_out]).toEqual([16, 4, 4, 16])
  })

  it('refuses a range without rows', async () => {
    await makeView('v', [...grid(4), { start: 99 * MINUTE, end: 100 * MINUTE, key: 'a', num1: 1 }])
    await expect(buildTrainingSet(request([label(['a'], 0, MINUTE)]))).rejects.toMatchObject({
      code: 'model/empty-split',
      message: expect.stringContaining('validate range of `m`, 1970-01-01T00:50:00.000Z to 1970-01-01T01:15:00.000Z'),
    })
  })

  it('refuses to learn from one class', async () => {
    await makeView('v', grid(20))
    await expect(buildTrainingSet(request([label(['a'], 18 * MINUTE, 19 * MINUTE)]))).rejects.toMatchObject({
      code: 'model/one-class',
      message: expect.stringMatching(/All 20 rows .* are negative/),
    })
    await expect(buildTrainingSet(request([label(['a', 'b'], 0, 11 * MINUTE)]))).rejects.toMatchObject({ code: 'model/one-class' })
  })
})

describe('labels that match nothing', () => {
  it('are told with their times and keys beside those of the rows', async () => {
    await makeView('v', grid(20))
    await expect(buildTrainingSet(request([label(['a', 'x'], 30 * MINUTE, 31 * MINUTE), label(['y'], 0, MINUTE)]))).rejects.toMatchObject({
      code: 'model/labels-match-nothing',
      message:
        'No label matches a row of `v` (1970-01-01T00:00:00.000Z to 1970-01-01T00:20:00.000Z): 2 of 2 labels count, from 1970-01-01T00:00:00.000Z to 1970-01-01T00:31:00.000Z; of their 3 keys 1 occur.',
      facts: { found: { rows: 40, some_key: 'a, b' } },
    })
    await expect(buildTrainingSet(request([label(['a'], 0, MINUTE)], { keysMin: 5 }))).rejects.toMatchObject({
      message: expect.stringContaining('each of the 1 labels has fewer than 5 keys'),
    })
    await expect(buildTrainingSet(request([]))).rejects.toMatchObject({
      code: 'model/labels-match-nothing',
      message: 'The label file labels.jsonl holds no label.',
    })
  })

  it('are not blamed for a table without rows', async () => {
    await makeView('empty', [{ start: 0, end: 1, key: 'a', num1: 1 }])
    await duckdb.run('DELETE FROM empty')
    await expect(buildTrainingSet(request([label(['a'], 0, 1)], { table: 'empty' }))).rejects.toMatchObject({ code: 'model/no-rows' })
  })
})

describe('a view by another key than the labels have', () => {
  const records = [
    { at: 1 * MINUTE + 10, key: 's1', who: 'x' },
    { at: 2 * MINUTE - 1, key: 's1', who: 'x' },
    { at: 3 * MINUTE, key: 's1', who: 'x' },
    { at: 3 * MINUTE, key: 's2', who: 'y' },
    { at: 6 * MINUTE, key: null, who: 'x' },
    { at: 7 * MINUTE, key: 's2', who: 'x' },
  ]
  const ofRecords = (labels: readonly Label[], change: Parameters<typeof request>[1] = {}): TrainingSetRequest => {
    const base = request(labels, change)
    const view = { ...base.view, records: { table: 'records', time: 'ts1' } }
    return { ...base, view, labels: { ...(base.labels as IntervalSetLabels), column: 'who' } }
  }

  beforeAll(async () => {
    const values = records.map(({ at, key, who }) => `(${timestamp(at)}, ${text(key)}, ${text(who)})`)
    await duckdb.run(`CREATE TABLE records AS SELECT * FROM (VALUES ${values.join(', ')}) AS t(ts1, key, who)`)
    await makeView('v', grid(20, ['s1', 's2', null]))
  })

  it('is positive where a record of a labelled key within the label fell into the row', async () => {
    const found = await positives(ofRecords([label(['x'], MINUTE, 6 * MINUTE)]))
    expect(found).toEqual(['["s1"]@2', '["s1"]@4', '[null]@7'])
  })

  it('leaves out rows that only labels of too few keys touch', async () => {
    const labels = [label(['x'], MINUTE, 6 * MINUTE), label(['y', 'z'], 0, 4 * MINUTE)]
    const set = await buildTrainingSet(ofRecords(labels, { keysMin: 2 }))
    expect(set.record.train.positives).toBe(1)
    expect(set.record.left_out).toBe(3)
  })
})

describe('a set', () => {
  it('is rebuilt bit for bit from its record when more data has come, and differs when a value does', async () => {
    await makeView(
      'v',
      grid(20).map((row) => ({ ...row, available: row.end })),
    )
    const snapshot = 'CREATE OR REPLACE TABLE v_17 AS SELECT * FROM v'
    await duckdb.run(snapshot)
    const labels = [label(['a'], 0, 3 * MINUTE)]
    const first = await buildTrainingSet(request(labels, { table: 'v_17' }))
    await addRows(
      'v',
      grid(40)
        .slice(40)
        .map((row) => ({ ...row, available: row.end })),
    )
    const again = await buildTrainingSet(request(labels, { table: 'v_17', asOf: Date.parse(first.record.as_of) }))
    expect(again.record).toEqual(first.record)
    const grown = await buildTrainingSet(request(labels))
    expect(grown.record.digest).not.toBe(first.record.digest)
    await duckdb.run("UPDATE v_17 SET num1 = num1 + 1 WHERE key = 'b' AND num1 = 7")
    expect((await buildTrainingSet(request(labels, { table: 'v_17' }))).record.digest).not.toBe(first.record.digest)
  })
})
