import { checkPlan, type Plan, type PlanNode, type StampedRow } from '@millrace/core'
import { expect, test } from 'vitest'
import { referenceRunner, runReference } from './reference-runner.ts'

const COUNT = { name: 'agg1', fn: 'count' }

function plan(nodes: readonly PlanNode[], options: { readonly late?: Plan['sources'][number]['late']; readonly output?: string } = {}) {
  const source = (name: string) => ({
    name,
    event_time: 'ts1',
    watermark_delay_ms: 0,
    late: options.late ?? ('keep' as const),
    fields: [
      { name: 'ts1', type: 'timestamp' },
      { name: 'big1', type: 'int64' },
    ],
  })
  const output = options.output ?? nodes[nodes.length - 1].id
  return checkPlan({ millrace_plan: 1, sources: [source('s'), source('r')], nodes, output })
}

function row(time: number, options: Partial<StampedRow> = {}): StampedRow {
  return { source: 's', split: '0', arrival: 0, watermark: Number.NEGATIVE_INFINITY, values: [time, 1], ...options }
}

const scan: PlanNode = { id: 'n1', kind: 'scan', source: 's' }
const tumbling: PlanNode = {
  id: 'n2',
  kind: 'window-aggregate',
  input: 'n1',
  keys: [],
  window: { kind: 'tumbling', size_ms: 10 },
  aggregates: [COUNT],
}

test('a scan reads the rows of its source only', () => {
  const result = runReference(plan([scan]), [row(1), row(2, { source: 'r' })], { mode: 'as_served' })
  expect(result.rows).toEqual([[1, 1]])
})

test('integers come out as numbers where a double holds them, else as bigints', () => {
  const rows = [9007199254740991, 9007199254740992n, -9223372036854775808n].map((value) => row(0, { values: [0, value] }))
  expect(runReference(plan([scan]), rows, { mode: 'exact' }).rows.map((values) => values[1])).toEqual([
    9007199254740991,
    9007199254740992n,
    -9223372036854775808n,
  ])
})

test('only the nodes that the output needs are computed', () => {
  const late = row(0, { watermark: 100 })
  expect(runReference(plan([scan, tumbling], { output: 'n1' }), [late], { mode: 'as_served' }).late).toEqual([])
  expect(runReference(plan([scan, tumbling]), [late], { mode: 'as_served' }).late).toHaveLength(1)
})

test('more late rows than a call takes arguments are all reported', () => {
  const rows = Array.from({ length: 200_000 }, (_, arrival) => row(0, { arrival, watermark: 100 }))
  expect(runReference(plan([scan, tumbling]), rows, { mode: 'as_served' }).late).toHaveLength(200_000)
})

test('a window over an aggregate without a window is refused, since its rows have no time', async () => {
  const all: PlanNode = { id: 'n2', kind: 'window-aggregate', input: 'n1', keys: [], window: { kind: 'all' }, aggregates: [COUNT] }
  const nodes: PlanNode[] = [scan, all, { ...tumbling, id: 'n3', input: 'n2' }]
  const run = async () => referenceRunner.run(plan(nodes), [row(0)], { mode: 'exact' })
  await expect(run()).rejects.toMatchObject({ family: 'user', code: expect.stringMatching(/^plan\//) })
})

test('a policy that corrects results lets rows be so much later', () => {
  const late = { revise: '1h' }
  const rows = [row(0, { watermark: 10 + 3_599_999 }), row(0, { watermark: 10 + 3_600_000, arrival: 1 })]
  const result = runReference(plan([scan, tumbling], { late }), rows, { mode: 'as_served' })
  expect(result.rows).toEqual([[0, 10, 1]])
  expect(result.late.map((entry) => entry.arrival)).toEqual([1])
})

test('a node that two others read is computed once, so its late rows are reported once', () => {
  const late = row(0, { watermark: 100 })
  const side = { id: 'n3', kind: 'project', input: 'n2', columns: [{ name: 'agg2', expr: { col: 'agg1' } }] } as const
  const join = { id: 'n4', kind: 'join', left: 'n2', right: 'n3', on: [], type: 'interval', lower_ms: 0, upper_ms: 0 } as const
  const result = runReference(plan([scan, tumbling, side, join]), [row(105, { arrival: 1 }), late], { mode: 'as_served' })
  expect(result.late).toHaveLength(1)
  expect(result.rows).toEqual([[100, 110, 1, 1]])
})

test('a score is refused by name', async () => {
  const score = { id: 'n2', kind: 'score', input: 'n1', model: 'm', columns: [{ name: 'score', type: 'double' }] } as const
  const run = referenceRunner.run(plan([scan, score]), [row(0)], { mode: 'exact' })
  await expect(run).rejects.toMatchObject({ code: 'engine/unsupported', facts: { details: { operation: 'node score' } } })
})
