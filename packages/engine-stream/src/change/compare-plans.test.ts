import type { PlanNode } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { col, fn, lit, planOf, windowNode } from '../../test/plan-fixture.ts'
import { comparePlans } from './compare-plans.ts'

const HOPPING = { kind: 'hopping', size_ms: 40, every_ms: 10 } as const
const COUNT = { name: 'rows', fn: 'count' }
const MOST = { name: 'most', fn: 'max', args: [col('big1')] }
const OLD = planOf([windowNode(HOPPING, [COUNT, MOST])])

const bare = (...names: string[]) => names.map((name) => ({ name, expr: col(name) }))
const project = (id: string, input: string, columns: readonly object[]): PlanNode => ({ id, kind: 'project', input, columns }) as PlanNode

describe('a changed plan goes on with the state of the one before', () => {
  test('with further aggregates, fewer, and in another order', () => {
    const next = planOf([windowNode(HOPPING, [{ name: 'least', fn: 'min', args: [col('num1')] }, COUNT])])
    expect(comparePlans(OLD, next)).toMatchObject({ refused: [], added: ['least'], removed: ['most'] })
    expect(comparePlans(OLD, next).grown).toEqual(new Set(['w']))
    expect(comparePlans(OLD, OLD).grown).toEqual(new Set())
  })

  test('with columns that a project behind the windows adds, computes of them, or leaves out', () => {
    const next = planOf([
      windowNode(HOPPING, [COUNT, MOST]),
      project('p', 'w', [
        ...bare('window_start', 'window_end', 'key1', 'rows'),
        { name: 'twice', expr: fn('add', col('rows'), col('rows')) },
      ]),
    ])
    expect(comparePlans(OLD, next)).toMatchObject({ refused: [], added: ['twice'], removed: ['most'], nodes: new Map([['w', 'w']]) })
  })

  test('whatever projects in front call what the windows read', () => {
    const renamed = planOf([
      project('p', 'n1', [
        { name: 'key1', expr: col('key1') },
        { name: 'size', expr: col('big1') },
      ]),
      windowNode(HOPPING, [COUNT, { ...MOST, args: [col('size')] }], 'p'),
    ])
    expect(comparePlans(OLD, renamed).refused).toEqual([])
  })
})

describe('a changed plan is refused, with what differs named', () => {
  const cases: readonly (readonly [string, Parameters<typeof planOf>, string])[] = [
    ['other keys', [[{ ...windowNode(HOPPING, [COUNT]), keys: ['txt1'] } as PlanNode]], 'has other keys: `txt1` in place of `key1`'],
    [
      'keys of one name that are made of something else',
      [[project('p', 'n1', [{ name: 'key1', expr: fn('lower', col('key1')) }, ...bare('big1')]), windowNode(HOPPING, [COUNT, MOST], 'p')]],
      'has other keys',
    ],
    ['another window', [[windowNode({ ...HOPPING, size_ms: 50 }, [COUNT, MOST])]], 'has another window'],
    [
      'another filter',
      [
        [
          { id: 'f', kind: 'filter', input: 'n1', where: fn('gt', col('big1'), lit('0', 'int64')) },
          windowNode(HOPPING, [COUNT, MOST], 'f'),
        ],
      ],
      'has another filter',
    ],
    [
      'another late policy',
      [[windowNode(HOPPING, [COUNT, MOST])], { late: 'drop' }],
      'has another late policy for `events`: "drop" in place of "keep"',
    ],
    [
      'another function under the name of an aggregate',
      [[windowNode(HOPPING, [COUNT, { ...MOST, fn: 'min' }])]],
      '`most` is min in place of max',
    ],
    [
      'another argument under the name of an aggregate',
      [[windowNode(HOPPING, [COUNT, { ...MOST, args: [col('num1')] }])]],
      '`most` is another max',
    ],
    [
      'an exchange that was not there',
      [[{ id: 'x', kind: 'exchange', input: 'n1', keys: ['key1'], partitions: 2 }, windowNode(HOPPING, [COUNT, MOST], 'x')]],
      'has another exchange',
    ],
    [
      'another column under the name of one that is there',
      [
        [
          windowNode(HOPPING, [COUNT, MOST]),
          project('p', 'w', [...bare('window_start', 'window_end', 'key1', 'rows'), { name: 'most', expr: fn('neg', col('most')) }]),
        ],
      ],
      'computes `most` otherwise',
    ],
    [
      'another node',
      [[{ id: 'd', kind: 'dedupe', input: 'n1', keys: ['key1'], horizon_ms: 10 }]],
      'reads from a dedupe where it read from a window-aggregate',
    ],
  ]
  for (const [what, plan, sentence] of cases) {
    test(what, () => {
      expect(comparePlans(OLD, planOf(...plan)).refused.join('; ')).toContain(sentence)
    })
  }

  test('of a node that keeps rows, in anything', () => {
    const over = (name: string, range_ms: number): PlanNode =>
      ({ id: 'o', kind: 'over-aggregate', input: 'n1', keys: ['key1'], range_ms, aggregates: [{ name, fn: 'count' }] }) as PlanNode
    expect(comparePlans(planOf([over('n', 10)]), planOf([over('n', 10)])).refused).toEqual([])
    expect(comparePlans(planOf([over('n', 10)]), planOf([over('n', 20)])).refused).toEqual([
      'has other range ms in its over-aggregate, which keeps rows as they came',
    ])
  })

  test('of a function, by the hash of its text', () => {
    const map = (hash: string): PlanNode =>
      ({
        id: 'm',
        kind: 'map',
        input: 'n1',
        function: { name: 'f', hash },
        reads: ['key1'],
        columns: [{ name: 'x', type: 'int32' }],
      }) as PlanNode
    const of = (hash: string) => planOf([map(hash), windowNode(HOPPING, [COUNT], 'm')])
    expect(comparePlans(of('sha256:1'), of('sha256:1')).refused).toEqual([])
    expect(comparePlans(of('sha256:1'), of('sha256:2')).refused).toEqual([
      'calls another function in its map, and what was computed is that of the one before',
    ])
  })
})
