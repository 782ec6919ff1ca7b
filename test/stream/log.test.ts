import { batchFromRows, keyPartitions, rowsOf } from '@millrace/columnar'
import { type CheckedPlan, checkPlan, type EventLog, STAMP_FIELDS, type StampedRow } from '@millrace/core'
import { batchSource, lowerPlan, type RunLog, runPartitions, type StreamJob, type StreamRun, stateView } from '@millrace/engine-stream'
import { runReference } from '@millrace/reference'
import { seedOr } from '@millrace/testkit'
import { describe, expect, test } from 'vitest'
import {
  append,
  Crash,
  closingRows,
  ends,
  FIELDS,
  failing,
  freshLog,
  PARTITIONS,
  randomOf,
  rowText,
  SOURCE,
  stampedRows,
  topicRows,
} from './log-fixture.ts'

function planOf(window: object, aggregates: readonly object[]): CheckedPlan {
  return checkPlan({
    millrace_plan: 1,
    sources: [SOURCE],
    output: 'w',
    nodes: [
      { id: 'n1', kind: 'scan', source: 'requests' },
      { id: 'w', kind: 'window-aggregate', input: 'n1', keys: ['key1'], window, aggregates },
    ],
  })
}

const PLANS: Readonly<Record<string, CheckedPlan>> = {
  sliding: planOf({ kind: 'hopping', size_ms: 3000, every_ms: 1000 }, [
    { name: 'rows', fn: 'count' },
    { name: 'total', fn: 'sum', args: [{ col: 'big1' }] },
    { name: 'most', fn: 'max', args: [{ col: 'big1' }] },
    { name: 'texts', fn: 'count_distinct', args: [{ col: 'txt1' }], max: 100 },
  ]),
  fixed: planOf({ kind: 'tumbling', size_ms: 5000 }, [
    { name: 'rows', fn: 'count' },
    { name: 'least', fn: 'min', args: [{ col: 'txt1' }] },
  ]),
}
const JOB: StreamJob = { topic: 'requests', assets: Object.entries(PLANS).map(([name, plan]) => ({ name, plan: lowerPlan(plan) })) }

function expectedRows(name: string, rows: readonly StampedRow[]): string[] {
  return runReference(PLANS[name], rows, { mode: 'as_served' }).rows.map(rowText).sort()
}

async function runToEnd(log: RunLog, source: EventLog, workers: readonly (readonly number[])[], job = JOB): Promise<StreamRun[]> {
  return Promise.all(workers.map((partitions) => runPartitions({ log, job, partitions, pace: 'bulk', until: () => ends(source) })))
}

const ONE = [[0, 1, 2, 3]]
const TWO = [
  [0, 2],
  [1, 3],
]
const FOUR = [[0], [1], [2], [3]]

describe('views over the log', () => {
  const seed = seedOr(7)

  test(`killed at commits chosen at random and restarted, with other workers each time, gives every row once (seed ${seed})`, {
    timeout: 120_000,
  }, async () => {
    const random = randomOf(seed)
    const rows = stampedRows(random, 6000)
    const log = await freshLog()
    let crashes = 0
    for (let from = 0; from < rows.length; from += 400) {
      await append(log, rows.slice(from, from + 400), from)
      try {
        await runToEnd(failing(log, random(2), random(2) === 0), log, random(2) === 0 ? ONE : TWO)
      } catch (error) {
        if (!(error instanceof Crash)) throw error
        crashes++
      }
    }
    expect(crashes).toBeGreaterThan(3)
    const runs = await runToEnd(log, log, ONE)
    for (const [name, plan] of Object.entries(PLANS)) {
      const { counters } = runs[0]
      expect(counters[name].rowsIn).toBe(rows.length)
      expect(counters[name].rowsCounted + counters[name].lateAll).toBe(rows.length)
      expect(counters[name].lateAll).toBeGreaterThan(0)
      expect(topicRows(log, `${name}__late`, STAMP_FIELDS.length).length).toBe(runReference(plan, rows, { mode: 'as_served' }).late.length)
    }
    const widths = Object.entries(PLANS).map(([name, plan]) => ({ name, width: plan.output.fields.length }))
    const closing = Object.fromEntries(widths.map(({ name }) => [name, [] as string[]]))
    await runs[0].closeAside({
      onBatch: ({ topic, batch }) => {
        closing[topic]?.push(...rowsOf(batch).map((values) => rowText(values.slice(0, PLANS[topic].output.fields.length))))
      },
    })
    for (const { name, width } of widths)
      expect([...topicRows(log, name, width), ...closing[name]].sort()).toEqual(expectedRows(name, rows))
    await log.close()
  })

  test.each([
    ['in memory', JOB],
    ['within a byte', { ...JOB, stateBytes: 1 }],
  ])('1, then 4, then 2 workers give the same rows, with state %s', async (_, job) => {
    const rows = stampedRows(randomOf(11), 1800)
    const log = await freshLog()
    let runs: StreamRun[] = []
    for (const [part, workers] of [ONE, FOUR, TWO].entries()) {
      await append(log, rows.slice(part * 600, (part + 1) * 600), part)
      runs = await runToEnd(log, log, workers, job)
    }
    const closing = new Map(Object.keys(PLANS).map((name) => [name, [] as string[]]))
    for (const run of runs)
      await run.closeAside({
        onBatch: ({ topic, batch }) => {
          closing.get(topic)?.push(...rowsOf(batch).map((values) => rowText(values.slice(0, PLANS[topic].output.fields.length))))
        },
      })
    for (const [name, plan] of Object.entries(PLANS)) {
      const given = [...topicRows(log, name, plan.output.fields.length), ...(closing.get(name) as string[])]
      expect(given.sort()).toEqual(expectedRows(name, rows))
    }
    await log.close()
  })

  test('a closing aside with a provisional record changes nothing that a grown input goes on from', async () => {
    const rows = stampedRows(randomOf(3), 900)
    const log = await freshLog()
    await append(log, rows.slice(0, 500), 1)
    const before = await runToEnd(log, log, TWO)
    const committed = topicRows(log, 'fixed', 5)
    const provisional = { ...rows[500], arrival: 500 }
    const provisionalBatch = batchFromRows(FIELDS, [[500, 'input', 0, 2, 1, '', provisional.watermark, ...provisional.values]])
    const [partition] = keyPartitions(provisionalBatch, ['key1'], PARTITIONS)
    const closed: string[] = []
    for (const run of before) {
      await run.closeAside({
        provisional: (of) =>
          of === partition ? [batchSource(provisionalBatch, { watermarkAfter: provisional.watermark, ingestedAt: 2 })] : [],
        onBatch: ({ topic, batch }) => {
          if (topic === 'fixed') closed.push(...rowsOf(batch).map((values) => rowText(values.slice(0, 5))))
        },
      })
    }
    expect([...committed, ...closed].sort()).toEqual(expectedRows('fixed', rows.slice(0, 501)))
    expect(topicRows(log, 'fixed', 5)).toEqual(committed)
    await append(log, rows.slice(500), 3)
    const runs = await runToEnd(log, log, ONE)
    expect([...topicRows(log, 'fixed', 5), ...(await closingRows(runs, 'fixed', 5))].sort()).toEqual(expectedRows('fixed', rows))
    await log.close()
  })

  test('a view that is added later reads the source from its beginning', async () => {
    const rows = stampedRows(randomOf(5), 600)
    const log = await freshLog()
    await append(log, rows, 1)
    const first = { topic: 'requests', assets: JOB.assets.slice(0, 1) }
    await runPartitions({ log, job: first, partitions: [0, 1, 2, 3], pace: 'bulk', until: () => ends(log) })
    const runs = await runToEnd(log, log, ONE)
    expect(runs[0].counters.sliding.rowsIn).toBe(600)
    expect(runs[0].counters.fixed.rowsIn).toBe(600)
    await log.close()
  })

  test('a live run gives windows as they close, leaves on the signal, and shows its tiles', async () => {
    const rows = stampedRows(randomOf(9), 800)
    const log = await freshLog()
    const leave = new AbortController()
    const moved: number[] = []
    const running = runPartitions({
      log,
      job: JOB,
      partitions: [0, 1, 2, 3],
      pace: 'live',
      signal: leave.signal,
      onProgress: ({ next }) => {
        moved.push(next)
      },
    })
    await append(log, rows, 1)
    const written = performance.now()
    while (topicRows(log, 'sliding', 7).length === 0 && performance.now() - written < 5000)
      await new Promise((resolve) => setTimeout(resolve, 5))
    leave.abort()
    await running
    expect(topicRows(log, 'sliding', 7).length).toBeGreaterThan(0)
    expect(moved.length).toBeGreaterThan(0)
    const views = stateView(log, 'sliding', PARTITIONS)
    expect(views.map((view) => view.partition)).toEqual([0, 1, 2, 3])
    for (const view of views) {
      expect(view.tiles).toBeGreaterThan(0)
      expect(view.tilesPerKeyMax).toBeLessThanOrEqual(5)
      expect(view.groups).toBeGreaterThanOrEqual(view.keys)
      expect(view.bytes).toBeGreaterThan(0)
    }
    await log.close()
  })
})
