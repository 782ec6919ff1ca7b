import { type Expr, FUNCTIONS, type Value } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { col, evaluate, flag, fn, int, lit, num, time, txt } from '../../test/fixture.ts'
import { FUNCTION_PRINTERS } from './function-printer.ts'

const MIN = -(2n ** 63n)
const MAX = 2n ** 63n - 1n

type Case = readonly [Expr, Value]

const CASES: Readonly<Record<string, readonly Case[]>> = {
  'integer arithmetic overflows to null': [
    [fn('add', int(MAX), int(1)), null],
    [fn('add', int(MAX - 1n), int(1)), MAX],
    [fn('sub', int(MIN), int(1)), null],
    [fn('mul', int(MIN), int(-1)), null],
    [fn('mul', int(3_037_000_500), int(3_037_000_500)), null],
    [fn('add', lit('2147483647', 'int32'), lit('1', 'int32')), 2_147_483_648],
    [fn('mul', lit('2147483647', 'int32'), lit('2147483647', 'int32')), 4_611_686_014_132_420_609n],
    [fn('neg', int(MIN)), null],
    [fn('abs', int(MIN)), null],
    [fn('neg', lit('-2147483648', 'int32')), 2_147_483_648],
    [fn('abs', int(-5)), 5],
    [fn('add', int(null), int(1)), null],
    [fn('sub', int(1), int(-1)), 2],
    [fn('neg', fn('neg', int(-1))), -1],
  ],
  'integer division truncates and takes the dividend’s sign': [
    [fn('quot', int(-7), int(2)), -3],
    [fn('quot', int(7), int(-2)), -3],
    [fn('quot', int(7), int(0)), null],
    [fn('quot', int(MIN), int(-1)), null],
    [fn('mod', int(-7), int(2)), -1],
    [fn('mod', int(7), int(-2)), 1],
    [fn('mod', int(7), int(0)), null],
    [fn('mod', int(MIN), int(-1)), 0],
    [fn('mod', int(MIN), int(MAX)), -1],
    [fn('div', int(7), int(2)), 3.5],
    [fn('div', int(7), int(0)), null],
    [fn('div', int(0), int(0)), null],
  ],
  'double arithmetic leaves no NaN, infinity or −0': [
    [fn('mul', num(1e308), num(10)), null],
    [fn('div', num(1), num(0)), null],
    [fn('mul', num(-1), num(0)), 0],
    [fn('neg', num(0)), 0],
    [fn('neg', num(2.5)), -2.5],
    [fn('add', int(1), num(0.5)), 1.5],
    [fn('div', num(1), fn('mul', num(1e308), num(10))), null],
    [fn('sub', fn('mul', num(1e308), num(10)), fn('mul', num(1e308), num(10))), null],
    [fn('coalesce', fn('div', num(1), num(0)), num(5)), 5],
    [fn('is_null', fn('div', num(1), num(0))), true],
    [fn('gt', fn('div', num(1), num(0)), num(5)), null],
    [fn('abs', fn('neg', num(3))), 3],
    [fn('add', num(0.1), num(0.2)), 0.30000000000000004],
    [fn('div', num(1), fn('mul', num(-1), num(0))), null],
    [{ case: [[flag(true), fn('div', num(1), num(0))]], else: num(1) }, null],
  ],
  'int64 meets double as double': [
    [fn('eq', int(2n ** 53n + 1n), num(2 ** 53)), true],
    [fn('eq', int(2n ** 53n + 1n), int(2n ** 53n)), false],
    [fn('lt', int(MAX), num(2 ** 63)), false],
    [fn('in', int(2n ** 53n + 1n), int(2n ** 53n), num(1)), false],
    [fn('in', int(2n ** 53n + 1n), num(2 ** 53), int(7)), true],
    [fn('in', int(1), num(2), int(null)), null],
    [fn('between', int(2n ** 53n + 1n), int(2n ** 53n + 2n), num(1e17)), false],
    [fn('between', int(2n ** 53n + 1n), int(2n ** 53n + 1n), num(2 ** 53)), true],
    [fn('coalesce', int(2n ** 53n + 1n), num(1)), 2 ** 53],
  ],
  'logic is three-valued': [
    [fn('and', flag(false), flag(null)), false],
    [fn('and', flag(true), flag(null)), null],
    [fn('or', flag(true), flag(null)), true],
    [fn('or', flag(false), flag(null)), null],
    [fn('not', flag(null)), null],
    [fn('eq', txt(null), txt(null)), null],
    [fn('neq', int(1), int(null)), null],
    [fn('and', flag(true)), true],
    [fn('not', fn('and', flag(true), flag(false))), true],
    [fn('in', int(1), int(1), int(null)), true],
    [fn('in', int(2), int(1), int(null)), null],
    [fn('in', int(null), int(1)), null],
    [fn('between', int(5), int(null), int(3)), false],
    [fn('between', int(5), int(null), int(7)), null],
    [fn('is_not_null', flag(null)), false],
    [{ case: [[flag(null), int(1)]], else: int(2) }, 2],
    [{ case: [[flag(false), int(1)]] }, null],
    [{ case: [[flag(true), lit('1', 'int32')]], else: num(0.5) }, 1],
  ],
  'strings compare by UTF-8 bytes': [
    [fn('lt', txt('\u{FFFD}'), txt('😀')), true],
    [fn('lt', txt('Z'), txt('a')), true],
    [fn('lt', txt(''), txt('a')), true],
    [fn('eq', txt('é'), txt('e\u0301')), false],
    [fn('gt', txt('ab'), txt('a')), true],
    [fn('eq', txt('a'), txt('a ')), false],
    [fn('lt', txt('a\0'), txt('a\0b')), true],
  ],
  'text functions know ASCII case, U+0020 and code points': [
    [fn('lower', txt('AZÀİ')), 'azÀİ'],
    [fn('upper', txt('azßé')), 'AZßé'],
    [fn('trim', txt('  \t a\u00A0 ')), '\t a\u00A0'],
    [fn('length', txt('a😀é')), 3],
    [fn('length', txt('🤦🏼‍♂️')), 5],
    [fn('length', txt('')), 0],
    [fn('starts_with', txt('a%b'), txt('a%')), true],
    [fn('starts_with', txt('a'), txt('')), true],
    [fn('ends_with', txt('abc'), txt('bc')), true],
    [fn('contains', txt('a.c'), txt('.')), true],
    [fn('contains', txt('abc'), txt('.')), false],
    [fn('contains', txt(null), txt('a')), null],
    [fn('concat', txt('a'), txt(null), txt('b')), null],
    [fn('concat', txt('a'), txt('')), 'a'],
    [fn('contains', txt('a'), fn('concat', txt('b'), txt(null))), null],
    [fn('concat', txt("it's"), txt('\0'), txt('"')), 'it\'s\0"'],
  ],
  'substring takes positions max(start, 1) to start + length − 1': [
    [fn('substring', txt('hello'), int(2), int(3)), 'ell'],
    [fn('substring', txt('hello'), int(0), int(3)), 'he'],
    [fn('substring', txt('hello'), int(-2), int(5)), 'he'],
    [fn('substring', txt('hello'), int(-2), int(3)), ''],
    [fn('substring', txt('hello'), int(2), int(-1)), ''],
    [fn('substring', txt('hello'), int(9), int(2)), ''],
    [fn('substring', txt('a😀c'), int(2), int(1)), '😀'],
    [fn('substring', txt('hello'), int(1), int(MAX)), 'hello'],
    [fn('substring', txt('hello'), int(MIN), int(MAX)), ''],
    [fn('substring', txt('hello'), int(MAX), int(MAX)), ''],
    [fn('substring', txt('hello'), int(null), int(1)), null],
    [fn('substring', txt(null), int(1), int(1)), null],
  ],
  'times are cut and read in UTC, ISO weeks begin on Monday': [
    [fn('time_truncate', time('1969-12-31T23:59:59.999Z'), txt('minute')), Date.parse('1969-12-31T23:59:00Z')],
    [fn('time_truncate', time('2024-03-10T12:00:00Z'), txt('week')), Date.parse('2024-03-04T00:00:00Z')],
    [fn('time_truncate', time('1969-12-31T23:59:59.999Z'), txt('week')), Date.parse('1969-12-29T00:00:00Z')],
    [fn('time_truncate', time('0001-01-03T00:00:00Z'), txt('year')), -62_135_596_800_000],
    [fn('time_truncate', time('1500-02-20T01:02:03Z'), txt('month')), Date.parse('1500-02-01T00:00:00Z')],
    [fn('time_extract', time('2021-01-01T00:00:00Z'), txt('week')), 53],
    [fn('time_extract', time('1969-12-31T23:59:59.999Z'), txt('second')), 59],
    [fn('time_extract', time('1582-10-10T05:00:00Z'), txt('day')), 10],
    [fn('time_extract', time('2024-12-30T07:00:00Z'), txt('week')), 1],
    [fn('time_extract', time('2024-12-30T07:00:00Z'), txt('year')), 2024],
    [fn('time_extract', time(null), txt('hour')), null],
  ],
  'time differences count whole units towards zero': [
    [fn('time_diff', txt('hour'), time('1970-01-01T00:00:00Z'), time('1969-12-31T22:00:00.001Z')), -1],
    [fn('time_diff', txt('week'), time('2024-01-01T00:00:00Z'), time('2024-01-14T23:59:59.999Z')), 1],
    [fn('time_diff', txt('month'), time('2024-01-31T00:00:00Z'), time('2024-02-29T00:00:00Z')), 1],
    [fn('time_diff', txt('month'), time('2024-01-31T00:00:00.001Z'), time('2024-02-29T00:00:00Z')), 0],
    [fn('time_diff', txt('month'), time('2024-03-15T00:00:00Z'), time('2024-01-16T00:00:00Z')), -1],
    [fn('time_diff', txt('year'), time('2024-02-29T00:00:00Z'), time('2025-02-28T00:00:00Z')), 1],
    [fn('time_diff', txt('second'), time('2024-01-01T00:00:00.999Z'), time('2024-01-01T00:00:01.998Z')), 0],
  ],
  'split counts parts from 1, of constants too': [
    [fn('split', txt('/a//b'), txt('/'), int(1)), ''],
    [fn('split', txt('/a//b'), txt('/'), int(4)), 'b'],
    [fn('split', txt('/a//b'), txt('/'), int(5)), null],
    [fn('split', txt('/a//b'), txt('/'), int(-1)), null],
    [fn('split', txt('a'), txt('/'), int(MAX)), null],
    [fn('contains', txt('a'), fn('split', txt(null), txt('b'), int(1))), null],
  ],
  'casts are exact, times outside the years 1 to 9999 are null': [
    [{ cast: lit('5', 'int32'), to: 'double' }, 5],
    [{ cast: int(2n ** 53n + 1n), to: 'double' }, 2 ** 53],
    [{ cast: time('1970-01-01T00:00:00.001Z'), to: 'int64' }, 1],
    [{ cast: int(-1), to: 'timestamp' }, -1],
    [{ cast: int(MAX), to: 'timestamp' }, null],
    [{ cast: int(253_402_300_799_999), to: 'timestamp' }, 253_402_300_799_999],
    [{ cast: int(253_402_300_800_000), to: 'timestamp' }, null],
  ],
}

describe('functions printed for DuckDB', () => {
  for (const [title, cases] of Object.entries(CASES)) {
    it(title, async () => {
      const got = await evaluate(cases.map(([expr]) => expr))
      expect(cases.map(([expr], i) => ({ expr, value: got[i] }))).toEqual(cases.map(([expr, value]) => ({ expr, value })))
    })
  }

  it('has every function of the plan language', () => {
    expect(Object.keys(FUNCTION_PRINTERS).sort()).toEqual([...FUNCTIONS.keys()].sort())
  })

  it('gives the results that the function table documents', async () => {
    const specs = [...FUNCTIONS.values()]
    const values = await evaluate(specs.map((spec) => fn(spec.name, ...spec.example.args)))
    const plain = specs.map(({ name, example }) => [
      name,
      ['time_truncate', 'time_add'].includes(name) ? Date.parse(String(example.result)) : example.result,
    ])
    expect(specs.map(({ name }, i) => [name, values[i]])).toEqual(plain)
  })

  it('computes on columns what it computes on constants, also where rows differ in size', async () => {
    const row = { int1: -7, big1: MIN, num1: 1e308, txt1: 'hello', flag1: null }
    const got = await evaluate(
      [
        fn('mod', col('big1'), int(-1)),
        fn('add', col('big1'), col('int1')),
        fn('substring', col('txt1'), fn('add', col('int1'), int(7)), int(3)),
        fn('mul', col('num1'), col('num1')),
        fn('sub', col('int1'), int(-1)),
        fn('quot', col('big1'), int(-1)),
        fn('and', col('flag1'), flag(false)),
      ],
      row,
    )
    expect(got).toEqual([0, null, 'he', null, -6, null, false])
  })

  it('keeps text that begins with a byte order mark or holds NUL', async () => {
    expect(
      await evaluate([col('txt1'), fn('concat', col('txt1'), txt('\uFEFF')), fn('length', col('txt1'))], {
        txt1: '\uFEFFlonger than twelve bytes\0😀',
      }),
    ).toEqual(['\uFEFFlonger than twelve bytes\0😀', '\uFEFFlonger than twelve bytes\0😀\uFEFF', 27])
  })
})

describe('nested double arithmetic', () => {
  type Tree = { readonly op: string; readonly left: Tree; readonly right: Tree } | { readonly leaf: number }
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.record({ leaf: fc.constantFrom(0, 1, -1, 0.1, 1e300, -1e300, 5e-324, 3) }),
      fc.record({ op: fc.constantFrom('add', 'sub', 'mul', 'div'), left: tie('tree'), right: tie('tree') }),
    ),
  }))
  const toExpr = (node: Tree): Expr => ('leaf' in node ? num(node.leaf) : fn(node.op, toExpr(node.left), toExpr(node.right)))
  const compute = (node: Tree): number | null => {
    if ('leaf' in node) return node.leaf
    const [a, b] = [compute(node.left), compute(node.right)]
    if (a === null || b === null) return null
    const value = { add: a + b, sub: a - b, mul: a * b, div: a / b }[node.op] as number
    return Number.isFinite(value) ? value + 0 : null
  }

  it('equals arithmetic that tidies after every step', async () => {
    const seed = Date.now() % 1_000_000
    const trees = fc.sample(tree, { numRuns: 300, seed })
    const got = await evaluate(trees.map(toExpr))
    expect({ seed, got }).toEqual({ seed, got: trees.map(compute) })
  })

  it('prints in a size that grows with the depth, not with its power', async () => {
    let expr = col('num1')
    for (let i = 0; i < 60; i++) expr = fn('div', num(1), fn('add', num(1), expr))
    expect((await evaluate([expr], { num1: 1 }))[0]).toBeCloseTo(0.618033988749, 9)
  })
})
