import { describe, expect, it } from 'vitest'
import { dedupe, everything, exchange, latest, output, over, project, refusal, source, union, window } from '../../test/plan-fixture.ts'

const oneKey = (id: string, input: string, time = 'ts1') => project(id, input, { when1: time, txt1: 'txt1' })

describe('a union', () => {
  it('keeps what its inputs agree in', () => {
    const checked = output([union('u', ['events', 'others'])])
    expect(checked).toMatchObject({ eventTime: 'ts1', partitionedBy: ['txt1'], stamped: true, upsert: false, immediate: true })
    expect(checked.source).toBeUndefined()
    expect(checked.origins.map((one) => one.name)).toEqual(['events', 'others'])
    expect(output([window('w', 'events', ['txt1']), union('u', ['w', 'w'])]).window).toEqual({ start: 'window_start', end: 'window_end' })
  })

  it('keeps the source where all rows are of one', () => {
    const { source: of, origins } = output([oneKey('p', 'events'), oneKey('q', 'events'), union('u', ['p', 'q'])])
    expect([of?.name, origins.length]).toEqual(['events', 1])
  })

  it('knows nothing of what its inputs differ in', () => {
    const inputs = [
      project('p', 'events', { a: 'ts1', b: 'ts1', txt: 'txt1', key: 'txt1' }),
      { ...project('q', 'others', { a: 'ts1', b: 'ts1', txt: 'txt1', key: 'txt1' }) },
      exchange('x', 'q', ['key'], 3),
    ]
    expect(output([...inputs, union('u', ['p', 'x'])])).toMatchObject({ partitionedBy: undefined, partitions: 3 })
    expect(output([...inputs, union('u', ['p', 'x']), dedupe('d', 'u', ['txt'])]).partitionedBy).toEqual(['txt'])
  })

  it('mixes rows with and without stamps, and is stamped where some are', () => {
    const mixed = output([dedupe('d', 'events', ['txt1']), union('u', ['d', 'others'])])
    expect(mixed).toMatchObject({ stamped: true, source: undefined, tie: { arrival: 'always', positions: 2 }, immediate: false })
    expect(mixed.origins.map((one) => one.name)).toEqual(['others'])
    expect(output([dedupe('d', 'events', ['txt1']), union('u', ['d', 'd'])]).stamped).toBe(false)
  })

  it('mixes rows with and without an arrival', () => {
    const counts = window('w', 'events', ['txt1'])
    const nodes = [counts, project('p', 'w', { ts1: 'window_end', txt1: 'txt1' }), project('q', 'others', { ts1: 'ts1', txt1: 'txt1' })]
    expect(output([...nodes, union('u', ['p', 'q'])]).tie).toEqual({ arrival: 'sometimes', positions: 2 })
    expect(output([...nodes, union('u', ['p', 'p', 'p'])]).tie).toEqual({ arrival: 'never', positions: 3 })
  })

  it('gives each row of unions within unions a position of its own', () => {
    const nested = [union('u', ['events', 'others', 'events']), union('v', ['events', 'u'])]
    expect(output(nested).tie.positions).toBe(6)
  })

  it('is an upsert without known keys as soon as one input is one', () => {
    expect(output([latest('c', 'events', ['txt1']), union('u', ['others', 'c'])])).toMatchObject({ upsert: true, upsertKeys: undefined })
  })

  it('lets null in where one input does', () => {
    const strict = source('others', 1, { fields: source('others', 1).fields.map(({ name, type }) => ({ name, type })) })
    const { fields } = output([union('u', ['others', 'events'])], [source('events', 1), strict])
    expect(fields.filter((field) => field.nullable).map((field) => field.name)).toEqual(['int1', 'boo1'])
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['inputs of different names', 'plan/union-fields', [union('u', ['events', 'rights'])]],
    [
      'inputs of different types',
      'plan/union-fields',
      [project('p', 'events', { a: 'int1' }), project('q', 'events', { a: 'big1' }), union('u', ['p', 'q'])],
    ],
    [
      'columns in another order',
      'plan/union-fields',
      [oneKey('p', 'events'), project('q', 'events', { txt1: 'txt1', when1: 'ts1' }), union('u', ['p', 'q'])],
    ],
    ['fewer columns', 'plan/union-fields', [oneKey('p', 'events'), union('u', ['events', 'p'])]],
    ['no inputs', 'plan/shape', [union('u', [])]],
    ['an input that is not there', 'plan/unknown-node', [union('u', ['events', 'gone'])]],
    ['itself', 'plan/cycle', [union('u', ['events', 'u'])]],
    [
      'a key in different partitions',
      'plan/partition-counts',
      [exchange('x', 'events', ['int1'], 2), exchange('y', 'others', ['int1'], 3), union('u', ['x', 'y'])],
    ],
    [
      'a time operator over corrected rows',
      'plan/time-over-upsert',
      [latest('c', 'events', ['txt1']), union('u', ['others', 'c']), over('o', 'u', ['txt1'])],
    ],
    [
      'more positions than a number of 31 bits',
      'plan/too-large',
      [union('u1', Array(50_000).fill('events')), union('u2', Array(50_000).fill('u1'))],
    ],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('says which columns it would put below which', () => {
    const nodes = [oneKey('p', 'events'), everything('e', 'events', ['txt1']), union('u', ['p', 'e'])]
    expect(refusal(nodes).message).toBe('Union `u` puts `e` (txt1 string, e_hits int64) below `p` (when1 timestamp, txt1 string).')
    expect(refusal(nodes).facts.do).toBe('Give all inputs the same columns in the same order, with a project where they differ.')
  })
})
