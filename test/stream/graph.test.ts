import { batchFromRows, keyPartitions, rowsOf } from '@millrace/columnar'
import { type CheckedPlan, checkPlan, type EventLog, type PlanNode, STAMP_FIELDS, type StampedRow } from '@millrace/core'
import {
  batchSource,
  isExchangeTopic,
  lowerPlan,
  type RunLog,
  runPartitions,
  type StreamJob,
  type StreamRun,
  stateView,
} from '@millrace/engine-stream'
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
  randomOf,
  rowText,
  SOURCE,
  stampedRows,
  topicRows,
} from './log-fixture.ts'

const COUNT = { name: 'rows', fn: 'count' }
const SCAN: PlanNode = { id: 'n1', kind: 'scan', source: 'requests' }
const RECENT: PlanNode = {
  id: 'recent',
  kind: 'window-aggregate',
  input: 'n1',
  keys: ['key1'],
  window: { kind: 'hopping', size_ms: 3000, every_ms: 1000 },
  aggregates: [COUNT, { name: 'texts', fn: 'count_distinct', args: [{ col: 'txt1' }], max: 100 }],
}
const HOUR: PlanNode = {
  id: 'hour',
  kind: 'window-aggregate',
  input: 'n1',
  keys: ['key1'],
  window: { kind: 'hopping', size_ms: 10_000, every_ms: 1000 },
  aggregates: [{ name: 'rows', fn: 'count' }],
}

function columns(...names: readonly (string | readonly [string, string])[]): { name: string; expr: { col: string } }[] {
  return names.map((name) => (typeof name === 'string' ? { name, expr: { col: name } } : { name: name[0], expr: { col: name[1] } }))
}

function planOf(nodes: readonly PlanNode[]): CheckedPlan {
  return checkPlan({ millrace_plan: 1, sources: [SOURCE], nodes: [SCAN, ...nodes], output: nodes.at(-1)?.id })
}

/** A view by another key than the source's, hopping, so that rows of partitions that are ahead must wait. */
const SITE = planOf([
  { id: 'x', kind: 'exchange', input: 'n1', keys: ['txt1'], partitions: 3 },
  {
    id: 'site',
    kind: 'window-aggregate',
    input: 'x',
    keys: ['txt1'],
    window: { kind: 'hopping', size_ms: 2000, every_ms: 500 },
    aggregates: [
      COUNT,
      { name: 'keys', fn: 'count_distinct', args: [{ col: 'key1' }] },
      { name: 'most', fn: 'max', args: [{ col: 'big1' }] },
    ],
  },
])

/** Two windows of one key joined where they end together. */
const PACE = planOf([
  RECENT,
  HOUR,
  { id: 'h', kind: 'project', input: 'hour', columns: columns(['hour_key', 'key1'], ['hour_end', 'window_end'], ['hour_rows', 'rows']) },
  {
    id: 'pace',
    kind: 'join',
    left: 'recent',
    right: 'h',
    on: [
      ['key1', 'hour_key'],
      ['window_end', 'hour_end'],
    ],
    how: 'left',
    type: 'interval',
    lower_ms: 0,
    upper_ms: 0,
  },
])

/** Per key beside the totals over all keys: rows leave the source's partitions and come back to them. */
const SHARE = planOf([
  RECENT,
  { id: 'all', kind: 'exchange', input: 'recent', keys: [] },
  {
    id: 'total',
    kind: 'window-aggregate',
    input: 'all',
    keys: [],
    window: { kind: 'tumbling', size_ms: 1000 },
    aggregates: [{ name: 'total_rows', fn: 'sum', args: [{ col: 'rows' }] }],
  },
  { id: 't', kind: 'project', input: 'total', columns: columns('total_rows', ['total_end', 'window_end']) },
  { id: 'tx', kind: 'exchange', input: 't', keys: ['total_end'] },
  { id: 'rx', kind: 'exchange', input: 'recent', keys: ['window_end'] },
  { id: 'share', kind: 'join', left: 'rx', right: 'tx', on: [['window_end', 'total_end']], type: 'interval', lower_ms: 0, upper_ms: 0 },
])

const PLANS: Readonly<Record<string, CheckedPlan>> = { pace: PACE, recent: planOf([RECENT]), share: SHARE, site: SITE }
const JOB: StreamJob = { topic: 'requests', assets: Object.entries(PLANS).map(([name, plan]) => ({ name, plan: lowerPlan(plan) })) }
const ONE = [[0, 1, 2, 3]]
const TWO = [
  [0, 2],
  [1, 3],
]

function expectedRows(name: string, rows: readonly StampedRow[]): string[] {
  return runReference(PLANS[name], rows, { mode: 'as_served' }).rows.map(rowText).sort()
}

/** Workers as they are in a process each: a crash of one ends them all. */
async function runToEnd(log: RunLog, source: EventLog, workers: readonly (readonly number[])[]): Promise<StreamRun[]> {
  const crashed = new AbortController()
  const running = workers.map((partitions) =>
    runPartitions({ log, job: JOB, partitions, pace: 'bulk', until: () => ends(source), signal: crashed.signal }).catch(
      (error: unknown) => {
        crashed.abort()
        throw error
      },
    ),
  )
  const settled = await Promise.allSettled(running)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return Promise.all(running)
}

async function closings(runs: readonly StreamRun[]): Promise<Record<string, string[]>> {
  const closed: Record<string, string[]> = Object.fromEntries(Object.keys(PLANS).map((name) => [name, []]))
  for (const run of runs) {
    await run.closeAside({
      onBatch: ({ topic, batch }) => {
        closed[topic]?.push(...rowsOf(batch).map((values) => rowText(values.slice(0, PLANS[topic].output.fields.length))))
      },
    })
  }
  return closed
}

describe('views over several stages', () => {
  const seed = seedOr(11)

  test(`killed at commits chosen at random and restarted, with other workers each time, give every row once (seed ${seed})`, {
    timeout: 180_000,
  }, async () => {
    const random = randomOf(seed)
    const rows = stampedRows(random, 4000)
    const log = await freshLog()
    let crashes = 0
    for (let from = 0; from < rows.length; from += 400) {
      await append(log, rows.slice(from, from + 400), from)
      try {
        await runToEnd(failing(log, random(5), random(2) === 0), log, random(2) === 0 ? ONE : TWO)
      } catch (error) {
        if (!(error instanceof Crash)) throw error
        crashes++
      }
    }
    expect(crashes).toBeGreaterThan(3)
    const runs = await runToEnd(log, log, TWO)
    const committed = Object.fromEntries(
      Object.entries(PLANS).map(([name, plan]) => [name, topicRows(log, name, plan.output.fields.length)]),
    )
    expect(committed.share.length).toBeGreaterThan(100)
    expect(committed.site.length).toBeGreaterThan(100)
    for (const [name, plan] of Object.entries(PLANS)) {
      const { late } = runReference(plan, rows, { mode: 'as_served' })
      expect(topicRows(log, `${name}__late`, STAMP_FIELDS.length).length).toBe(late.length)
    }
    const closed = await closings(runs)
    for (const name of Object.keys(PLANS)) expect([...committed[name], ...closed[name]].sort()).toEqual(expectedRows(name, rows))
    for (const name of Object.keys(PLANS)) {
      const sums = { rowsIn: 0, rowsCounted: 0, lateAll: 0 }
      for (const { counters } of runs)
        for (const figure of ['rowsIn', 'rowsCounted', 'lateAll'] as const) sums[figure] += counters[name][figure]
      expect(sums.rowsIn).toBe(rows.length)
      expect(sums.rowsCounted + sums.lateAll).toBe(rows.length)
    }
    for (const { topic, partitions } of log.topics()) {
      if (!isExchangeTopic(topic)) continue
      for (let partition = 0; partition < partitions; partition++) {
        const { first, next } = log.range(topic, partition)
        expect(first).toBe(next)
      }
    }
    await log.close()
  })

  test('a closing aside with a provisional record changes nothing that a grown input goes on from', { timeout: 60_000 }, async () => {
    const rows = stampedRows(randomOf(3), 900)
    const log = await freshLog()
    await append(log, rows.slice(0, 500), 1)
    const before = await runToEnd(log, log, TWO)
    const width = SITE.output.fields.length
    const committed = topicRows(log, 'site', width)
    const provisional = batchFromRows(FIELDS, [[500, 'input', 0, 2, 1, '', rows[500].watermark, ...rows[500].values]])
    const [partition] = keyPartitions(provisional, ['key1'], 4)
    const closed: string[] = []
    for (const run of before) {
      await run.closeAside({
        provisional: (of) => (of === partition ? [batchSource(provisional, { watermarkAfter: rows[500].watermark, ingestedAt: 2 })] : []),
        onBatch: ({ topic, batch }) => {
          if (topic === 'site') closed.push(...rowsOf(batch).map((values) => rowText(values.slice(0, width))))
        },
      })
    }
    expect([...committed, ...closed].sort()).toEqual(expectedRows('site', rows.slice(0, 501)))
    expect(topicRows(log, 'site', width)).toEqual(committed)
    await append(log, rows.slice(500), 3)
    const runs = await runToEnd(log, log, ONE)
    expect([...topicRows(log, 'site', width), ...(await closingRows(runs, 'site', width))].sort()).toEqual(expectedRows('site', rows))
    await log.close()
  })

  test('a view that is added later reads from the beginning, beside views that already share its operators', async () => {
    const rows = stampedRows(randomOf(5), 600)
    const log = await freshLog()
    await append(log, rows, 1)
    const job = { topic: 'requests', assets: JOB.assets.filter(({ name }) => name === 'recent') }
    await runPartitions({ log, job, partitions: [0, 1, 2, 3], pace: 'bulk', until: () => ends(log) })
    for (let i = 0; i < 2; i++) {
      const runs = await runToEnd(log, log, ONE)
      expect(runs[0].counters.recent.rowsIn).toBe(600)
      expect(runs[0].counters.pace.rowsIn).toBe(600)
    }
    const runs = await runToEnd(log, log, ONE)
    const closed = await closings(runs)
    for (const [name, plan] of Object.entries(PLANS)) {
      expect([...topicRows(log, name, plan.output.fields.length), ...closed[name]].sort()).toEqual(expectedRows(name, rows))
    }
    await log.close()
  })

  test('shared operators keep one state, which every view shows', async () => {
    const rows = stampedRows(randomOf(9), 800)
    const log = await freshLog()
    await append(log, rows, 1)
    await runToEnd(log, log, TWO)
    const views = Object.fromEntries(Object.keys(PLANS).map((name) => [name, stateView(log, name, 4)]))
    expect(views.pace).toEqual(views.recent)
    expect(views.pace).toEqual(views.share)
    expect(views.site).not.toEqual(views.recent)
    for (const view of views.site.slice(0, 3)) expect(view.tiles).toBeGreaterThan(0)
    await log.close()
  })

  test('windows behind an exchange are available when the record came whose stamp closed them', async () => {
    const rows = stampedRows(randomOf(13), 1000)
    const log = await freshLog()
    const closedAt = new Map<number, number>()
    for (let from = 0; from < rows.length; from += 100) {
      const part = rows.slice(from, from + 100)
      await append(log, part, from)
      for (let end = -10_000; end <= part[part.length - 1].watermark; end += 500) if (!closedAt.has(end)) closedAt.set(end, from)
    }
    await runToEnd(log, log, TWO)
    const width = SITE.output.fields.length
    const found = topicRows(log, 'site', width + 2).map((text) => JSON.parse(text) as number[])
    expect(found.length).toBeGreaterThan(50)
    for (const row of found) expect([row[1], row[width + 1]]).toEqual([row[1], closedAt.get(row[1])])
    await log.close()
  })
})
