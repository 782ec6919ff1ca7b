import { describe, expect, it } from 'vitest'
import { MillraceError } from '../error/index.ts'
import { checkPlan } from './check-plan.ts'
import type { CheckedNode } from './checked-plan.ts'

const source = (name: string, n: number, key: readonly string[] = [`txt${n}`]) => ({
  name,
  event_time: `ts${n}`,
  key,
  watermark_delay_ms: 0,
  late: 'keep',
  fields: [
    { name: `ts${n}`, type: 'timestamp' },
    { name: `txt${n}`, type: 'string' },
    { name: `int${n}`, type: 'int32', nullable: true },
    { name: `big${n}`, type: 'int64' },
    { name: `dbl${n}`, type: 'double' },
  ],
})
const scans = [
  { id: 'lefts', kind: 'scan', source: 'lefts' },
  { id: 'rights', kind: 'scan', source: 'rights' },
]
const join = {
  id: 'j',
  kind: 'join',
  left: 'lefts',
  right: 'rights',
  on: [['txt1', 'txt2']],
  type: 'interval',
  lower_ms: -5,
  upper_ms: 5,
}
const exchange = (id: string, input: string, keys: readonly string[], partitions?: number) => ({
  id,
  kind: 'exchange',
  input,
  keys,
  partitions,
})
const window = (id: string, input: string, keys: readonly string[], changes: object = {}) => ({
  id,
  kind: 'window-aggregate',
  input,
  keys,
  window: { kind: 'tumbling', size_ms: 10 },
  aggregates: [{ name: `${id}_hits`, fn: 'count' }],
  ...changes,
})
const project = (id: string, input: string, columns: Readonly<Record<string, string>>) => ({
  id,
  kind: 'project',
  input,
  columns: Object.entries(columns).map(([name, col]) => ({ name, expr: { col } })),
})

function planOf(nodes: readonly object[], sources = [source('lefts', 1), source('rights', 2)]): object {
  return { millrace_plan: 1, sources, nodes: [...scans, ...nodes], output: (nodes.at(-1) as { id: string }).id }
}

function output(nodes: readonly object[], sources?: readonly ReturnType<typeof source>[]): CheckedNode {
  return checkPlan(planOf(nodes, sources as never)).output
}

function refusal(nodes: readonly object[], sources?: readonly ReturnType<typeof source>[]): MillraceError {
  try {
    output(nodes, sources)
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError)
    return error as MillraceError
  }
  throw new TypeError('the plan was accepted')
}

describe('a join', () => {
  it('gives left’s columns, then right’s, without stamps, where left lay', () => {
    const checked = output([join])
    expect(checked.fields.map(({ name, nullable }) => `${name}${nullable ? '?' : ''}`)).toEqual([
      ...['ts1', 'txt1', 'int1?', 'big1', 'dbl1'],
      ...['ts2', 'txt2', 'int2?', 'big2', 'dbl2'],
    ])
    expect(checked).toMatchObject({ inputs: ['lefts', 'rights'], stamped: false, partitionedBy: ['txt1'], upsert: false })
    expect(checked.partitions).toEqual({ asSource: 'lefts' })
    expect(checked.source).toBeUndefined()
  })

  it('makes right’s columns nullable when it is a left join', () => {
    const { fields } = output([{ ...join, how: 'left' }])
    expect(fields.filter((field) => field.name.endsWith('2')).every((field) => field.nullable)).toBe(true)
    expect(fields.filter((field) => field.name.endsWith('1') && field.nullable).map((field) => field.name)).toEqual(['int1'])
  })

  it('keeps left’s event time as a column where right’s is never later', () => {
    expect(output([{ ...join, lower_ms: 0, upper_ms: 0 }]).eventTime).toBe('ts1')
    expect(output([{ ...join, lower_ms: -9, upper_ms: -1 }]).eventTime).toBe('ts1')
    expect(output([join]).eventTime).toBeUndefined()
  })

  it('takes an int32 and an int64 as equal types', () => {
    const byNumber = [source('lefts', 1, ['int1']), source('rights', 2, ['big2'])]
    expect(output([{ ...join, on: [['int1', 'big2']] }], byNumber).partitionedBy).toEqual(['int1'])
  })

  it('goes by time alone, at one distance, where both sides lie in one partition', () => {
    const sides = [source('lefts', 1, []), source('rights', 2, [])]
    expect(output([{ ...join, on: [], lower_ms: 7, upper_ms: 7 }], sides)).toMatchObject({ partitionedBy: [], partitions: 1 })
  })

  it('reads two views of one source, whichever way their keys were renamed', () => {
    const views = [
      window('now', 'lefts', ['txt1']),
      window('side', 'lefts', ['txt1']),
      project('renamed', 'side', { ends: 'window_end', key: 'txt1', n: 'side_hits' }),
      { ...join, left: 'now', right: 'renamed', on: [['txt1', 'key']], lower_ms: 0, upper_ms: 0 },
    ]
    expect(output(views)).toMatchObject({ partitionedBy: ['txt1'], eventTime: undefined })
  })

  const onInt = { ...join, on: [['int1', 'int2']] }
  const upsert = window('sums', 'lefts', ['txt1'], { window: { kind: 'all' } })
  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['a left column that is not there', 'plan/unknown-column', [{ ...join, on: [['txt2', 'txt2']] }]],
    ['a right column that is not there', 'plan/unknown-column', [{ ...join, on: [['txt1', 'txt1']] }]],
    ['columns of different types', 'plan/argument-type', [{ ...join, on: [['txt1', 'big2']] }]],
    ['floating-point columns', 'plan/float-key', [{ ...join, on: [['dbl1', 'dbl2']] }]],
    ['bounds in the wrong order', 'plan/join-bounds', [{ ...join, lower_ms: 1, upper_ms: 0 }]],
    ['a name that both sides have', 'plan/clashing-names', [{ ...join, right: 'lefts', on: [['txt1', 'txt1']] }]],
    ['rows corrected as more comes in', 'plan/time-over-upsert', [upsert, { ...join, left: 'sums' }]],
    ['no columns over a span of time', 'plan/join-without-key', [{ ...join, on: [] }]],
    ['a lower bound of too long ago', 'plan/bad-bound', [{ ...join, lower_ms: -100_000_000_000_001 }]],
    ['an upper bound too far off', 'plan/bad-bound', [{ ...join, upper_ms: 100_000_000_000_001 }]],
    [
      'sides in different numbers of partitions',
      'plan/partition-counts',
      [exchange('x', 'lefts', ['int1'], 4), exchange('y', 'rights', ['int2'], 8), { ...onInt, left: 'x', right: 'y' }],
    ],
    ['an interval join without bounds', 'plan/shape', [{ ...join, lower_ms: undefined }]],
    ['a kind of join that there is none of', 'plan/shape', [{ ...join, type: 'cross' }]],
    ['a full join', 'plan/shape', [{ ...join, how: 'full' }]],
    ['a circle through its right side', 'plan/cycle', [window('w', 'j', ['txt1']), { ...join, right: 'w' }]],
    ['a right side that is not there', 'plan/unknown-node', [{ ...join, right: 'gone' }]],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('says in one sentence what is wrong with a join', () => {
    expect(refusal([{ ...join, on: [] }]).message).toBe(
      'Join `j` names no columns that must be equal, so every row would meet every other.',
    )
    expect(refusal([upsert, { ...join, left: 'sums' }]).message).toBe(
      'The join `j` reads rows that are corrected as more comes in, those of `sums`.',
    )
    expect(refusal([{ ...join, type: 'cross' }]).message).toBe(
      '`plan.nodes[2].type` is "cross"; expected is one of interval, as-of, lookup.',
    )
  })

  it('keeps left’s window only where right’s rows never come after it', () => {
    const views = (bounds: object) => [window('now', 'lefts', ['txt1']), { ...join, left: 'now', ...bounds }]
    expect(output(views({ lower_ms: -5, upper_ms: 0 })).window).toEqual({ start: 'window_start', end: 'window_end' })
    expect(output(views({ lower_ms: 0, upper_ms: 1 })).window).toBeUndefined()
  })

  it('checks nodes in any order, each after what it reads', () => {
    const nodes = [
      { ...join, left: 'x', right: 'y', on: [['int1', 'int2']] },
      exchange('y', 'rights', ['int2'], 4),
      exchange('x', 'lefts', ['int1'], 4),
    ]
    const { nodes: ordered } = checkPlan({ ...planOf(nodes), output: 'j' })
    const place = (id: string) => ordered.findIndex(({ node }) => node.id === id)
    for (const { node, inputs } of ordered) for (const input of inputs) expect(place(input)).toBeLessThan(place(node.id))
  })
})

describe('partitions', () => {
  const moved = exchange('x', 'lefts', ['int1'], 4)

  it('are those of the exchange for the window behind it, also through a project', () => {
    expect(output([moved, window('w', 'x', ['int1'])])).toMatchObject({ partitionedBy: ['int1'], partitions: 4 })
    const renamed = project('p', 'x', { n: 'int1', txt1: 'txt1' })
    expect(output([moved, renamed, window('w', 'p', ['txt1', 'n'])])).toMatchObject({ partitionedBy: ['n'], partitions: 4 })
  })

  it('are left’s for a window over a join', () => {
    expect(output([join, window('w', 'j', ['txt1'])])).toMatchObject({ partitionedBy: ['txt1'], partitions: { asSource: 'lefts' } })
    expect(output([join, exchange('x', 'j', ['txt2'], 2), window('w', 'x', ['txt2'])]).partitionedBy).toEqual(['txt2'])
  })

  it('of an exchange are the input’s in number unless it says another; without keys there is one', () => {
    expect(output([exchange('x', 'lefts', ['int1'])]).partitions).toEqual({ asSource: 'lefts' })
    expect(output([moved, exchange('y', 'x', ['txt1'])]).partitions).toBe(4)
    expect(output([exchange('x', 'lefts', [], 4)])).toMatchObject({ partitionedBy: [], partitions: 1 })
    for (const partitions of [0, -1, 1_025])
      expect(refusal([exchange('x', 'lefts', ['int1'], partitions)]).code).toBe('plan/bad-partitions')
  })

  it('stay where they are for a window over a window', () => {
    const inner = window('w', 'x', ['int1', 'txt1'])
    expect(output([moved, inner, window('v', 'w', ['int1'])])).toMatchObject({ partitionedBy: ['int1'], stamped: false, upsert: false })
  })
})

describe('a score', () => {
  const score = {
    id: 's',
    kind: 'score',
    input: 'lefts',
    model: 'suspicious',
    columns: [
      { name: 'score', type: 'double', nullable: true },
      { name: 'decision', type: 'boolean' },
    ],
  }

  it('gives its input’s columns, then the model’s, and changes nothing else', () => {
    const { fields, ...rest } = output([score])
    const { fields: inputFields, ...input } = checkPlan(planOf([score])).byId.get('lefts') as CheckedNode
    expect(fields).toEqual([
      ...inputFields,
      { name: 'score', type: 'double', nullable: true },
      { name: 'decision', type: 'boolean', nullable: false },
    ])
    expect(rest).toEqual({ ...input, node: score, inputs: ['lefts'] })
  })

  it.each([
    ['a name that is there already', 'plan/clashing-names', [{ name: 'txt1', type: 'double' }]],
    ['two columns of one name', 'plan/clashing-names', [...score.columns, { name: 'score', type: 'double' }]],
    ['a system name', 'plan/system-name', [{ name: '_score', type: 'double' }]],
    ['a type that is not known', 'plan/unknown-type', [{ name: 'score', type: 'float32' }]],
    ['a type that records do not carry', 'plan/unknown-type', [{ name: 'score', type: 'decimal(39,2)' }]],
    ['a model without outputs', 'plan/shape', []],
  ])('refuses %s with %s', (_, code, columns) => {
    expect(refusal([{ ...score, columns }]).code).toBe(code)
  })
})
