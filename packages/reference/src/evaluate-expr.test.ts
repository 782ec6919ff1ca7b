import { type Expr, FUNCTIONS, literalValue } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import type { Datum } from './datum.ts'
import { valueOf } from './datum.ts'
import { evaluateExpr } from './evaluate-expr.ts'
import { typeOfExpr } from './expr-type.ts'

const lit = (text: string | null, type: string): Expr => ({ lit: text, type })
const fn = (name: string, ...args: Expr[]): Expr => ({ fn: name, args })
const int = (text: string | null) => lit(text, 'int64')
const num = (text: string | null) => lit(text, 'double')
const txt = (text: string | null) => lit(text, 'string')
const bool = (text: string | null) => lit(text, 'boolean')
const at = (text: string | null) => lit(text, 'timestamp')
const T = bool('true')
const F = bool('false')
const N = bool(null)

function evaluate(expr: Expr): Datum {
  return evaluateExpr(expr, { columns: new Map(), types: new Map() })
}

describe('the function table of core and the reference agree', () => {
  for (const spec of FUNCTIONS.values()) {
    test(`the example of ${spec.name} gives what its documentation says`, () => {
      const expr = { fn: spec.name, args: spec.example.args }
      const result = valueOf(evaluate(expr))
      const isTime = typeOfExpr(expr, new Map()) === 'timestamp'
      expect(result).toEqual(isTime ? literalValue({ lit: String(spec.example.result), type: 'timestamp' }) : spec.example.result)
    })
  }
})

const CASES: readonly (readonly [string, Expr, Datum])[] = [
  ['false and null is false', fn('and', F, N), false],
  ['true and null is null', fn('and', T, N), null],
  ['true or null is true', fn('or', T, N), true],
  ['false or null is null', fn('or', F, N), null],
  ['not null is null', fn('not', N), null],
  ['null equals nothing, not even null', fn('eq', int(null), int(null)), null],
  ['in with a match and a null is true', fn('in', int('1'), int(null), int('1')), true],
  ['between with an unknown end can be false', fn('between', int('5'), int(null), int('1')), false],
  ['between with an unknown end can be null', fn('between', int('5'), int(null), int('9')), null],
  ['2^53 and 2^53 + 1 differ as integers', fn('eq', int('9007199254740992'), int('9007199254740993')), false],
  ['2^53 and 2^53 + 1 are equal when one is a double', fn('eq', num('9007199254740992'), int('9007199254740993')), true],
  ['text is compared by UTF-8 bytes, not by UTF-16 units', fn('lt', txt('\u{e000}'), txt('\u{1f600}')), true],
  ['the empty text is less than any other', fn('lt', txt(''), txt('\0')), true],
  ['an int64 sum that leaves int64 is null', fn('add', int('9223372036854775807'), int('1')), null],
  ['an inner overflow is null, so the whole is', fn('sub', fn('add', int('9223372036854775807'), int('1')), int('1')), null],
  ['the least int64 has no negative', fn('neg', int('-9223372036854775808')), null],
  ['the least int64 has no absolute value', fn('abs', int('-9223372036854775808')), null],
  ['the least int64 over −1 leaves int64', fn('quot', int('-9223372036854775808'), int('-1')), null],
  ['the least int64 modulo −1 is 0', fn('mod', int('-9223372036854775808'), int('-1')), 0n],
  ['int32 arithmetic gives int64', fn('add', lit('2147483647', 'int32'), lit('1', 'int32')), 2_147_483_648n],
  ['the quotient goes towards zero', fn('quot', int('-7'), int('2')), -3n],
  ['the remainder takes the sign of the dividend', fn('mod', int('7'), int('-3')), 1n],
  ['a quotient by zero is null', fn('quot', int('1'), int('0')), null],
  ['a division by zero is null', fn('div', num('1'), int('0')), null],
  ['a double product that overflows is null', fn('mul', num('1e300'), num('1e300')), null],
  ['coalesce takes the common type', fn('div', fn('coalesce', int(null), num('0.5')), int('1')), 0.5],
  ['coalesce to double rounds an integer', fn('eq', fn('coalesce', int('9007199254740993'), num('0')), int('9007199254740992')), true],
  ['case without else gives null', { case: [[F, int('1')]] }, null],
  [
    'case skips a condition that is null',
    {
      case: [
        [N, int('1')],
        [T, int('2')],
      ],
    },
    2n,
  ],
  ['case takes the common type', { case: [[T, int('1')]], else: num('0.5') }, 1],
  ['length counts code points', fn('length', txt('é😀')), 2n],
  ['trim drops U+0020 only', fn('trim', txt(' \t a\u{a0} ')), '\t a\u{a0}'],
  ['upper leaves letters beyond ASCII', fn('upper', txt('aßé')), 'Aßé'],
  ['substring before the start gives the part within', fn('substring', txt('abc'), int('-1'), int('3')), 'a'],
  ['substring of negative length is empty', fn('substring', txt('abc'), int('1'), int('-1')), ''],
  ['substring counts code points', fn('substring', txt('😀b'), int('2'), int('1')), 'b'],
  [
    'substring with limits of int64 is everything',
    fn('substring', txt('abc'), int('-9223372036854775808'), int('9223372036854775807')),
    '',
  ],
  ['substring to the greatest length is the rest', fn('substring', txt('abc'), int('2'), int('9223372036854775807')), 'bc'],
  ['concat with null is null', fn('concat', txt('a'), txt(null)), null],
  ['the empty text is part of every text', fn('contains', txt('abc'), txt('')), true],
  ['an hour before 1970 begins at the earlier hour', fn('time_truncate', at('-1'), txt('hour')), -3_600_000],
  ['a week begins on Monday', fn('time_truncate', at('1970-01-01T00:00:00Z'), txt('week')), -3 * 86_400_000],
  ['2021-01-03 lies in ISO week 53', fn('time_extract', at('2021-01-03T23:59:59Z'), txt('week')), 53n],
  ['2024-12-30 lies in ISO week 1', fn('time_extract', at('2024-12-30T00:00:00Z'), txt('week')), 1n],
  ['the year 1 is a year', fn('time_extract', at('0001-01-01T00:00:00Z'), txt('year')), 1n],
  ['seconds before 1970 count upwards', fn('time_extract', at('-1'), txt('second')), 59n],
  ['a difference is cut towards zero', fn('time_diff', txt('second'), at('1999'), at('0')), -1n],
  [
    'from the 31st of January to the last of February is a month',
    fn('time_diff', txt('month'), at('2023-01-31T00:00:00Z'), at('2023-02-28T00:00:00Z')),
    1n,
  ],
  ['the same backwards is minus one month', fn('time_diff', txt('month'), at('2023-02-28T00:00:00Z'), at('2023-01-31T00:00:00Z')), -1n],
  [
    'a month is not whole a millisecond earlier',
    fn('time_diff', txt('month'), at('2023-01-15T00:00:00Z'), at('2023-02-14T23:59:59.999Z')),
    0n,
  ],
  ['eleven months are no year', fn('time_diff', txt('year'), at('2023-03-01T00:00:00Z'), at('2024-02-29T23:59:59Z')), 0n],
  ['a cast to timestamp out of the calendar is null', { cast: int('253402300800000'), to: 'timestamp' }, null],
  ['a timestamp is its epoch milliseconds', { cast: at('1969-12-31T23:59:59.999Z'), to: 'int64' }, -1n],
]

describe('expressions', () => {
  test.each(CASES)('%s', (_, expr, result) => {
    expect(evaluate(expr)).toEqual(result)
  })
})

describe('literals', () => {
  test.each([
    ['2024-02-29T12:00:00+05:30', Date.UTC(2024, 1, 29, 6, 30)],
    ['1969-12-31T23:59:59.9999Z', -1],
    ['0099-01-01T00:00:00Z', -59_042_995_200_000],
    ['-86400000', -86_400_000],
  ])('the time %s is %d ms', (text, ms) => {
    expect(evaluate(at(text))).toBe(ms)
  })

  test('minus zero is zero', () => {
    expect(Object.is(evaluate(num('-0')), 0)).toBe(true)
    expect(Object.is(evaluate(fn('mul', num('0'), num('-1'))), 0)).toBe(true)
  })
})
