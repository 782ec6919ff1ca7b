import { describe, expect, test } from 'vitest'
import { contract, t } from '../contract/index.ts'
import { features, logFiles, stream, tumbling } from '../graph/index.ts'
import {
  add,
  approxCountDistinct,
  avg,
  cast,
  ceil,
  collect,
  type concat,
  divTo,
  eq,
  fieldOf,
  first,
  gt,
  jsonPath,
  last,
  like,
  listGet,
  ln,
  max,
  mul,
  quantile,
  regexExtract,
  regexMatch,
  round,
  stddev,
  sum,
  type Typed,
  timeAdd,
} from './index.ts'

const Orders = contract('orders', {
  eventTime: 'ts1',
  key: 'txt1',
  fields: {
    ts1: t.timestamp(),
    txt1: t.string(),
    int1: t.int32(),
    num1: t.double(),
    dec1: t.decimal(10, 2, { min: '0' }),
    dec2: t.decimal(5, 3),
    json1: t.json(),
    list1: t.list(t.string()),
    struct1: t.struct({ city: t.string(), rooms: t.list(t.int64()) }),
  },
})
const orders = stream('orders', {
  contract: Orders,
  from: logFiles('*.log', { format: 'combined' }),
  watermark: { delay: '30s' },
  late: 'keep',
})
const r = orders.row

/** The type as TypeScript knows it, and as it stands in the plan. */
function typeOf<T extends Parameters<typeof concat>[0] | Typed>(value: T): string {
  return (value as Typed).type
}

describe('expressions know their types', () => {
  test('decimals keep their digits', () => {
    expect(typeOf(add(r.dec1, r.dec2))).toBe('decimal(12,3)')
    expect(typeOf(mul(r.dec1, r.dec2))).toBe('decimal(15,5)')
    expect(typeOf(add(r.dec1, '0.125'))).toBe('decimal(12,3)')
    expect(typeOf(add(r.dec1, r.num1))).toBe('double')
    expect(typeOf(add(r.int1, 1))).toBe('int64')
    expect(typeOf(round(r.dec1, 1))).toBe('decimal(11,2)')
    expect(divTo(r.dec1, r.int1, 'decimal(12,4)')).toEqual({
      expr: { cast: { fn: 'div', args: [{ col: 'dec1' }, { col: 'int1' }] }, to: 'decimal(12,4)' },
      type: 'decimal(12,4)',
    })
    expect(gt(r.dec1, 1.5).expr).toEqual({ fn: 'gt', args: [{ col: 'dec1' }, { lit: '1.5', type: 'decimal(2,1)' }] })
  })

  test('lists and structs give elements and fields', () => {
    const city: Typed<'string'> = fieldOf(r.struct1, 'city')
    const room: Typed<'int64'> = listGet(fieldOf(r.struct1, 'rooms'), 1)
    const tag: Typed<'string'> = listGet(r.list1, 1)
    expect([city.type, room.type, tag.type]).toEqual(['string', 'int64', 'string'])
    expect(r.struct1.type).toBe('struct<city:string,rooms:list<int64>>')
    expect(room.expr).toEqual({
      fn: 'list_get',
      args: [
        { field: 'rooms', of: { col: 'struct1' } },
        { lit: '1', type: 'int32' },
      ],
    })
    // @ts-expect-error the struct has no such field
    expect(() => fieldOf(r.struct1, 'town')).toThrow('none of struct<city:string')
    // @ts-expect-error a text is no list
    expect(() => listGet(r.txt1, 1)).toThrow('takes a list and an integer')
  })

  test('text, time and JSON functions', () => {
    expect(like(r.txt1, 'a%').expr).toEqual({ fn: 'like', args: [{ col: 'txt1' }, { lit: 'a%', type: 'string' }] })
    expect(regexExtract(r.txt1, '(a)', 1).expr).toEqual({
      fn: 'regex_extract',
      args: [{ col: 'txt1' }, { lit: '(a)', type: 'string' }, { lit: '1', type: 'int32' }],
    })
    expect(timeAdd(r.ts1, 1, 'month').type).toBe('timestamp')
    expect(jsonPath(r.json1, '$.a[0]').type).toBe('string')
    expect(() => regexMatch(r.txt1, '(?=a)')).toThrow('only `(?:` is offered')
    expect(() => jsonPath(r.json1, 'a')).toThrow('a literal path')
    // @ts-expect-error a number is no text
    expect(() => like(r.int1, 'a')).toThrow('takes strings')
    // @ts-expect-error a text has no logarithm
    expect(() => ln(r.txt1)).toThrow('takes numbers')
    // @ts-expect-error a time is no number
    expect(() => ceil(r.ts1)).toThrow('takes a number')
  })

  test('casts follow the table', () => {
    const exact: Typed<'decimal(10,2)'> = cast(r.num1, 'decimal(10,2)')
    expect(exact).toEqual({ expr: { cast: { col: 'num1' }, to: 'decimal(10,2)' }, type: 'decimal(10,2)' })
    expect(cast(r.txt1, 'date').type).toBe('date')
    // @ts-expect-error how a double is written is for sinks to say
    expect(() => cast(r.num1, 'string')).toThrow('is for sinks to say')
    // @ts-expect-error texts are no JSON
    expect(() => cast(r.txt1, 'json')).toThrow('not offered')
  })

  test('JSON, lists and structs do not compare', () => {
    // @ts-expect-error JSON has no equality
    eq(r.json1, r.json1)
    // @ts-expect-error lists have no greatest
    max(r.list1)
    expect(eq(r.dec1, '1.50').expr).toEqual({ fn: 'eq', args: [{ col: 'dec1' }, { lit: '1.50', type: 'decimal(3,2)' }] })
  })
})

test('aggregates compile with their order, limit and share, and know their types', () => {
  const view = features('view', orders, {
    entity: 'txt1',
    window: tumbling('1m'),
    columns: (o) => ({
      total: sum(o.dec1),
      latest: last(o.struct1, { orderBy: [o.int1, [o.dec1, 'desc']] }),
      tags: collect(o.list1, { max: 3, orderBy: o.num1 }),
      opening: first(o.dec1, { orderBy: [o.num1, 'desc'] }),
      p95: quantile(o.num1, 0.95),
      spread: stddev(o.dec1),
      people: approxCountDistinct(o.txt1),
      mean: avg(o.dec1),
    }),
    derive: (v) => ({ city: fieldOf(v.latest, 'city'), tag: listGet(listGet(v.tags, 1), 1) }),
  })
  expect(view.aggregates).toEqual([
    { name: 'total', fn: 'sum', args: [{ col: 'dec1' }] },
    {
      name: 'latest',
      fn: 'last',
      args: [{ col: 'struct1' }],
      order_by: [
        ['int1', 'asc'],
        ['dec1', 'desc'],
      ],
    },
    { name: 'tags', fn: 'collect', args: [{ col: 'list1' }], max: 3, order_by: [['num1', 'asc']] },
    { name: 'opening', fn: 'first', args: [{ col: 'dec1' }], order_by: [['num1', 'desc']] },
    { name: 'p95', fn: 'quantile', args: [{ col: 'num1' }, { lit: '0.95', type: 'double' }] },
    { name: 'spread', fn: 'stddev', args: [{ col: 'dec1' }] },
    { name: 'people', fn: 'approx_count_distinct', args: [{ col: 'txt1' }] },
    { name: 'mean', fn: 'avg', args: [{ col: 'dec1' }] },
  ])
  expect(view.row.total.type).toBe('decimal(38,2)')
  expect(view.row.tags.type).toBe('list<list<string>>')
  expect(() =>
    features('other', orders, {
      entity: 'txt1',
      window: tumbling('1m'),
      columns: (o) => ({ a: first(o.int1, { orderBy: add(o.int1, 1) }) }),
    }),
  ).toThrow('is by an expression')
  // @ts-expect-error JSON has no order
  first(r.int1, { orderBy: r.json1 })
  // @ts-expect-error texts have no quantiles
  quantile(r.txt1, 0.5)
})
