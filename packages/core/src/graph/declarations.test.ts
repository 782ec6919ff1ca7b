import { describe, expect, it } from 'vitest'
import { compileAsset } from '../compile/index.ts'
import { contract, t } from '../contract/index.ts'
import { MillraceError } from '../error/index.ts'
import { add, and, count, countDistinct, eq, gt, gte, lower, sum, when } from '../expr/index.ts'
import { alert, features, hopping, logFiles, Project, stream } from './index.ts'

const Log = contract('log', {
  eventTime: 'ts1',
  key: 'txt1',
  fields: { ts1: t.timestamp(), txt1: t.string(), num1: t.int32({ min: 0 }), big1: t.int64({ nullable: true }), dbl1: t.double() },
})
const from = logFiles('*.log', { format: 'combined' })
const events = stream('events', { contract: Log, from, watermark: { delay: '30s' }, late: 'keep' })
const view = features('view', events, {
  entity: 'txt1',
  window: hopping('5m', { every: '1m' }),
  columns: (r) => ({
    hits: count({ where: and(gte(r.num1, 400), eq(r.txt1, 'a')) }),
    kinds: countDistinct(r.num1, { max: 10 }),
    total: sum(r.big1),
  }),
})
const busy = alert('busy', { on: view, when: (v) => gt(v.hits, 600), cooldown: '10m', runbook: 'busy.md' })

function failure(run: () => unknown): MillraceError {
  try {
    run()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  return expect.fail('nothing was refused')
}

describe('declarations', () => {
  it('compile to the plan a user would write by hand', () => {
    expect(compileAsset(busy).plan.nodes).toEqual([
      { id: 'n1', kind: 'scan', source: 'events' },
      {
        id: 'n2',
        kind: 'window-aggregate',
        input: 'n1',
        keys: ['txt1'],
        window: { kind: 'hopping', size_ms: 300_000, every_ms: 60_000 },
        aggregates: [
          {
            name: 'hits',
            fn: 'count',
            where: {
              fn: 'and',
              args: [
                { fn: 'gte', args: [{ col: 'num1' }, { lit: '400', type: 'int32' }] },
                { fn: 'eq', args: [{ col: 'txt1' }, { lit: 'a', type: 'string' }] },
              ],
            },
          },
          { name: 'kinds', fn: 'count_distinct', args: [{ col: 'num1' }], max: 10 },
          { name: 'total', fn: 'sum', args: [{ col: 'big1' }] },
        ],
      },
      { id: 'n3', kind: 'filter', input: 'n2', where: { fn: 'gt', args: [{ col: 'hits' }, { lit: '600', type: 'int64' }] } },
    ])
  })

  it('give an unknown column a clear error at run time, naming the file and line', () => {
    const error = failure(() =>
      features('wrong', events, {
        entity: 'txt1',
        window: hopping('5m', { every: '1m' }),
        // @ts-expect-error the column is called num1
        columns: (r) => ({ hits: count({ where: gte(r.num, 1) }) }),
      }),
    )
    expect(error.code).toBe('project/unknown-column')
    expect(error.message).toBe('Column `num` is not in stream `events`; did you mean `num1`?')
  })

  it('underline in TypeScript what does not fit', () => {
    features('typed', events, {
      entity: 'txt1',
      window: hopping('5m', { every: '1m' }),
      columns: (r) => {
        // @ts-expect-error a number is compared with text
        gte(r.num1, 'a')
        // @ts-expect-error text is compared with a number
        eq(r.txt1, 5)
        // @ts-expect-error text has no sum
        sum(r.txt1)
        // @ts-expect-error only text has lower case
        lower(r.num1)
        // @ts-expect-error a number is no condition
        count({ where: r.num1 })
        // @ts-expect-error floats have no dependable identity
        countDistinct(r.dbl1, { max: 1 })
        add(r.num1, r.big1)
        return { hits: count({ where: eq(when(gt(r.num1, 5), 'big').otherwise('small'), 'big') }) }
      },
    })
    const columns = () => ({ hits: count() })
    const window = hopping('5m', { every: '1m' })
    // @ts-expect-error an entity is a column of the stream
    const entity = () => features('entity', events, { entity: 'text', window, columns })
    expect(failure(entity).code).toBe('project/unknown-column')
    // @ts-expect-error the late policy must be said
    expect(failure(() => stream('silent', { contract: Log, from, watermark: { delay: '1s' } })).code).toBe('project/missing-late')
    // @ts-expect-error so must the watermark
    expect(failure(() => stream('silent', { contract: Log, from, late: 'keep' })).code).toBe('project/missing-watermark')
    // @ts-expect-error the event time is a timestamp
    contract('odd', { eventTime: 'txt1', fields: { txt1: t.string() } })
  })

  it('refuse a key that is no field, with the nearest', () => {
    // @ts-expect-error the key is called txt1
    const error = failure(() => contract('odd', { eventTime: 'ts1', key: 'txt', fields: { ts1: t.timestamp(), txt1: t.string() } }))
    expect(error.message).toContain('did you mean `txt1`?')
    expect(error.facts.at?.file).toContain('declarations.test.ts')
  })

  it('refuse a length of time that is none', () => {
    // @ts-expect-error a unit is missing
    expect(failure(() => hopping('5', { every: '1m' })).code).toBe('project/bad-duration')
  })
})

describe('Project', () => {
  it('puts inputs before what reads them', () => {
    expect([...new Project('p', [busy, view, events]).assets.keys()]).toEqual(['events', 'view', 'busy'])
  })

  it('refuses two assets of one name, naming both places', () => {
    const twin = stream('events', { contract: Log, from, watermark: { delay: '1s' }, late: 'drop' })
    const error = failure(() => new Project('p', [events, twin]))
    expect(error.code).toBe('project/duplicate-asset')
    expect(error.facts.found).toHaveLength(2)
  })

  it('refuses an input that no file exports', () => {
    expect(failure(() => new Project('p', [view])).code).toBe('project/input-not-exported')
  })

  it('offers the nearest asset for an unknown one', () => {
    expect(failure(() => new Project('p', [events]).asset('event')).message).toContain('did you mean `events`?')
  })
})
