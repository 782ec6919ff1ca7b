import { duckdbRunner } from '@millrace/engine-duckdb'
import { restartingStreamRunner, streamRunner } from '@millrace/engine-stream'
import { referenceRunner } from '@millrace/reference'
import { compareResults, type ExpectedResult, type PreparedCase, seedOr } from '@millrace/testkit'
import { describe, expect, test } from 'vitest'
import { caseOf, naiveResult, QUERY_LIST, seriesOf } from './nexmark-case.ts'

const seed = seedOr(1)
const RESTARTING = restartingStreamRunner(3)
/** No two may differ in what they give. */
const SETTINGS = [
  { runner: duckdbRunner, batchRows: 512, workers: 1 },
  { runner: streamRunner, batchRows: 512, workers: 1 },
  { runner: streamRunner, batchRows: 7, workers: 4 },
  { runner: RESTARTING, batchRows: 7, workers: 4 },
  { runner: streamRunner, batchRows: 1, workers: 1 },
] as const

async function differences({ plan, rows }: PreparedCase, expected: ExpectedResult, mode: 'as_served' | 'exact'): Promise<string[]> {
  const found: string[] = []
  for (const { runner, ...options } of SETTINGS) {
    const difference = compareResults(expected, await runner.run(plan, rows, { mode, ...options }))
    if (difference !== undefined) found.push(`${runner.engine}, batches of ${options.batchRows}, ${options.workers} workers: ${difference}`)
  }
  return found
}

describe.each(QUERY_LIST.map((query) => [query.name, query] as const))('%s', (_, query) => {
  test(`gives what a loop over the events gives, on all engines (seed ${seed})`, async () => {
    const series = seriesOf({ settings: { seed, disorder: 40 }, from: 1500, count: 900 })
    const prepared = caseOf(query, series, { splits: 3, seed })
    const expected = naiveResult(query, series)
    expect(expected.rows.length).toBeGreaterThan(0)
    expect(compareResults(expected, await referenceRunner.run(prepared.plan, prepared.rows, { mode: 'as_served' }))).toBeUndefined()
    expect(await differences(prepared, expected, 'as_served')).toEqual([])
  })

  test(`refuses the same late rows and gives the same without them, on all engines (seed ${seed + 1})`, async () => {
    const series = seriesOf({ settings: { seed: seed + 1, disorder: 500 }, from: 1500, count: 500 })
    const prepared = caseOf(query, series, { splits: 2, seed: seed + 1 })
    for (const mode of ['as_served', 'exact'] as const) {
      const expected = await referenceRunner.run(prepared.plan, prepared.rows, { mode })
      expect(await differences(prepared, expected, mode)).toEqual([])
    }
  })
})
