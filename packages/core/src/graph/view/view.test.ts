import { describe, expect, expectTypeOf, it } from 'vitest'
import { events, failure, fieldsOf, nodesOf, others, unkeyed } from '../../../test/view-fixture.ts'
import { compileAsset, streamsOf } from '../../compile/index.ts'
import { avg, count, eq, gt, gte, isNotNull, lower, max, mul, sum, type Typed } from '../../expr/index.ts'
import {
  aggregate,
  all,
  asOf,
  calendar,
  dedupe,
  desc,
  features,
  filter,
  hopping,
  join,
  jsonLines,
  latest,
  lookup,
  over,
  Project,
  type Relation,
  select,
  session,
  sink,
  topN,
  tumbling,
  union,
} from '../index.ts'
import { viewColumns } from '../joined-asset.ts'

const perText = aggregate('per_text', events, { by: 'txt1', window: tumbling('1m'), columns: (r) => ({ n: count(), total: sum(r.num1) }) })

/** What TypeScript and the declaration say of a view's columns is what the plan gives. */
function checked<V extends Readonly<Record<string, Typed>>>(view: Relation<V>): Relation<V> {
  const columns = Object.fromEntries(viewColumns(view).map(({ name, type }) => [name, type]))
  expect(columns).toEqual(fieldsOf(view as never))
  return view
}

describe('select and filter', () => {
  it('give the chosen columns of the rows that stay', () => {
    const view = select('view', events, { where: (r) => gt(r.num1, 5), columns: (r) => ({ who: lower(r.txt1), twice: mul(r.num1, 2) }) })
    expectTypeOf(view.row).toEqualTypeOf<{ who: Typed<'string'>; twice: Typed<'int64'> }>()
    checked(view)
    expect(nodesOf(view)).toEqual(['scan(events)', 'filter', 'project(who,twice)'])
    const kept = filter('kept', view, (r) => isNotNull(r.twice))
    expectTypeOf(kept.row.who).toEqualTypeOf<Typed<'string'>>()
    checked(kept)
  })

  it('can take another column as the event time', () => {
    const pairs = join('pairs', events, others, { on: 'txt1', within: ['0s', '1m'] })
    const view = select('view', pairs, { columns: (r) => ({ at: r.ts2, txt2: r.txt2 }), eventTime: 'at' })
    expect(compileAsset(view).output.eventTime).toBe('at')
    // @ts-expect-error text is no event time
    select('wrong', pairs, { columns: (r) => ({ at: r.ts2, txt2: r.txt2 }), eventTime: 'txt2' })
  })
})

describe('aggregate', () => {
  it('needs no exchange where the keys hold the partition key, and one where they do not', () => {
    checked(perText)
    expect(nodesOf(perText)).toEqual(['scan(events)', 'window-aggregate'])
    const perFlag = aggregate('per_flag', events, {
      by: ['boo1'],
      window: tumbling('1m'),
      columns: (r) => ({ n: count(), high: max(r.dbl1) }),
    })
    expect(nodesOf(perFlag)).toEqual(['scan(events)', 'project(boo1,dbl1)', 'exchange(boo1)', 'window-aggregate'])
    checked(perFlag)
  })

  it('has window columns for windows that end, and none without a window', () => {
    expectTypeOf(perText.row).toHaveProperty('window_start')
    const total = aggregate('total', events, { by: 'txt1', window: all(), columns: () => ({ n: count() }) })
    checked(total)
    expectTypeOf(total.row).not.toHaveProperty('window_start')
    expectTypeOf(total.row.n).toEqualTypeOf<Typed<'int64'>>()
    expect(compileAsset(total).output.upsert).toBe(true)
  })

  it('groups by computed keys and derives columns', () => {
    const view = aggregate('view', events, {
      by: (r) => ({ kind: lower(r.txt1) }),
      window: hopping('10m', { every: '5m', offset: '1m' }),
      columns: (r) => ({ n: count(), mean: avg(r.dbl1) }),
      derive: (v) => ({ thrice: mul(v.n, 3), same: eq(v.kind, 'a') }),
    })
    checked(view)
    expectTypeOf(view.row.kind).toEqualTypeOf<Typed<'string'>>()
    expectTypeOf(view.row.thrice).toEqualTypeOf<Typed<'int64'>>()
    expect(nodesOf(view)).toEqual([
      'scan(events)',
      'project(kind,dbl1)',
      'exchange(kind)',
      'window-aggregate',
      'project(window_start,window_end,kind,n,mean,thrice,same)',
    ])
  })

  it('gives what windows hold before they are over', () => {
    const at = (window: Parameters<typeof aggregate>[2]['window']) => {
      const { output, plan } = compileAsset(aggregate('view', events, { by: 'txt1', window, columns: () => ({ n: count() }) }))
      return { upsert: output.upsert, window: (plan.nodes[1] as { readonly window?: unknown }).window }
    }
    expect(at(tumbling('1h', { early: '1m' }))).toEqual({
      upsert: true,
      window: { kind: 'tumbling', size_ms: 3_600_000, early_ms: 60_000 },
    })
    expect(at(hopping('5m', { every: '1m', early: '10s' }))).toMatchObject({ upsert: true, window: { every_ms: 60_000, early_ms: 10_000 } })
    expect(at(calendar('day', { zone: 'Europe/Paris', early: '1h' }))).toMatchObject({ upsert: true, window: { early_ms: 3_600_000 } })
    expect(failure(() => at(tumbling('1h', { early: '7m' }))).code).toBe('plan/not-divisible')
    // @ts-expect-error a session has no end before it is over
    session('30m', { early: '1m' })
  })

  it('counts everything by no key at all', () => {
    const view = aggregate('view', events, { by: [], window: session('30m'), columns: () => ({ n: count() }) })
    checked(view)
    expect(nodesOf(view)).toEqual(['scan(events)', 'project(ts1)', 'exchange()', 'window-aggregate'])
  })

  it('refuses a computed key that hides what an aggregate reads', () => {
    const view = aggregate('view', events, {
      by: (r) => ({ txt1: lower(r.txt1) }),
      window: all(),
      columns: (r) => ({ last: max(r.txt1) }),
    })
    expect(failure(() => compileAsset(view)).code).toBe('project/hidden-column')
  })

  it('windows views: two windows in a row, windows over joins', () => {
    const pairs = join('pairs', events, others, { on: 'txt1', within: ['-1m', '1m'], how: 'left' })
    const perDay = aggregate('per_day', pairs, {
      by: 'txt2',
      window: calendar('day', { zone: 'Europe/Paris' }),
      columns: (r) => ({ n: sum(r.big2) }),
    })
    const again = aggregate('again', perText, { by: 'txt1', window: tumbling('1h'), columns: (r) => ({ peak: max(r.n) }) })
    checked(perDay)
    checked(again)
    expect(streamsOf(perDay).map(({ name }) => name)).toEqual(['events', 'others'])
  })
})

describe('over', () => {
  it('adds aggregates to every row', () => {
    const view = over('view', events, { by: 'txt1', range: '10m', columns: (r) => ({ recent: count(), most: max(r.num1) }) })
    checked(view)
    expectTypeOf(view.row.dbl1).toEqualTypeOf<Typed<'double'>>()
    expectTypeOf(view.row.most).toEqualTypeOf<Typed<'int32'>>()
    expect(nodesOf(over('by_flag', events, { by: 'boo1', range: '1m', columns: () => ({ n: count() }) }))).toEqual([
      'scan(events)',
      'exchange(boo1)',
      'over-aggregate',
    ])
  })

  it('refuses an aggregate called as a column of the input', () => {
    expect(failure(() => over('view', events, { by: 'txt1', range: '1m', columns: () => ({ num1: count() }) })).code).toBe(
      'project/duplicate-column',
    )
  })
})

describe('joins', () => {
  it('give all columns of both sides, keys once, and move the side that lies elsewhere', () => {
    const view = join('view', events, others, { on: 'txt1', within: ['-5m', '0s'], how: 'left' })
    checked(view)
    expectTypeOf(view.row.txt1).toEqualTypeOf<Typed<'string'>>()
    expectTypeOf(view.row.big2).toEqualTypeOf<Typed<'int64'>>()
    expect(nodesOf(view)).toEqual([
      'scan(events)',
      'scan(others)',
      'project(right__ts2,right__txt2,right__txt1,right__big2)',
      'exchange(right__txt1)',
      'join',
      'project(ts1,txt1,num1,dbl1,boo1,ts2,txt2,big2)',
    ])
    expect(compileAsset(view).plan.nodes[4]).toMatchObject({ lower_ms: -300_000, upper_ms: 0, how: 'left' })
  })

  it('take the columns that are said, and pairs of other names', () => {
    const view = asOf('view', events, others, {
      on: { txt1: 'txt2' },
      strict: true,
      maxAge: '1d',
      columns: (l, r) => ({ who: l.txt1, key: r.txt1, high: gte(r.big2, l.num1) }),
    })
    checked(view)
    expectTypeOf(view.row).toEqualTypeOf<{ who: Typed<'string'>; key: Typed<'string'>; high: Typed<'boolean'> }>()
    expect(nodesOf(view)).toEqual([
      'scan(events)',
      'scan(others)',
      'project(right__txt2,right__txt1,right__big2)',
      'join',
      'project(who,key,high)',
    ])
  })

  it('look current rows up, with exchanges on both sides where neither lies well', () => {
    const current = latest('current', unkeyed, { by: 'txt3' })
    const view = lookup('view', events, current, { on: { txt1: 'txt3' } })
    checked(view)
    expect(nodesOf(view)).toEqual([
      'scan(events)',
      'scan(unkeyed)',
      'latest',
      'project(right__ts3,right__txt3,right__big3)',
      'exchange(txt1/4)',
      'exchange(right__txt3/4)',
      'join',
      'project(ts1,txt1,num1,dbl1,boo1,ts3,txt3,big3)',
    ])
  })

  it('refuse a name that both sides have, and say how to tell them apart', () => {
    const twin = filter('twin', events, (r) => r.boo1)
    const error = failure(() => join('view', events, twin, { on: 'txt1', within: ['0s', '0s'] }))
    expect(error.code).toBe('project/duplicate-column')
    expect(error.facts.do).toContain('twin_ts1: r.ts1')
  })
})

describe('dedupe, latest, union and top-n', () => {
  it('compile to their nodes, with exchanges', () => {
    const once = dedupe('once', events, { by: ['txt1', 'num1'], horizon: '1h' })
    checked(once)
    expect(nodesOf(once)).toEqual(['scan(events)', 'dedupe'])
    const current = latest('current', events, { by: 'num1', deleted: 'boo1' })
    checked(current)
    expect(nodesOf(current)).toEqual(['scan(events)', 'exchange(num1)', 'latest'])
    const busiest = topN('busiest', perText, { orderBy: [desc('n')], n: 3, rank: 'place' })
    checked(busiest)
    expectTypeOf(busiest.row.place).toEqualTypeOf<Typed<'int64'>>()
    expect(compileAsset(busiest).plan.nodes.at(-1)).toMatchObject({ per: ['window_start', 'window_end'], order_by: [['n', 'desc']], n: 3 })
    const greatest = topN('greatest', current, { per: 'boo1', orderBy: [desc('ts1')], n: 1 })
    checked(greatest)
    expect(nodesOf(greatest).slice(3)).toEqual(['exchange(boo1)', 'top-n'])
  })

  it('unite what has the same columns, in the order of the first', () => {
    const turned = select('turned', others, { columns: (r) => ({ n: r.big2, who: r.txt1 }) })
    const view = union('view', [select('left', others, { columns: (r) => ({ who: r.txt2, n: r.big2 }) }), turned])
    checked(view)
    expect(nodesOf(view)).toEqual(['scan(others)', 'project(who,n)', 'project(n,who)', 'project(who,n)', 'union'])
    const wide = select('wide', others, { columns: (r) => ({ who: r.txt2, n: r.big2, more: r.txt1 }) })
    expect(failure(() => union('view', [turned, wide])).message).toContain('differ in more string')
  })
})

describe('a project with views', () => {
  it('puts views after what they read, however they are exported', () => {
    const again = filter('again', perText, (r) => gt(r.n, 1))
    const project = new Project('p', [again, perText, events])
    expect([...project.assets.keys()]).toEqual(['events', 'per_text', 'again'])
    expect(project.computed.map(({ name }) => name)).toEqual(['per_text', 'again'])
    expect(failure(() => new Project('p', [again, events])).code).toBe('project/input-not-exported')
  })
})

describe('rows that are corrected', () => {
  const current = latest('current', events, { by: 'txt1' })

  it('are refused where each row is acted on once', () => {
    const outlet = sink('outlet', { from: current, to: jsonLines('out') })
    const error = failure(() => compileAsset(outlet))
    expect(error.code).toBe('project/reads-corrected')
    expect(error.message).toContain('those of `current` are corrected')
    expect(compileAsset(sink('outlet', { from: perText, to: jsonLines('out') })).output.fields).toHaveLength(5)
  })

  it('have no windows, and what has is told so', () => {
    const view = aggregate('view', current, { by: 'txt1', window: tumbling('1m'), columns: () => ({ n: count() }) })
    expect(failure(() => compileAsset(view)).code).toBe('plan/time-over-upsert')
  })
})

describe('what does not fit is underlined', () => {
  it('in columns, conditions and arguments', () => {
    const wrong = [
      // @ts-expect-error the column is called num1
      () => filter('wrong', events, (r) => gt(r.num, 1)),
      // @ts-expect-error the column is called n
      () => filter('wrong', perText, (r) => gt(r.m, 1)),
      // @ts-expect-error the key is called txt1
      () => aggregate('wrong', events, { by: 'txt', window: all(), columns: () => ({ n: count() }) }),
      // @ts-expect-error the key is called txt1
      () => over('wrong', events, { by: ['txt'], range: '1m', columns: () => ({ n: count() }) }),
      // @ts-expect-error the key is called txt1
      () => dedupe('wrong', events, { by: 'txt', horizon: '1m' }),
      // @ts-expect-error the column is called boo1
      () => latest('wrong', events, { by: 'txt1', deleted: 'boo' }),
      // @ts-expect-error the column is called n
      () => topN('wrong', perText, { orderBy: [desc('m')], n: 1 }),
      // @ts-expect-error only one side has num1
      () => join('wrong', events, others, { on: 'num1', within: ['0s', '1s'] }),
      // @ts-expect-error the right column is called txt2
      () => lookup('wrong', events, others, { on: { txt1: 'txt' } }),
    ]
    for (const one of wrong) expect(failure(one).code).toBe('project/unknown-column')
    // @ts-expect-error a number is no condition
    filter('typed', events, (r) => r.num1)
    // @ts-expect-error only booleans take keys away
    latest('typed', events, { by: 'txt1', deleted: 'num1' })
    const pair = (on: never) => failure(() => join('typed', events, others, { on, within: ['0s', '1s'] })).code
    expect(pair('num1' as never)).toBe('project/unknown-column')
    // @ts-expect-error text is never equal to a number
    join('typed', events, others, { on: { num1: 'txt2' }, within: ['0s', '1s'], columns: (l) => ({ who: l.txt1 }) })
    // @ts-expect-error a join must say what is equal
    expect(() => asOf('typed', events, others, {})).toThrow()
    // @ts-expect-error text has no sum
    aggregate('typed', events, { by: 'txt1', window: all(), columns: (r) => ({ n: sum(r.txt1) }) })
    const columns = () => ({ n: count() })
    // @ts-expect-error there is no window to read
    const windowless = () => aggregate('typed', events, { by: [], window: all(), columns, derive: (v) => ({ end: v.window_end }) })
    expect(failure(windowless).code).toBe('project/unknown-column')
    // @ts-expect-error a feature view has windows that end
    features('typed', events, { entity: 'txt1', window: all(), columns })
    // @ts-expect-error they have other columns
    expect(failure(() => union('typed', [events, others])).code).toBe('project/union-columns')
  })
})
