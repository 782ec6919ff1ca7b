import { describe, expect, it } from 'vitest'
import { checkPlan } from './check-plan.ts'
import type { CheckedNode } from './checked-plan.ts'

const source = (name: string, n: number, key: readonly string[]) => ({
  name,
  event_time: `ts${n}`,
  key,
  watermark_delay_ms: 0,
  late: 'keep',
  fields: [
    { name: `ts${n}`, type: 'timestamp' },
    { name: `txt${n}`, type: 'string' },
    { name: `int${n}`, type: 'int32' },
    { name: `num${n}`, type: 'double' },
  ],
})
const SOURCES = [source('lefts', 1, ['txt1']), source('rights', 2, ['txt2'])]
const scans = SOURCES.map(({ name }) => ({ id: name, kind: 'scan', source: name }))
const dedupe = (input: string, keys: readonly string[]) => ({ id: 'd', kind: 'dedupe', input, keys, horizon_ms: 1 })
const join = (on: readonly (readonly [string, string])[], sides: object = {}) => ({
  id: 'j',
  kind: 'join',
  left: 'lefts',
  right: 'rights',
  on,
  type: 'interval',
  lower_ms: 0,
  upper_ms: 0,
  ...sides,
})

function checked(nodes: readonly { readonly id: string }[]): readonly CheckedNode[] {
  const plan = { millrace_plan: 1, sources: SOURCES, nodes: [...scans, ...nodes], output: nodes[nodes.length - 1].id }
  return checkPlan(plan).nodes
}

/** The exchanges of a plan: what they read and by which columns, and in how many partitions if they say so. */
function exchanges(nodes: readonly { readonly id: string }[]): unknown[] {
  return checked(nodes).flatMap(({ node }) =>
    node.kind === 'exchange' ? [[node.input, node.keys, ...(node.partitions === undefined ? [] : [node.partitions])]] : [],
  )
}

describe('exchanges that a plan leaves out', () => {
  it('are none where records lie by the keys, or by some of them', () => {
    expect(exchanges([dedupe('lefts', ['txt1'])])).toEqual([])
    expect(exchanges([dedupe('lefts', ['int1', 'txt1'])])).toEqual([])
    expect(exchanges([join([['txt1', 'txt2']])])).toEqual([])
  })

  it('bring the rows of a key together', () => {
    expect(exchanges([dedupe('lefts', ['int1'])])).toEqual([['lefts', ['int1']]])
    expect(exchanges([dedupe('lefts', [])])).toEqual([['lefts', []]])
    const [, , exchange, d] = checked([dedupe('lefts', ['int1'])])
    expect(d).toMatchObject({ node: { input: exchange.node.id }, inputs: [exchange.node.id], partitionedBy: ['int1'] })
  })

  it('bring the sides of a join together by the columns that it compares', () => {
    expect(exchanges([join([['int1', 'int2']])])).toEqual([
      ['lefts', ['int1']],
      ['rights', ['int2']],
    ])
    expect(exchanges([join([])])).toEqual([
      ['lefts', []],
      ['rights', []],
    ])
  })

  it('bring the other side to a side that lies by compared columns already, into as many partitions', () => {
    const moved = { id: 'x', kind: 'exchange', input: 'lefts', keys: ['int1'], partitions: 4 }
    expect(exchanges([moved, join([['int1', 'int2']], { left: 'x' })])).toEqual([
      ['lefts', ['int1'], 4],
      ['rights', ['int2'], 4],
    ])
    expect(
      exchanges([
        join([
          ['txt1', 'txt2'],
          ['int1', 'int2'],
        ]),
      ]),
    ).toEqual([])
  })

  it('do not hide what is wrong with the keys', () => {
    expect(() => checked([dedupe('lefts', ['num1'])])).toThrow('The key `num1` of dedupe `d` is double')
    expect(() => checked([dedupe('lefts', ['in1'])])).toThrow('dedupe `d`')
    expect(() => checked([join([['num1', 'num2']])])).toThrow('join `j`')
  })

  it('have ids that no node has', () => {
    const taken = { id: 'exchange for d', kind: 'filter', input: 'lefts', where: { lit: 'true', type: 'boolean' } }
    const ids = checked([taken, dedupe('exchange for d', ['int1'])]).map(({ node }) => node.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('leave the plan and its hash as they were', () => {
    const plan = { millrace_plan: 1, sources: SOURCES, nodes: [...scans, dedupe('lefts', ['int1'])], output: 'd' }
    expect(checkPlan(plan).plan.nodes).toEqual(plan.nodes)
  })
})
