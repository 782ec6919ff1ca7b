import { describe, expect, it } from 'vitest'
import { MillraceError } from '../error/index.ts'
import { checkPlan } from './check-plan.ts'

const scan = { id: 'n1', kind: 'scan', source: 'events' }
const source = {
  name: 'events',
  event_time: 'ts1',
  key: ['txt1'],
  watermark_delay_ms: 0,
  late: 'keep',
  fields: [
    { name: 'ts1', type: 'timestamp' },
    { name: 'txt1', type: 'string' },
    { name: 'num1', type: 'int32', nullable: true },
    { name: 'dbl1', type: 'double' },
  ],
}
const window = {
  id: 'n2',
  kind: 'window-aggregate',
  input: 'n1',
  keys: ['txt1'],
  window: { kind: 'hopping', size_ms: 300, every_ms: 100 },
  aggregates: [{ name: 'hits', fn: 'count' }],
}

function plan(nodes: readonly object[], changes: object = {}): object {
  return { millrace_plan: 1, sources: [source], nodes, output: (nodes[nodes.length - 1] as { id: string }).id, ...changes }
}

function filter(where: unknown): object {
  return { id: 'n2', kind: 'filter', input: 'n1', where }
}

function codeOf(value: unknown): string {
  try {
    checkPlan(value)
    return 'accepted'
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError)
    expect((error as MillraceError).family).toBe('user')
    return (error as MillraceError).code
  }
}

describe('checkPlan', () => {
  it('types the output columns of a window in the order window, keys, aggregates', () => {
    const { output } = checkPlan(plan([scan, window]))
    expect(output.fields).toEqual([
      { name: 'window_start', type: 'timestamp', nullable: false },
      { name: 'window_end', type: 'timestamp', nullable: false },
      { name: 'txt1', type: 'string', nullable: false },
      { name: 'hits', type: 'int64', nullable: false },
    ])
    expect(output.stamped).toBe(false)
  })

  it('gives the same hash whatever the order of keys and refuses a wrong one', () => {
    const { plan: first } = checkPlan(plan([scan, window]))
    const { plan: second } = checkPlan({ output: 'n2', nodes: [scan, window], sources: [source], millrace_plan: 1 })
    expect(first.hash).toBe(second.hash)
    expect(codeOf({ ...first, output: 'n1' })).toBe('plan/hash-differs')
  })

  it('accepts nodes in any order', () => {
    expect(codeOf({ ...plan([window, scan]), output: 'n2' })).toBe('accepted')
  })

  it('keeps the event time through a project that renames it and follows the partition key', () => {
    const project = {
      id: 'n2',
      kind: 'project',
      input: 'n1',
      columns: [
        { name: 'at1', expr: { col: 'ts1' } },
        { name: 'who', expr: { col: 'txt1' } },
      ],
    }
    const { byId } = checkPlan(plan([scan, project, { ...window, id: 'n3', input: 'n2', keys: ['who'] }]))
    expect(byId.get('n2')?.eventTime).toBe('at1')
    expect(byId.get('n2')?.partitionedBy).toEqual(['who'])
  })

  const refused: readonly (readonly [string, string, unknown])[] = [
    ['text instead of a plan', 'plan/shape', 'scan'],
    ['a node without an id', 'plan/shape', plan([{ kind: 'scan', source: 'events' }])],
    ['an unknown kind of node', 'plan/shape', plan([scan, { id: 'n2', kind: 'fold', input: 'n1' }])],
    ['a source without a late policy', 'plan/shape', plan([scan], { sources: [{ ...source, late: undefined }] })],
    ['a source without a watermark delay', 'plan/shape', plan([scan], { sources: [{ ...source, watermark_delay_ms: undefined }] })],
    ['two nodes of one id', 'plan/duplicate-name', plan([scan, { ...window, id: 'n1' }])],
    ['an input that is not there', 'plan/unknown-node', plan([scan, { ...window, input: 'n9' }])],
    ['an output that is not there', 'plan/unknown-node', plan([scan], { output: 'n9' })],
    [
      'nodes in a circle',
      'plan/cycle',
      plan([
        { ...filter({ lit: 'true', type: 'boolean' }), input: 'n3' },
        { ...window, id: 'n3', input: 'n2' },
      ]),
    ],
    ['an unknown source', 'plan/unknown-source', plan([{ ...scan, source: 'event' }])],
    ['an unknown column', 'plan/unknown-column', plan([scan, filter({ fn: 'eq', args: [{ col: 'num' }, { col: 'num1' }] })])],
    ['an unknown function', 'plan/unknown-function', plan([scan, filter({ fn: 'eql', args: [] })])],
    ['too few arguments', 'plan/argument-count', plan([scan, filter({ fn: 'eq', args: [{ col: 'num1' }] })])],
    ['text compared with a number', 'plan/argument-type', plan([scan, filter({ fn: 'eq', args: [{ col: 'num1' }, { col: 'txt1' }] })])],
    ['a filter that is no condition', 'plan/argument-type', plan([scan, filter({ col: 'num1' })])],
    [
      'a literal that is not of its type',
      'plan/bad-literal',
      plan([scan, filter({ fn: 'eq', args: [{ col: 'num1' }, { lit: '1e3', type: 'int32' }] })]),
    ],
    [
      'an int32 literal out of range',
      'plan/bad-literal',
      plan([scan, filter({ fn: 'eq', args: [{ col: 'num1' }, { lit: '2147483648', type: 'int32' }] })]),
    ],
    ['a literal of no type', 'plan/unknown-type', plan([scan, filter({ fn: 'eq', args: [{ col: 'num1' }, { lit: '1', type: 'int' }] })])],
    ['a cast that is not offered', 'plan/cast-refused', plan([scan, filter({ cast: { col: 'dbl1' }, to: 'string' })])],
    [
      'an unknown unit of time',
      'plan/argument-type',
      plan([scan, filter({ fn: 'time_truncate', args: [{ col: 'ts1' }, { lit: 'days', type: 'string' }] })]),
    ],
    [
      'a step that does not divide the size',
      'plan/not-divisible',
      plan([scan, { ...window, window: { kind: 'hopping', size_ms: 300, every_ms: 70 } }]),
    ],
    ['a window of no size', 'plan/window-size', plan([scan, { ...window, window: { kind: 'tumbling', size_ms: 0 } }])],
    ['a floating-point key', 'plan/float-key', plan([scan, { ...window, keys: ['txt1', 'dbl1'] }])],
    [
      'a window key called window_start',
      'plan/clashing-names',
      plan([scan, { ...window, aggregates: [{ name: 'window_start', fn: 'count' }] }]),
    ],
    [
      'two columns of one name',
      'plan/clashing-names',
      plan([
        scan,
        {
          ...window,
          aggregates: [
            { name: 'hits', fn: 'count' },
            { name: 'hits', fn: 'count' },
          ],
        },
      ]),
    ],
    ['a system name', 'plan/system-name', plan([scan, { ...window, aggregates: [{ name: '_hits', fn: 'count' }] }])],
    ['an unknown aggregate', 'plan/unknown-aggregate', plan([scan, { ...window, aggregates: [{ name: 'hits', fn: 'counts' }] }])],
    ['a sum of text', 'plan/argument-type', plan([scan, { ...window, aggregates: [{ name: 'all', fn: 'sum', args: [{ col: 'txt1' }] }] }])],
    [
      'a nullable event time',
      'plan/event-time',
      plan([scan], { sources: [{ ...source, fields: [{ name: 'ts1', type: 'timestamp', nullable: true }, ...source.fields.slice(1)] }] }),
    ],
    [
      'a window over an aggregate over everything',
      'plan/time-over-upsert',
      plan([
        scan,
        { ...window, window: { kind: 'all' } },
        { ...window, id: 'n3', input: 'n2', aggregates: [{ name: 'rows1', fn: 'count' }] },
      ]),
    ],
    ['a negative delay', 'plan/negative-delay', plan([scan], { sources: [{ ...source, watermark_delay_ms: -1 }] })],
  ]
  it.each(refused)('refuses %s with %s', (_, code, value) => {
    expect(codeOf(value)).toBe(code)
  })

  it('says what was asked, what is there and what to do', () => {
    try {
      checkPlan(plan([scan, filter({ fn: 'eq', args: [{ col: 'nu1' }, { lit: '1', type: 'int32' }] })]))
    } catch (error) {
      expect((error as MillraceError).toDocument().error).toMatchObject({
        asked: 'nu1',
        found: ['ts1', 'txt1', 'num1', 'dbl1'],
        do: 'Write `num1`.',
      })
      expect((error as MillraceError).message).toContain('did you mean `num1`?')
    }
    expect.assertions(2)
  })
})
