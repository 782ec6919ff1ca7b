import type { Expr } from '@millrace/core'
import { call, col, gives, lit, type Scenario } from './scenario.ts'

const MAX = '9223372036854775807'
const MIN = '-9223372036854775808'
const big = (text: string | null): Expr => lit(text, 'int64')
const time = (text: string): Expr => lit(text, 'timestamp')

const LOGIC: readonly Scenario[] = [
  gives(
    'and, or and not are three-valued',
    { boo1: null },
    {
      a: [call('and', col('boo1'), lit(true)), null],
      b: [call('and', col('boo1'), lit(false)), false],
      c: [call('or', col('boo1'), lit(true)), true],
      d: [call('or', col('boo1'), lit(false)), null],
      e: [call('not', col('boo1')), null],
      f: [call('and', col('boo1'), col('boo1')), null],
    },
  ),
  gives(
    'and and or take one argument or many',
    { boo1: true },
    {
      a: [call('and', col('boo1')), true],
      b: [call('or', lit(false), lit(false), col('boo1')), true],
      c: [call('and', col('boo1'), col('boo1'), lit(false)), false],
    },
  ),
  gives(
    'comparisons with null are null',
    { int1: null, txt1: null },
    {
      a: [call('eq', col('int1'), col('int1')), null],
      b: [call('neq', col('int1'), lit(1)), null],
      c: [call('lt', col('txt1'), lit('a')), null],
      d: [call('gte', lit(0), col('int1')), null],
      e: [call('is_null', col('int1')), true],
      f: [call('is_not_null', col('txt1')), false],
    },
  ),
  gives(
    'in is null when nothing matches and a value is null',
    { int1: 2 },
    {
      a: [call('in', col('int1'), lit(1), lit(2), lit(null, 'int32')), true],
      b: [call('in', col('int1'), lit(1), lit(null, 'int32')), null],
      c: [call('in', col('int1'), lit(1), lit(3)), false],
      d: [call('in', lit(null, 'int32'), lit(1)), null],
    },
  ),
  gives(
    'between is gte and lte in three-valued logic',
    { int1: 5, big1: null },
    {
      a: [call('between', col('int1'), lit(5), lit(5)), true],
      b: [call('between', col('int1'), col('big1'), lit(4)), false],
      c: [call('between', col('int1'), col('big1'), lit(5)), null],
      d: [call('between', col('int1'), lit(6), lit(4)), false],
    },
  ),
  gives(
    'booleans are equal or not',
    { boo1: false },
    { a: [call('eq', col('boo1'), lit(false)), true], b: [call('neq', col('boo1'), lit(true)), true] },
  ),
  gives(
    'coalesce takes the first that is not null, in the common type',
    { int1: null, big1: 7, num1: null },
    {
      a: [call('coalesce', col('int1'), col('big1'), lit(9)), 7],
      b: [call('coalesce', col('int1'), col('num1')), null],
      c: [call('div', call('coalesce', col('num1'), col('big1')), lit(2)), 3.5],
    },
  ),
  gives(
    'case takes the first condition that is true',
    { int1: null, boo1: null },
    {
      a: [
        {
          case: [
            [col('boo1'), lit(1)],
            [lit(true), lit(2)],
            [lit(true), lit(3)],
          ],
        },
        2,
      ],
      b: [{ case: [[col('boo1'), lit(1)]] }, null],
      c: [{ case: [[lit(false), lit(1)]], else: lit(0.5) }, 0.5],
      d: [{ case: [[call('is_null', col('int1')), lit('none')]], else: lit('some') }, 'none'],
    },
  ),
]

const NUMBERS: readonly Scenario[] = [
  gives(
    'integer arithmetic that leaves int64 is null',
    { big1: MAX, big2: MIN },
    {
      a: [call('add', col('big1'), lit(1)), null],
      b: [call('sub', col('big2'), lit(1)), null],
      c: [call('mul', col('big1'), lit(2)), null],
      d: [call('neg', col('big2')), null],
      e: [call('abs', col('big2')), null],
      f: [call('quot', col('big2'), lit(-1)), null],
      g: [call('mod', col('big2'), lit(-1)), 0],
      h: [call('add', call('sub', col('big1'), lit(1)), lit(1)), MAX],
      i: [call('neg', col('big1')), '-9223372036854775807'],
    },
  ),
  gives(
    'integer arithmetic beyond 2^53 is exact',
    { big1: '9007199254740993', big2: '3037000499' },
    {
      a: [call('sub', col('big1'), lit(1)), '9007199254740992'],
      b: [call('mul', col('big2'), col('big2')), '9223372030926249001'],
      c: [call('quot', col('big1'), lit(3)), 3002399751580331],
      d: [call('mod', col('big1'), lit(10)), 3],
      e: [call('add', col('big1'), col('big1')), '18014398509481986'],
    },
  ),
  gives(
    'int32 arithmetic gives int64',
    { int1: 2_147_483_647 },
    {
      a: [call('add', col('int1'), lit(1)), 2_147_483_648],
      b: [call('mul', col('int1'), col('int1')), '4611686014132420609'],
      c: [call('neg', lit(-2_147_483_648)), 2_147_483_648],
      d: [call('abs', lit(-2_147_483_648)), 2_147_483_648],
    },
  ),
  gives(
    'quot goes towards zero and mod takes the dividend’s sign',
    { int1: -7 },
    {
      a: [call('quot', col('int1'), lit(2)), -3],
      b: [call('mod', col('int1'), lit(2)), -1],
      c: [call('quot', lit(7), lit(-2)), -3],
      d: [call('mod', lit(7), lit(-2)), 1],
    },
  ),
  gives(
    'a zero divisor gives null',
    { int1: 0, num1: 0 },
    {
      a: [call('div', lit(1), col('int1')), null],
      b: [call('quot', lit(1), col('int1')), null],
      c: [call('mod', lit(1), col('int1')), null],
      d: [call('div', lit(1.5), col('num1')), null],
      e: [call('div', col('num1'), col('num1')), null],
    },
  ),
  gives(
    'div gives a double',
    { int1: 7 },
    {
      a: [call('div', col('int1'), lit(2)), 3.5],
      b: [call('div', lit(6), lit(3)), 2],
      c: [call('div', big(MAX), lit(1)), 2 ** 63],
    },
  ),
  gives(
    'doubles that leave their range are null',
    { num1: 1e300, num2: 5e-324 },
    {
      a: [call('mul', col('num1'), col('num1')), null],
      b: [call('sub', call('mul', col('num1'), col('num1')), col('num1')), null],
      c: [call('div', col('num2'), lit(2)), 0],
      d: [call('div', col('num1'), col('num2')), null],
    },
  ),
  gives(
    '−0 is 0',
    { num1: 0 },
    {
      a: [call('neg', col('num1')), 0],
      b: [call('mul', col('num1'), lit(-1)), 0],
      c: [call('eq', call('neg', col('num1')), lit(0)), true],
      d: [lit('-0', 'double'), 0],
    },
  ),
  gives(
    'an integer meets a double as a double',
    { big1: '9007199254740993', num1: 9007199254740992 },
    {
      a: [call('eq', col('big1'), col('num1')), true],
      b: [call('gt', col('big1'), col('num1')), false],
      c: [call('eq', col('big1'), big('9007199254740992')), false],
      d: [call('add', col('int1'), lit(0.5)), null],
      e: [call('sub', col('big1'), col('num1')), 0],
    },
  ),
  gives(
    'integers of both widths compare by value',
    { int1: -1, big1: -1 },
    {
      a: [call('eq', col('int1'), col('big1')), true],
      b: [call('lt', col('int1'), big(MAX)), true],
      c: [call('gt', col('int1'), big(MIN)), true],
    },
  ),
  gives(
    'casts widen, and change between times and epoch milliseconds',
    { int1: -3, big1: '9007199254740993', ts2: -1 },
    {
      a: [{ cast: col('int1'), to: 'int64' }, -3],
      b: [{ cast: col('big1'), to: 'double' }, 9007199254740992],
      c: [{ cast: col('ts2'), to: 'int64' }, -1],
      d: [{ cast: col('int1'), to: 'double' }, -3],
      e: [{ cast: big('-1'), to: 'timestamp' }, '1969-12-31T23:59:59.999Z'],
      f: [{ cast: big('253402300800000'), to: 'timestamp' }, null],
      g: [{ cast: big('-62135596800001'), to: 'timestamp' }, null],
      h: [{ cast: col('big1'), to: 'timestamp' }, null],
    },
  ),
]

const TEXTS: readonly Scenario[] = [
  gives(
    'text compares by UTF-8 bytes',
    { txt1: '\u{e000}', txt2: '\u{1f600}' },
    {
      a: [call('lt', col('txt1'), col('txt2')), true],
      b: [call('lt', lit('Z'), lit('a')), true],
      c: [call('lt', lit('z'), lit('é')), true],
      d: [call('lt', lit(''), lit(' ')), true],
      e: [call('eq', lit('a'), lit('a ')), false],
      f: [call('between', lit('\u{ffff}'), col('txt1'), col('txt2')), true],
    },
  ),
  gives(
    'lower and upper touch ASCII letters only',
    { txt1: 'AZaz \u{c9}\u{e9}\u{df}\u{130}\u{131}\u{212a}' },
    {
      a: [call('lower', col('txt1')), 'azaz \u{c9}\u{e9}\u{df}\u{130}\u{131}\u{212a}'],
      b: [call('upper', col('txt1')), 'AZAZ \u{c9}\u{e9}\u{df}\u{130}\u{131}\u{212a}'],
    },
  ),
  gives(
    'trim drops U+0020 only',
    { txt1: '  \t\u{a0}a b\n ' },
    { a: [call('trim', col('txt1')), '\t\u{a0}a b\n'], b: [call('trim', lit('   ')), ''] },
  ),
  gives(
    'length counts code points',
    { txt1: 'é\u{1f600}e\u{301}' },
    { a: [call('length', col('txt1')), 4], b: [call('length', lit('')), 0], c: [call('length', col('txt2')), null] },
  ),
  gives(
    'substring counts code points from 1',
    { txt1: 'a\u{1f600}bc' },
    {
      a: [call('substring', col('txt1'), lit(2), lit(2)), '\u{1f600}b'],
      b: [call('substring', col('txt1'), lit(0), lit(2)), 'a'],
      c: [call('substring', col('txt1'), lit(-5), lit(3)), ''],
      d: [call('substring', col('txt1'), lit(1), lit(-1)), ''],
      e: [call('substring', col('txt1'), lit(4), lit(100)), 'c'],
      f: [call('substring', col('txt1'), lit(9), lit(1)), ''],
      g: [call('substring', col('txt1'), lit(2), big(MAX)), '\u{1f600}bc'],
      h: [call('substring', col('txt1'), big(MIN), big(MAX)), ''],
      i: [call('substring', col('txt1'), lit(1), lit(0)), ''],
      j: [call('substring', col('txt1'), lit(-1), lit(3)), 'a'],
      k: [call('substring', col('txt1'), big(MIN), lit(-1)), ''],
    },
  ),
  gives(
    'split counts parts from 1 and is null where there is none',
    { txt1: '/a//b/' },
    {
      a: [call('split', col('txt1'), lit('/'), lit(1)), ''],
      b: [call('split', col('txt1'), lit('/'), lit(2)), 'a'],
      c: [call('split', col('txt1'), lit('/'), lit(3)), ''],
      d: [call('split', col('txt1'), lit('/'), lit(5)), ''],
      e: [call('split', col('txt1'), lit('/'), lit(6)), null],
      f: [call('split', col('txt1'), lit('/'), lit(0)), null],
      g: [call('split', col('txt1'), lit('/'), lit(-1)), null],
      h: [call('split', lit(''), lit('/'), lit(1)), ''],
      i: [call('split', col('txt1'), lit('//'), lit(2)), 'b/'],
      j: [call('split', lit('aXbXc'), lit('x'), lit(1)), 'aXbXc'],
      k: [call('split', col('txt1'), lit('/'), big(MAX)), null],
      l: [call('split', col('txt2'), lit('/'), lit(1)), null],
      m: [call('split', lit('x.y'), lit('.'), lit(2)), 'y'],
      n: [call('split', lit('aaa'), lit('aa'), lit(2)), 'a'],
    },
  ),
  gives(
    'the empty text begins, ends and lies in every text',
    { txt1: '' },
    {
      a: [call('starts_with', lit('a'), col('txt1')), true],
      b: [call('ends_with', col('txt1'), col('txt1')), true],
      c: [call('contains', lit('a'), col('txt1')), true],
      d: [call('contains', col('txt1'), lit('a')), false],
    },
  ),
  gives(
    'parts of text are plain characters, not patterns',
    { txt1: 'a%_\\b.*' },
    {
      a: [call('contains', col('txt1'), lit('%_')), true],
      b: [call('contains', lit('abc'), lit('%')), false],
      c: [call('starts_with', col('txt1'), lit('a_')), false],
      d: [call('ends_with', col('txt1'), lit('.*')), true],
      e: [call('contains', col('txt1'), lit('\\')), true],
      f: [call('starts_with', lit('abc'), lit('A')), false],
    },
  ),
  gives(
    'concat is null when any part is null',
    { txt1: 'a', txt2: null },
    {
      a: [call('concat', col('txt1'), lit(''), lit('b')), 'ab'],
      b: [call('concat', col('txt1'), col('txt2')), null],
      c: [call('concat', col('txt1')), 'a'],
    },
  ),
  gives(
    'a null literal keeps its type within functions',
    { txt1: 'a' },
    {
      a: [call('contains', col('txt1'), call('concat', lit('a'), lit(null, 'string'))), null],
      b: [call('length', call('substring', lit(null, 'string'), lit(1), lit(2))), null],
      c: [call('starts_with', lit(''), call('concat', lit(null, 'string'), lit('é'))), null],
      d: [call('add', lit(null, 'int64'), lit(null, 'int32')), null],
      e: [call('time_truncate', lit(null, 'timestamp'), lit('day')), null],
      f: [call('is_null', call('div', lit(null, 'double'), lit(2))), true],
    },
  ),
  gives(
    'quotes and line ends in literals are themselves',
    { txt1: 'it\'s "x"\n' },
    { a: [call('eq', col('txt1'), lit('it\'s "x"\n')), true], b: [call('concat', lit("'"), lit('"')), '\'"'] },
  ),
]

const TIMES: readonly Scenario[] = [
  gives(
    'time_truncate cuts downwards in UTC, before 1970 too',
    { ts2: -1 },
    {
      a: [call('time_truncate', col('ts2'), lit('second')), '1969-12-31T23:59:59.000Z'],
      b: [call('time_truncate', col('ts2'), lit('minute')), '1969-12-31T23:59:00.000Z'],
      c: [call('time_truncate', col('ts2'), lit('hour')), '1969-12-31T23:00:00.000Z'],
      d: [call('time_truncate', col('ts2'), lit('day')), '1969-12-31T00:00:00.000Z'],
      e: [call('time_truncate', col('ts2'), lit('week')), '1969-12-29T00:00:00.000Z'],
      f: [call('time_truncate', col('ts2'), lit('month')), '1969-12-01T00:00:00.000Z'],
      g: [call('time_truncate', col('ts2'), lit('year')), '1969-01-01T00:00:00.000Z'],
    },
  ),
  gives(
    'time_extract gives the parts in UTC',
    { ts2: '1969-12-31T23:58:57.999Z' },
    {
      a: [call('time_extract', col('ts2'), lit('second')), 57],
      b: [call('time_extract', col('ts2'), lit('minute')), 58],
      c: [call('time_extract', col('ts2'), lit('hour')), 23],
      d: [call('time_extract', col('ts2'), lit('day')), 31],
      e: [call('time_extract', col('ts2'), lit('month')), 12],
      f: [call('time_extract', col('ts2'), lit('year')), 1969],
      g: [call('time_extract', col('ts2'), lit('week')), 1],
      h: [call('time_extract', lit(null, 'timestamp'), lit('year')), null],
    },
  ),
  gives(
    'weeks are ISO weeks',
    { ts2: '2021-01-03T23:59:59.999Z' },
    {
      a: [call('time_extract', col('ts2'), lit('week')), 53],
      b: [call('time_extract', time('2021-01-04T00:00:00Z'), lit('week')), 1],
      c: [call('time_extract', time('2024-12-30T00:00:00Z'), lit('week')), 1],
      d: [call('time_truncate', col('ts2'), lit('week')), '2020-12-28T00:00:00.000Z'],
      e: [call('time_extract', time('2016-01-01T00:00:00Z'), lit('week')), 53],
    },
  ),
  gives(
    'times of the years 1 and 9999 have their parts',
    { ts2: '0001-01-01T00:00:00.000Z' },
    {
      a: [call('time_extract', col('ts2'), lit('year')), 1],
      b: [call('time_truncate', col('ts2'), lit('week')), '0001-01-01T00:00:00.000Z'],
      c: [call('time_extract', time('9999-12-31T23:59:59.999Z'), lit('week')), 52],
      d: [call('time_truncate', time('9999-12-31T23:59:59.999Z'), lit('year')), '9999-01-01T00:00:00.000Z'],
      e: [call('time_diff', lit('year'), col('ts2'), time('9999-12-31T23:59:59.999Z')), 9998],
      f: [call('time_diff', lit('second'), col('ts2'), time('9999-12-31T23:59:59.999Z')), 315537897599],
    },
  ),
  gives(
    'time_diff counts whole units towards zero',
    { ts2: '1969-12-31T23:59:59.001Z' },
    {
      a: [call('time_diff', lit('second'), time('0'), col('ts2')), 0],
      b: [call('time_diff', lit('second'), time('2'), col('ts2')), -1],
      c: [call('time_diff', lit('day'), col('ts2'), time('86400000')), 1],
      d: [call('time_diff', lit('minute'), col('ts2'), col('ts2')), 0],
      e: [call('time_diff', lit('week'), time('1970-01-01T00:00:00Z'), time('1970-01-14T23:59:59.999Z')), 1],
      f: [call('time_diff', lit('hour'), time('1970-01-01T00:59:00Z'), time('1970-01-01T01:01:00Z')), 0],
    },
  ),
  gives(
    'time_diff counts months and years by the calendar',
    { ts2: '2023-01-31T12:00:00.000Z' },
    {
      a: [call('time_diff', lit('month'), col('ts2'), time('2023-02-28T12:00:00Z')), 1],
      b: [call('time_diff', lit('month'), col('ts2'), time('2023-02-28T11:59:59.999Z')), 0],
      c: [call('time_diff', lit('month'), time('2023-02-28T12:00:00Z'), col('ts2')), -1],
      d: [call('time_diff', lit('month'), col('ts2'), time('2022-12-31T12:00:00Z')), -1],
      e: [call('time_diff', lit('year'), time('2020-02-29T00:00:00Z'), time('2021-02-28T00:00:00Z')), 1],
      f: [call('time_diff', lit('year'), time('2020-03-01T00:00:00Z'), time('2021-02-28T23:59:59Z')), 0],
      g: [call('time_diff', lit('month'), time('1969-11-30T00:00:00Z'), time('1970-02-28T00:00:00Z')), 3],
    },
  ),
  gives(
    'times and dates compare',
    { ts2: -1, day1: '1969-12-31' },
    {
      a: [call('lt', col('ts2'), time('1970-01-01T00:00:00Z')), true],
      b: [call('eq', col('ts2'), time('1970-01-01T00:59:59.999+01:00')), true],
      c: [call('lt', col('day1'), lit('1970-01-01', 'date')), true],
      d: [call('eq', col('day1'), lit('1969-12-31', 'date')), true],
    },
  ),
  gives(
    'bytes compare byte by byte, unsigned',
    { byt1: '/w==' },
    {
      a: [call('gt', col('byt1'), lit('AQID', 'bytes')), true],
      b: [call('lt', lit('', 'bytes'), col('byt1')), true],
      c: [call('eq', col('byt1'), lit('/w==', 'bytes')), true],
    },
  ),
]

export const EXPRESSION_SCENARIOS: readonly Scenario[] = [...LOGIC, ...NUMBERS, ...TEXTS, ...TIMES]
