import { type CheckedPlan, checkPlan, type EventLog, type PlanNode, type StampedRow } from '@millrace/core'
import { jobChange, lowerPlan, runPartitions, type StreamJob, stateChange, writeStateChange } from '@millrace/engine-stream'
import { runReference } from '@millrace/reference'
import { seedOr } from '@millrace/testkit'
import { describe, expect, test } from 'vitest'
import { append, closingRows, ends, freshLog, randomOf, rowText, SOURCE, stampedRows, topicRows } from './log-fixture.ts'

type Plans = Readonly<Record<string, CheckedPlan>>

const ALL = [0, 1, 2, 3]
const SEED = seedOr(23)
const COUNT = { name: 'rows', fn: 'count' }
const TOTAL = { name: 'total', fn: 'sum', args: [{ col: 'big1' }] }
/** What the change adds; it reads only `txt1`, which nothing reads before. */
const TEXTS = { name: 'texts', fn: 'count', args: [{ col: 'txt1' }] }
const KINDS = { name: 'kinds', fn: 'count_distinct', args: [{ col: 'txt1' }] }
const LEAST = { name: 'least', fn: 'min', args: [{ col: 'txt1' }] }

function planOf(...nodes: readonly object[]): CheckedPlan {
  const scan: PlanNode = { id: 'n1', kind: 'scan', source: 'requests' }
  return checkPlan({ millrace_plan: 1, sources: [SOURCE], nodes: [scan, ...nodes] as PlanNode[], output: (nodes.at(-1) as PlanNode).id })
}

function hopping(...aggregates: readonly object[]): object {
  return {
    id: 'w',
    kind: 'window-aggregate',
    input: 'n1',
    keys: ['key1'],
    window: { kind: 'hopping', size_ms: 3000, every_ms: 1000 },
    aggregates,
  }
}

function bySite(...aggregates: readonly object[]): readonly object[] {
  return [
    { id: 'x', kind: 'exchange', input: 'n1', keys: ['big1'], partitions: 3 },
    { id: 'w', kind: 'window-aggregate', input: 'x', keys: ['big1'], window: { kind: 'tumbling', size_ms: 2000 }, aggregates },
  ]
}

function renamed(...names: readonly string[]): object {
  return { id: 'p', kind: 'project', input: 'w', columns: names.map((name) => ({ name, expr: { col: name } })) }
}

function jobOf(plans: Plans, stateBytes?: number): StreamJob {
  return { topic: 'requests', assets: Object.entries(plans).map(([name, plan]) => ({ name, plan: lowerPlan(plan) })), stateBytes }
}

async function runToEnd(log: EventLog, plans: Plans, stateBytes?: number) {
  return [await runPartitions({ log, job: jobOf(plans, stateBytes), partitions: ALL, pace: 'bulk', until: () => ends(log) })]
}

function groupsIn(log: EventLog): ReadonlyMap<string, string> {
  const prefix = 'stream-group/'
  return new Map([...log.entries(prefix)].map(({ key, value }) => [key.slice(prefix.length), Buffer.from(value).toString()]))
}

function changed(log: EventLog, before: Plans, after: Plans) {
  const change = jobChange(new Map(Object.entries(before)), new Map(Object.entries(after)), groupsIn(log))
  return { change, states: change.groups.map((group) => stateChange(log, { topic: 'requests' }, group)) }
}

async function change(log: EventLog, before: Plans, after: Plans) {
  const { change: found, states } = changed(log, before, after)
  expect([...found.views.values()].flatMap(({ reasons }) => reasons)).toEqual([])
  expect(states.flatMap(({ refused }) => refused)).toEqual([])
  await log.transact((transaction) => {
    for (const state of states) writeStateChange(log, transaction, state)
  })
  return states
}

/** What a view gives whose aggregates over `txt1` count from a row on, and whose others count all. */
function expected(plan: CheckedPlan, rows: readonly StampedRow[], from: number): string[] {
  const blind = rows.map((row, i) => (i < from ? { ...row, values: row.values.with(3, null) } : row))
  return runReference(plan, blind, { mode: 'as_served' }).rows.map(rowText).sort()
}

async function finalRows(log: EventLog, plans: Plans, name: string): Promise<string[]> {
  const width = plans[name].output.fields.length
  return [...topicRows(log, name, width), ...(await closingRows(await runToEnd(log, plans), name, width))].sort()
}

describe('a state goes on under a changed plan', () => {
  const cases = [
    ['in memory', undefined],
    ['within a budget', 20_000],
  ] as const
  test.each(cases)(
    `with aggregates that count from the change on, in open windows and behind an exchange (%s, seed ${SEED})`,
    async (_, budget) => {
      const rows = stampedRows(randomOf(SEED), 2400)
      const log = await freshLog()
      const before = { ip: planOf(hopping(COUNT, TOTAL)), site: planOf(...bySite(COUNT)) }
      const after = { ip: planOf(hopping(KINDS, COUNT, TEXTS, LEAST, TOTAL)), site: planOf(...bySite(COUNT, TEXTS, KINDS)) }
      await append(log, rows.slice(0, 1200), 1)
      await runToEnd(log, before, budget)
      const given = { ip: topicRows(log, 'ip', 5).length, site: topicRows(log, 'site', 4).length }
      const states = await change(log, before, after)
      const complete = states.flatMap(({ completeFrom }) => [...completeFrom])
      expect(complete.map(([name]) => name).sort()).toEqual(['ip', 'site'])
      expect([...log.entries('stream/')].some(({ key }) => key.endsWith('/slices'))).toBe(budget !== undefined)
      await append(log, rows.slice(1200), 2)
      await runToEnd(log, after, budget)
      for (const name of ['ip', 'site'] as const) {
        const all = await finalRows(log, after, name)
        const wanted = expected(after[name], rows, 1200)
        expect(all.length).toBe(wanted.length)
        expect(all.filter((row) => !wanted.includes(row)).length).toBe(given[name])
        const whole = expected(after[name], rows, 0)
        const from = new Map(complete).get(name) as number
        const late = (texts: readonly string[]): string[] => texts.filter((text) => (JSON.parse(text) as number[])[0] >= from)
        expect(late(all).length).toBeGreaterThan(10)
        expect(late(all)).toEqual(late(whole))
        expect(expected(after[name], rows, 1200).filter((row) => !whole.includes(row)).length).toBeGreaterThan(10)
      }
      await log.close()
    },
  )

  test('with tiles of so many groups that those that changed are written alone', { timeout: 60_000 }, async () => {
    const keys = 24_000
    const rows = stampedRows(randomOf(SEED + 3), keys + 600).map((row, i) => ({ ...row, values: row.values.with(1, `key ${i % keys}`) }))
    const log = await freshLog()
    const hour = (...aggregates: readonly object[]) => ({ ...hopping(...aggregates), window: { kind: 'tumbling', size_ms: 3_600_000 } })
    const before = { ip: planOf(hour(COUNT, TOTAL)) }
    const after = { ip: planOf(hour(KINDS, COUNT, TEXTS, TOTAL)) }
    for (const [from, to] of [
      [0, keys],
      [keys, keys + 300],
    ]) {
      await append(log, rows.slice(from, to), 1)
      await runToEnd(log, before)
    }
    expect([...log.entries('stream/')].some(({ key }) => key.includes('/change/'))).toBe(true)
    await change(log, before, after)
    await append(log, rows.slice(keys + 300), 2)
    await runToEnd(log, after)
    const open = (texts: readonly string[]): string[] => texts.filter((text) => text.startsWith('[0,'))
    expect(open(await finalRows(log, after, 'ip'))).toEqual(open(expected(after.ip, rows, keys + 300)))
    expect(open(expected(after.ip, rows, 0))).not.toEqual(open(expected(after.ip, rows, keys + 300)))
    await log.close()
  })

  test('with aggregates and columns gone, views that shared its operators gone or changed, and others as they were', async () => {
    const rows = stampedRows(randomOf(SEED + 1), 1600)
    const log = await freshLog()
    const shared = planOf(hopping(COUNT, TOTAL, KINDS))
    const before = {
      a: shared,
      b: planOf(hopping(COUNT, TOTAL, KINDS), renamed('window_start', 'window_end', 'key1', 'rows')),
      c: planOf(hopping(COUNT, TOTAL, KINDS), renamed('window_start', 'window_end', 'key1', 'kinds')),
    }
    const after = { b: before.b, c: planOf(hopping(KINDS, COUNT), renamed('window_start', 'window_end', 'key1', 'kinds', 'rows')) }
    await append(log, rows.slice(0, 800), 1)
    await runToEnd(log, before)
    expect(new Set(groupsIn(log).values())).toEqual(new Set(['a']))
    const [state] = await change(log, before, after)
    expect(state.forget).toContainEqual({ consumer: 'stream:a', topic: 'requests' })
    expect(state.completeFrom.size).toBe(0)
    expect([...groupsIn(log)].sort()).toEqual([
      ['b', 'b'],
      ['c', 'b'],
    ])
    await append(log, rows.slice(800), 2)
    await runToEnd(log, after)
    expect(await finalRows(log, after, 'b')).toEqual(expected(after.b, rows, 0))
    const all = await finalRows(log, after, 'c')
    const wanted = expected(after.c, rows, 0)
    expect(all.length).toBe(wanted.length)
    expect(all.filter((row) => wanted.includes(row)).length).toBeGreaterThan(wanted.length / 3)
    await log.close()
  })

  test('with a view that is added and begins with what comes from then on', async () => {
    const rows = stampedRows(randomOf(SEED + 2), 1200)
    const log = await freshLog()
    const before = { a: planOf(hopping(COUNT)) }
    const after = { ...before, b: planOf(hopping(COUNT, TOTAL)) }
    await append(log, rows.slice(0, 600), 1)
    await runToEnd(log, before)
    await change(log, before, after)
    await append(log, rows.slice(600), 2)
    await runToEnd(log, after)
    expect(await finalRows(log, after, 'a')).toEqual(expected(after.a, rows, 0))
    expect(await finalRows(log, after, 'b')).toEqual(expected(after.b, rows.slice(600), 0))
    await log.close()
  })
})

describe('a change is refused before anything is touched', () => {
  test('where another filter, other keys or another window would go on with the state', async () => {
    const log = await freshLog()
    const before = { a: planOf(hopping(COUNT)), b: planOf(hopping(COUNT)) }
    await append(log, stampedRows(randomOf(SEED), 200), 1)
    await runToEnd(log, before)
    const { change: found } = changed(log, before, {
      ...before,
      b: planOf({ ...hopping(COUNT), window: { kind: 'tumbling', size_ms: 1000 } }),
    })
    expect(found.views.get('b')).toMatchObject({ state: 'refused' })
    expect(found.views.get('b')?.reasons.join()).toContain('another window')
    expect(found.views.get('a')).toMatchObject({ state: 'refused', reasons: ['shares its state with a view that cannot go on'] })
    await log.close()
  })

  test('where rows are under way through an exchange that would carry other columns', async () => {
    const log = await freshLog()
    const before = { site: planOf(...bySite(COUNT)) }
    const after = { site: planOf(...bySite(COUNT, TEXTS)) }
    await append(log, stampedRows(randomOf(SEED), 200), 1)
    await runToEnd(log, before)
    expect(changed(log, before, after).states.flatMap(({ refused }) => refused)).toEqual([])
    const topic = log.topics().find((one) => /@exchange/.test(one.topic)) as { topic: string; partitions: number }
    await log.transact((transaction) => transaction.appendEncoded(topic.topic, 0, { bytes: new Uint8Array(8), span: 1 }))
    expect(
      changed(log, before, after)
        .states.flatMap(({ refused }) => refused)
        .join(),
    ).toContain('rows under way')
    await log.close()
  })
})
