import { expect, it } from 'vitest'
import { events, failure, fieldsOf, nodesOf, others } from '../../../test/view-fixture.ts'
import { sourceOf } from '../../compile/compile-asset.ts'
import { count, gt } from '../../expr/index.ts'
import { checkPlan } from '../../plan/check-plan.ts'
import type { Plan, PlanNode } from '../../plan/plan.ts'
import { aggregate, all, filter, planned } from '../index.ts'

function planOf(nodes: readonly PlanNode[], stream = events): Plan {
  return {
    millrace_plan: 1,
    sources: [sourceOf(stream as never)],
    nodes: [{ id: 'in', kind: 'scan', source: stream.name }, ...nodes],
    output: nodes[nodes.length - 1].id,
  }
}

const total: PlanNode = {
  id: 'out',
  kind: 'window-aggregate',
  input: 'in',
  keys: ['txt1'],
  window: { kind: 'all' },
  aggregates: [{ name: 'n', fn: 'count' }],
}

it('gives the columns and the nodes of the plan, over the streams of its sources', () => {
  const view = planned('per_text', [others, events] as never, planOf([total]))
  expect(Object.keys(view.row)).toEqual(['txt1', 'n'])
  expect(view.row.n.type).toBe('int64')
  expect(fieldsOf(view)).toEqual({ txt1: 'string', n: 'int64' })
  expect(nodesOf(view)).toEqual(nodesOf(aggregate('same', events, { by: 'txt1', window: all(), columns: () => ({ n: count() }) })))
})

it('can be read by other views', () => {
  const view = planned('per_text', [events] as never, planOf([total]))
  expect(nodesOf(filter('many', view, (r) => gt(r.n as never, 5)))).toHaveLength(3)
})

it('puts exchanges where the plan leaves them out', () => {
  const byNumber: PlanNode = { ...total, keys: ['num1'] }
  const view = planned('per_number', [events] as never, planOf([byNumber]))
  expect(nodesOf(view)).toHaveLength(3)
  expect(checkPlan(planOf([byNumber])).nodes).toHaveLength(3)
})

it.each([
  ['a source without a stream', 'project/plan-source', () => planned('view', [others] as never, planOf([total]))],
  [
    'a stream with other columns',
    'project/plan-source',
    () => {
      const plan = planOf([total])
      return planned('view', [events] as never, { ...plan, sources: [{ ...plan.sources[0], fields: plan.sources[0].fields.slice(0, 2) }] })
    },
  ],
  [
    'a sink',
    'project/plan-node',
    () => planned('view', [events] as never, planOf([{ id: 'out', kind: 'sink', input: 'in', to: 'there' }])),
  ],
])('refuses %s', (_, code, declare) => {
  expect(failure(declare)).toMatchObject({ code })
})
