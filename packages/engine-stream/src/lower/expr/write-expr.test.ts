import { batchFromRows, type Field, type Value, valueAt } from '@millrace/columnar'
import { type Expr, FUNCTIONS, parseTimestamp, typeOf } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { col, fn, lit } from '../../../test/plan-fixture.ts'
import { Frame } from '../../operator/frame.ts'
import { ExprKernel } from '../../operator/kernel/expr-kernel.ts'
import { resolveExpr } from './typed-expr.ts'
import { writeExpr } from './write-expr.ts'

const FIELDS: readonly Field[] = [
  { name: 'int1', type: 'int32', nullable: true },
  { name: 'big1', type: 'int64', nullable: true },
  { name: 'num1', type: 'double', nullable: true },
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'txt2', type: 'string', nullable: true },
  { name: 'ts1', type: 'timestamp', nullable: true },
  { name: 'byt1', type: 'bytes', nullable: true },
  { name: 'boo1', type: 'boolean', nullable: true },
]

type Cells = Readonly<Record<string, Value>>

/** The expression's value over each row, with a selection that leaves out a first row of nulls. */
function evaluate(expr: Expr, rows: readonly Cells[]): Value[] {
  typeOf(expr, FIELDS)
  const source = writeExpr(
    resolveExpr(expr, (name) => {
      const register = FIELDS.findIndex((field) => field.name === name)
      return { register, type: FIELDS[register].type }
    }),
  )
  const cells = [{}, ...rows].map((one: Cells) => FIELDS.map((field) => one[field.name] ?? null))
  const frame = new Frame(cells.length, FIELDS.length)
  batchFromRows(FIELDS, cells).columns.forEach((column, register) => {
    frame.registers[register] = column
  })
  frame.selection = Int32Array.from(rows.keys(), (i) => i + 1)
  frame.count = rows.length
  const column = new ExprKernel(source).evaluate(frame)
  return rows.map((_, i) => valueAt(column, i + 1))
}

function one(expr: Expr, cells: Cells = {}): Value {
  return evaluate(expr, [cells])[0]
}

/** The same call with literals as arguments and, where a column of the type exists, with columns. */
function bothWays(name: string, args: readonly (readonly [Value, string])[]): Value[] {
  const columns: Readonly<Record<string, string>> = { int32: 'int1', int64: 'big1', double: 'num1', timestamp: 'ts1', boolean: 'boo1' }
  const texts = ['txt1', 'txt2']
  const literals = args.map(([value, type]) => lit(value === null ? null : String(value), type))
  const cells: Record<string, Value> = {}
  const used = new Set<string>()
  const exprs = args.map(([value, type], i) => {
    const column = type === 'string' ? texts.shift() : columns[type]
    if (column === undefined || used.has(column)) return literals[i]
    used.add(column)
    cells[column] = value
    return col(column)
  })
  return [one(fn(name, ...literals)), one(fn(name, ...exprs), cells)]
}

describe('every function of the plan language', () => {
  for (const spec of FUNCTIONS.values()) {
    test(`${spec.name} gives what its example says`, () => {
      const result = one(fn(spec.name, ...spec.example.args))
      const expected =
        typeof spec.example.result === 'string' && typeof result === 'number' ? parseTimestamp(spec.example.result) : spec.example.result
      expect(result).toEqual(expected)
    })
  }
})

const I = 'int64'
const D = 'double'
const S = 'string'
const MAX = 9_223_372_036_854_775_807n
const MIN = -9_223_372_036_854_775_808n

const CASES: readonly [string, readonly (readonly [Value, string])[], Value][] = [
  [
    'add',
    [
      [9_007_199_254_740_991, I],
      [1, 'int32'],
    ],
    9_007_199_254_740_992n,
  ],
  [
    'add',
    [
      [9_007_199_254_740_993n, I],
      [1, 'int32'],
    ],
    9_007_199_254_740_994n,
  ],
  [
    'add',
    [
      [MAX, I],
      [1, 'int32'],
    ],
    null,
  ],
  [
    'sub',
    [
      [MIN, I],
      [1, 'int32'],
    ],
    null,
  ],
  [
    'sub',
    [
      [9_007_199_254_740_993n, I],
      [9_007_199_254_740_992n, I],
    ],
    1,
  ],
  [
    'mul',
    [
      [3_037_000_500, I],
      [3_037_000_500, I],
    ],
    null,
  ],
  [
    'mul',
    [
      [-5, I],
      [0, 'int32'],
    ],
    0,
  ],
  [
    'mul',
    [
      [-1.5, D],
      [0, 'int32'],
    ],
    0,
  ],
  [
    'mul',
    [
      [1e200, D],
      [1e200, D],
    ],
    null,
  ],
  [
    'div',
    [
      [7, I],
      [0, 'int32'],
    ],
    null,
  ],
  [
    'div',
    [
      [-0.5, D],
      [1e300, D],
    ],
    -5e-301,
  ],
  [
    'div',
    [
      [MAX, I],
      [1, D],
    ],
    9_223_372_036_854_776_000,
  ],
  [
    'quot',
    [
      [-7, I],
      [2, 'int32'],
    ],
    -3,
  ],
  [
    'quot',
    [
      [MIN, I],
      [-1, 'int32'],
    ],
    null,
  ],
  [
    'quot',
    [
      [1, I],
      [-2, 'int32'],
    ],
    0,
  ],
  [
    'quot',
    [
      [9_007_199_254_740_991, I],
      [2, 'int32'],
    ],
    4_503_599_627_370_495,
  ],
  [
    'mod',
    [
      [-7, I],
      [2, 'int32'],
    ],
    -1,
  ],
  [
    'mod',
    [
      [-4, I],
      [2, 'int32'],
    ],
    0,
  ],
  [
    'mod',
    [
      [MIN, I],
      [-1, 'int32'],
    ],
    0,
  ],
  [
    'mod',
    [
      [5, I],
      [0, 'int32'],
    ],
    null,
  ],
  ['neg', [[MIN, I]], null],
  ['neg', [[0, D]], 0],
  ['abs', [[MIN, I]], null],
  ['abs', [[-9_007_199_254_740_993n, I]], 9_007_199_254_740_993n],
  [
    'eq',
    [
      [9_007_199_254_740_993n, I],
      [9_007_199_254_740_992, D],
    ],
    true,
  ],
  [
    'eq',
    [
      [9_007_199_254_740_993n, I],
      [9_007_199_254_740_992n, I],
    ],
    false,
  ],
  [
    'lt',
    [
      ['\uffff', S],
      ['\u{1f600}', S],
    ],
    true,
  ],
  [
    'lt',
    [
      ['a', S],
      ['', S],
    ],
    false,
  ],
  [
    'lt',
    [
      [null, S],
      ['a', S],
    ],
    null,
  ],
  [
    'and',
    [
      [false, 'boolean'],
      [null, 'boolean'],
    ],
    false,
  ],
  [
    'and',
    [
      [true, 'boolean'],
      [null, 'boolean'],
    ],
    null,
  ],
  [
    'or',
    [
      [false, 'boolean'],
      [null, 'boolean'],
    ],
    null,
  ],
  [
    'in',
    [
      [1, I],
      [2, 'int32'],
      [null, 'int32'],
    ],
    null,
  ],
  [
    'in',
    [
      [1, I],
      [1, 'int32'],
      [null, 'int32'],
    ],
    true,
  ],
  [
    'in',
    [
      [null, I],
      [1, 'int32'],
    ],
    null,
  ],
  [
    'between',
    [
      [5, I],
      [null, 'int32'],
      [4, 'int32'],
    ],
    false,
  ],
  [
    'between',
    [
      [5, I],
      [null, 'int32'],
      [6, 'int32'],
    ],
    null,
  ],
  [
    'coalesce',
    [
      [null, 'int32'],
      [9_007_199_254_740_993n, I],
    ],
    9_007_199_254_740_993n,
  ],
  [
    'coalesce',
    [
      [null, 'int32'],
      [1.5, D],
    ],
    1.5,
  ],
  ['lower', [['ÄBC', S]], 'Äbc'],
  ['upper', [['ßabc', S]], 'ßABC'],
  ['trim', [['  \ta  ', S]], '\ta'],
  ['trim', [['   ', S]], ''],
  ['length', [['a\u{1f600}b', S]], 3],
  [
    'contains',
    [
      ['abc', S],
      ['', S],
    ],
    true,
  ],
  [
    'substring',
    [
      ['a\u{1f600}bc', S],
      [2, I],
      [2, 'int32'],
    ],
    '\u{1f600}b',
  ],
  [
    'substring',
    [
      ['abc', S],
      [-1, I],
      [3, 'int32'],
    ],
    'a',
  ],
  [
    'substring',
    [
      ['abc', S],
      [2, I],
      [-1, 'int32'],
    ],
    '',
  ],
  [
    'substring',
    [
      ['abc', S],
      [9, I],
      [2, 'int32'],
    ],
    '',
  ],
  [
    'substring',
    [
      ['abcdef', S],
      [-9_223_372_036_854_775_803n, I],
      [MAX, I],
    ],
    'abc',
  ],
  [
    'concat',
    [
      ['a', S],
      [null, S],
    ],
    null,
  ],
]

describe('edge values', () => {
  for (const [name, args, expected] of CASES) {
    const shown = args.map(([value, type]) => `${typeof value === 'string' ? JSON.stringify(value) : value} ${type}`).join(', ')
    test(`${name}(${shown}) is ${expected}`, () => {
      const results = bothWays(name, args)
      expect(results).toEqual([expected, expected])
      for (const result of results) expect(Object.is(result, -0)).toBe(false)
    })
  }

  test('one unsafe int64 in a batch makes the whole batch exact', () => {
    const rows = [1, 9_007_199_254_740_991, -3].map((big1) => ({ big1 }))
    expect(evaluate(fn('add', col('big1'), lit('2', 'int32')), rows)).toEqual([3, 9_007_199_254_740_993n, -1])
  })

  test('a table over a dictionary serves nulls and repeated entries', () => {
    const expr = fn('or', fn('eq', fn('upper', col('txt1')), lit('A', S)), fn('is_null', col('txt1')))
    expect(evaluate(expr, [{ txt1: 'a' }, { txt1: null }, { txt1: 'b' }, { txt1: 'a' }])).toEqual([true, true, false, true])
  })

  test('a text function of one column and a function of two columns give texts', () => {
    expect(evaluate(fn('lower', col('txt1')), [{ txt1: 'A' }, { txt1: null }, { txt1: 'a' }])).toEqual(['a', null, 'a'])
    expect(evaluate(fn('concat', col('txt1'), col('txt2')), [{ txt1: 'a', txt2: 'b' }, { txt1: 'a' }])).toEqual(['ab', null])
  })

  test('bytes are compared byte by byte', () => {
    const bytes = (...values: number[]): Value => Uint8Array.from(values)
    expect(
      evaluate(fn('lt', col('byt1'), lit('gA==', 'bytes')), [{ byt1: bytes(127, 255) }, { byt1: bytes(128) }, { byt1: bytes() }]),
    ).toEqual([true, false, true])
  })

  test('case takes the first true condition and widens its results', () => {
    const expr: Expr = {
      case: [
        [fn('gt', col('int1'), lit('0', 'int32')), col('big1')],
        [fn('is_null', col('int1')), lit('1.5', D)],
      ],
    }
    expect(evaluate(expr, [{ int1: 1, big1: 9_007_199_254_740_993n }, { int1: null }, { int1: -1 }])).toEqual([
      9_007_199_254_740_992,
      1.5,
      null,
    ])
  })

  test('a cast of an int64 outside the years 1 to 9999 to timestamp is null', () => {
    const expr: Expr = { cast: col('big1'), to: 'timestamp' }
    expect(evaluate(expr, [{ big1: 253_402_300_799_999 }, { big1: 253_402_300_800_000 }, { big1: MIN }])).toEqual([
      253_402_300_799_999,
      null,
      null,
    ])
  })
})
