import type { PlanNode } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { col, planOf, windowNode } from '../../test/plan-fixture.ts'
import { lowerPlan } from '../lower/lower-plan.ts'
import { groupGraph, stagePartitions, viewGroups } from './job-graph.ts'

const COUNT = { name: 'rows', fn: 'count' }
const FINE = windowNode({ kind: 'hopping', size_ms: 30, every_ms: 10 }, [COUNT])
const COARSE: PlanNode = { ...windowNode({ kind: 'tumbling', size_ms: 60 }, [COUNT]), id: 'coarse' } as PlanNode
const SITE_WINDOW: PlanNode = { ...FINE, id: 'site', input: 'x', keys: ['txt1'] } as PlanNode

function exchange(id: string, input: string, keys: readonly string[], partitions?: number): PlanNode {
  return { id, kind: 'exchange', input, keys, ...(partitions === undefined ? {} : { partitions }) }
}

function renamed(id: string, input: string, names: Readonly<Record<string, string>>): PlanNode {
  return { id, kind: 'project', input, columns: Object.entries(names).map(([name, from]) => ({ name, expr: col(from) })) }
}

function joined(left: string, right: string, on: readonly (readonly [string, string])[]): PlanNode {
  return { id: 'j', kind: 'join', left, right, on, type: 'interval', lower_ms: 0, upper_ms: 0 }
}

const ASSETS = {
  fine: lowerPlan(planOf([FINE])),
  fine_by_another_id: lowerPlan(planOf([{ ...FINE, id: 'same' } as PlanNode])),
  coarse: lowerPlan(planOf([COARSE])),
  both: lowerPlan(planOf([FINE, COARSE, renamed('p', 'coarse', { other: 'key1', total: 'rows' }), joined('w', 'p', [['key1', 'other']])])),
  site: lowerPlan(planOf([exchange('x', 'n1', ['txt1'], 3), SITE_WINDOW])),
}
const assets = (...names: (keyof typeof ASSETS)[]) => names.map((name) => ({ name, plan: ASSETS[name] }))

describe('views of a job', () => {
  test('those that share an operator share a group, directly or by way of others', () => {
    const groups = viewGroups(assets('site', 'fine', 'coarse', 'both'), new Map())
    expect(groups.map(({ name, assets: members }) => [name, members.map((one) => one.name)])).toEqual([
      ['both', ['both', 'coarse', 'fine']],
      ['site', ['site']],
    ])
  })

  test('a view that comes later stays apart from those that have a state', () => {
    const groups = viewGroups(assets('fine', 'both'), new Map([['fine', 'fine']]))
    expect(groups.map(({ name }) => name).sort()).toEqual(['both', 'fine'])
  })

  test('equal operators over the same rows are run once, whatever their nodes are called', () => {
    const [group] = viewGroups(assets('fine', 'fine_by_another_id', 'both', 'coarse'), new Map())
    const kinds = groupGraph(group).operators.map(({ plan }) => plan.kind)
    expect(kinds.filter((kind) => kind === 'window').length).toBe(2)
    expect(kinds.filter((kind) => kind === 'join').length).toBe(1)
    expect(kinds.filter((kind) => kind === 'output').length).toBe(4)
  })

  test('a window with another source, filter or grid is another operator', () => {
    const filtered = lowerPlan(
      planOf([
        { id: 'f', kind: 'filter', input: 'n1', where: { fn: 'is_null', args: [col('txt1')] } },
        { ...FINE, input: 'f' } as PlanNode,
      ]),
    )
    const dropped = lowerPlan(planOf([FINE], { late: 'drop' }))
    const keys = [ASSETS.fine, ASSETS.coarse, filtered, dropped].map((plan) => plan.operators[0].key)
    expect(new Set(keys).size).toBe(4)
  })
})

describe('stages', () => {
  const options = { ofSource: () => 4, most: 4 }

  test('a plan without exchange is one stage; an exchange begins the next', () => {
    const one = groupGraph({ name: 'both', assets: assets('both') })
    expect([one.stages.length, one.exchanges.length, stagePartitions(one, options)]).toEqual([1, 0, [4]])
    const two = groupGraph({ name: 'site', assets: assets('site') })
    expect(two.stages.map(({ reads, writes }) => [reads.length, writes.length])).toEqual([
      [0, 1],
      [1, 0],
    ])
    expect(stagePartitions(two, options)).toEqual([4, 3])
    expect(stagePartitions(two, { ...options, most: 2 })).toEqual([4, 2])
  })

  test('stages never read each other in a circle: rows that wait for those of a later stage go through an exchange too', () => {
    const plan = lowerPlan(
      planOf([
        FINE,
        exchange('x', 'n1', ['txt1']),
        { ...FINE, id: 'pairs', input: 'x', keys: ['txt1', 'key1'] } as PlanNode,
        renamed('p', 'pairs', { other: 'key1', text: 'txt1', pairs: 'rows' }),
        exchange('back', 'p', ['other']),
        joined('w', 'back', [['key1', 'other']]),
      ]),
    )
    const graph = groupGraph({ name: 'circle', assets: [{ name: 'circle', plan }] })
    expect(graph.stages.length).toBe(3)
    for (const { from, to } of graph.exchanges) expect(from).toBeLessThan(to)
    expect(graph.exchanges.length).toBe(3)
  })

  test('without keys all rows meet in one partition', () => {
    const plan = lowerPlan(planOf([exchange('x', 'n1', [], 4), { ...FINE, id: 'all', input: 'x', keys: [] } as PlanNode]))
    expect(stagePartitions(groupGraph({ name: 'all', assets: [{ name: 'all', plan }] }), options)).toEqual([4, 1])
  })
})
