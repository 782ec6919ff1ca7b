import type { Expr } from '@millrace/core'
import { call, col, gives, lit, type Scenario } from './scenario.ts'

const MAX = '9223372036854775807'
const big = (text: string | null): Expr => lit(text, 'int64')
const dec = (text: string, type = 'decimal(10,2)'): Expr => lit(text, type)
/** By 3, by 0.07, by 1.30 and by 0.90, each rounded to two digits behind the point: 3.33, 47.57, 36.59, 40.66 of 10.00. */
const quotients = (of: Expr): Expr =>
  ['3.00', '0.07', '1.30', '0.90'].reduce((value, by) => cast(call('div', value, dec(by)), 'decimal(10,2)'), of)
const time = (text: string | null): Expr => lit(text, 'timestamp')
const cast = (of: Expr, to: string): Expr => ({ cast: of, to })

const ROUNDING: readonly Scenario[] = [
  gives(
    'round goes half away from zero, by the shortest decimal of a double',
    { num1: 2.675, num2: -0.5, big1: 25 },
    {
      a: [call('round', col('num1'), lit(2)), 2.68],
      b: [call('round', col('num2'), lit(0)), -1],
      c: [call('round', col('big1'), lit(-1)), 30],
      d: [call('round', big('-25'), lit(-1)), -30],
      e: [call('round', col('big1'), lit(3)), 25],
      f: [call('round', big(MAX), lit(-1)), null],
      g: [call('round', big(MAX), lit(-19)), null],
      h: [call('round', big(MAX), lit(-20)), 0],
      i: [call('round', lit(1.005), lit(2)), 1.01],
      j: [call('round', lit('1e300', 'double'), lit(2)), 1e300],
      k: [call('round', lit('5e-324', 'double'), lit(400)), 5e-324],
      l: [call('round', lit('1.7976931348623157e308', 'double'), lit(-308)), null],
      m: [call('round', col('num1'), lit(null, 'int32')), null],
      n: [call('round', lit(-0.4), lit(0)), 0],
    },
  ),
  gives(
    'floor and ceil keep the type and make no −0',
    { num1: -0.5, int1: -3 },
    {
      a: [call('floor', col('num1')), -1],
      b: [call('ceil', col('num1')), 0],
      c: [call('floor', col('int1')), -3],
      d: [call('ceil', col('big1')), null],
      e: [call('floor', dec('-1.01')), '-2.00'],
      f: [call('ceil', dec('1.01')), '2.00'],
      g: [call('ceil', dec('99999999.01')), null],
      h: [call('floor', dec('-0.5', 'decimal(1,1)')), null],
      i: [call('round', dec('0', 'decimal(38,38)'), lit(0)), `0.${'0'.repeat(38)}`],
    },
  ),
]

const REALS: readonly Scenario[] = [
  gives(
    'ln, exp, sqrt and pow are null where the result is no finite number',
    { num1: 0, num2: 1e300 },
    {
      a: [call('ln', col('num1')), null],
      b: [call('ln', lit(-1)), null],
      c: [call('ln', lit(1)), 0],
      d: [call('exp', lit(1000)), null],
      e: [call('exp', col('num1')), 1],
      f: [call('sqrt', lit(-1)), null],
      g: [call('sqrt', lit(2.25)), 1.5],
      h: [call('pow', col('num1'), lit(-1)), null],
      i: [call('pow', col('num2'), lit(2)), null],
      j: [call('pow', lit(-8), lit(0.5)), null],
      k: [call('pow', lit(2), lit(10)), 1024],
      l: [call('pow', col('num1'), col('num1')), 1],
      m: [call('sqrt', col('int1')), null],
      n: [call('is_null', call('ln', col('num1'))), true],
    },
  ),
]

const TEXT_MATCHING: readonly Scenario[] = [
  gives(
    'like knows % and _ and no escape',
    { txt1: 'a\u{1f600}b%', txt2: 'a_b' },
    {
      a: [call('like', col('txt1'), lit('a_b%')), true],
      b: [call('like', lit('axb'), col('txt2')), true],
      c: [call('like', lit('a\\b'), lit('a\\_')), true],
      d: [call('like', lit(''), lit('')), true],
      e: [call('like', lit(''), lit('%')), true],
      f: [call('like', lit('ab'), lit('a')), false],
      g: [call('like', lit('a\nb'), lit('a%b')), true],
      h: [call('like', lit('aXbXc'), lit('%X%X%')), true],
      i: [call('like', col('txt1'), lit(null, 'string')), null],
      j: [call('like', lit('A'), lit('a')), false],
      k: [call('like', lit('a\nb'), lit('a_b')), true],
      l: [call('like', lit('a\r\nb'), call('concat', lit('_'), lit('%'))), true],
    },
  ),
  gives(
    'regex_match looks anywhere; classes are literal and the point is no newline',
    { txt1: 'order 66\n' },
    {
      a: [call('regex_match', col('txt1'), lit('[0-9]+')), true],
      b: [call('regex_match', col('txt1'), lit('66$')), false],
      c: [call('regex_match', lit('\u00e9'), lit('\\w')), false],
      d: [call('regex_match', lit('\u0663'), lit('\\d')), false],
      e: [call('regex_match', lit('\u00a0'), lit('\\s')), false],
      f: [call('regex_match', lit('\u{1f600}'), lit('^.$')), true],
      g: [call('regex_match', lit('\n'), lit('.')), false],
      h: [call('regex_match', lit('\r'), lit('.')), true],
      i: [call('regex_match', lit('a\nb'), lit('^b')), false],
      j: [call('regex_match', lit(''), lit('^$')), true],
      k: [call('regex_match', col('txt2'), lit('a')), null],
      l: [call('regex_match', lit('\u{1f603}'), lit('[\u{1f600}-\u{1f64f}]')), true],
      m: [call('regex_match', col('txt1'), lit('')), true],
    },
  ),
  gives(
    'regex_extract gives the part of a group, null where it has none',
    { txt1: 'order 66' },
    {
      a: [call('regex_extract', col('txt1'), lit('([a-z]+) ([0-9]+)'), lit(2)), '66'],
      b: [call('regex_extract', col('txt1'), lit('([a-z]+) ([0-9]+)'), lit(0)), 'order 66'],
      c: [call('regex_extract', col('txt1'), lit('x(y)'), lit(1)), null],
      d: [call('regex_extract', lit('a'), lit('(a)(b)?'), lit(2)), null],
      e: [call('regex_extract', lit('a'), lit('(a)(b?)'), lit(2)), ''],
      f: [call('regex_extract', lit('aab'), lit('(a+?)(a*)'), lit(2)), 'a'],
      g: [call('regex_extract', lit('abcd'), lit('(?:ab|a)(c|bcd)'), lit(1)), 'c'],
      h: [call('regex_extract', lit('x\u{1f600}y'), lit('x(.)y'), lit(1)), '\u{1f600}'],
      i: [call('regex_extract', col('txt2'), lit('a'), lit(0)), null],
    },
  ),
  gives(
    'hashes are of the UTF-8 bytes, in hex',
    { txt1: 'é' },
    {
      a: [call('md5', lit('')), 'd41d8cd98f00b204e9800998ecf8427e'],
      b: [call('md5', col('txt1')), '66ddcd97cfdeabb2f6fb8a999b4bc76f'],
      c: [call('sha256', lit('')), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
      d: [call('sha256', col('txt2')), null],
      e: [call('md5', col('txt2')), null],
    },
  ),
]

const TIMES: readonly Scenario[] = [
  gives(
    'time_add clamps months to their last day and is null outside the years 1 to 9999',
    { ts2: '2024-01-31T10:00:00.000Z' },
    {
      a: [call('time_add', col('ts2'), lit(1), lit('month')), '2024-02-29T10:00:00.000Z'],
      b: [call('time_add', col('ts2'), lit(-2), lit('month')), '2023-11-30T10:00:00.000Z'],
      c: [call('time_add', time('2024-02-29T00:00:00Z'), lit(1), lit('year')), '2025-02-28T00:00:00.000Z'],
      d: [call('time_add', col('ts2'), lit(2), lit('week')), '2024-02-14T10:00:00.000Z'],
      e: [call('time_add', time('-1'), lit(1), lit('second')), '1970-01-01T00:00:00.999Z'],
      f: [call('time_add', time('9999-12-31T23:59:59.999Z'), lit(1), lit('second')), null],
      g: [call('time_add', time('0001-01-01T00:00:00Z'), lit(-1), lit('day')), null],
      h: [call('time_add', col('ts2'), big(MAX), lit('month')), null],
      i: [call('time_add', col('ts2'), big(MAX), lit('week')), null],
      j: [call('time_add', time(null), lit(1), lit('day')), null],
      k: [call('time_add', col('ts2'), col('int1'), lit('day')), null],
    },
  ),
]

const NESTED: readonly Scenario[] = [
  gives(
    'json_path gives text, null for a JSON null and where nothing stands',
    { json1: { a: { b: [1, 'x', null] }, n: 1.5, t: true, e: 'é"\n', 'a.b': 1 } },
    {
      a: [call('json_path', col('json1'), lit('$.a.b[1]')), 'x'],
      b: [call('json_path', col('json1'), lit('$.a.b[2]')), null],
      c: [call('json_path', col('json1'), lit('$.a.b[3]')), null],
      d: [call('json_path', col('json1'), lit('$.a')), '{"b":[1,"x",null]}'],
      e: [call('json_path', col('json1'), lit('$.n')), '1.5'],
      f: [call('json_path', col('json1'), lit('$.t')), 'true'],
      g: [call('json_path', col('json1'), lit('$.e')), 'é"\n'],
      h: [call('json_path', col('json1'), lit('$[0]')), null],
      i: [call('json_path', lit('[1]', 'json'), lit('$.0')), null],
      j: [call('json_path', lit('"x"', 'json'), lit('$')), 'x'],
      k: [call('json_path', lit('null', 'json'), lit('$')), null],
      l: [call('json_path', lit(null, 'json'), lit('$.a')), null],
      m: [call('json_path', lit('{"a":1,"a":2}', 'json'), lit('$.a')), '1'],
      n: [call('json_path', lit('{"a":12345678901234567890123}', 'json'), lit('$.a')), '12345678901234567890123'],
      o: [call('json_path', lit('{ "a" : 1e2 }', 'json'), lit('$.a')), '100'],
    },
  ),
  gives(
    'list_get counts from 1, and fields are read from structs',
    { list1: [7, null, MAX], struct1: { a: 1, b: ['x', 'y'] } },
    {
      a: [call('list_get', col('list1'), lit(1)), 7],
      b: [call('list_get', col('list1'), lit(2)), null],
      c: [call('list_get', col('list1'), lit(3)), MAX],
      d: [call('list_get', col('list1'), lit(4)), null],
      e: [call('list_get', col('list1'), lit(0)), null],
      f: [call('list_get', col('list1'), lit(-1)), null],
      g: [call('list_get', col('list1'), big(MAX)), null],
      h: [{ field: 'a', of: col('struct1') }, 1],
      i: [call('list_get', { field: 'b', of: col('struct1') }, lit(2)), 'y'],
      j: [{ field: 'b', of: col('struct1') }, ['x', 'y']],
      k: [call('list_get', lit('[]', 'list<string>'), lit(1)), null],
      l: [call('list_get', lit(null, 'list<string>'), lit(1)), null],
      m: [{ field: 'a', of: lit(null, 'struct<a:int32>') }, null],
      n: [call('list_get', lit('["2024-01-01T00:00:00Z"]', 'list<timestamp>'), lit(1)), '2024-01-01T00:00:00.000Z'],
      o: [call('list_get', lit('["1.5"]', 'list<decimal(10,2)>'), lit(1)), '1.50'],
      p: [call('list_get', lit('["/w=="]', 'list<bytes>'), lit(1)), '/w=='],
      q: [{ field: 'b', of: lit('{"a":1,"b":"/wA="}', 'struct<a:int32,b:bytes>') }, '/wA='],
    },
  ),
  gives(
    'json, lists and structs pass through in their one form',
    { json1: { b: [1.0, 'x'], a: null }, list1: [], struct1: { b: null } },
    {
      a: [col('json1'), { b: [1, 'x'], a: null }],
      b: [col('list1'), []],
      c: [col('struct1'), { a: null, b: null }],
      d: [call('coalesce', lit(null, 'list<int64>'), lit('[ 1, "9007199254740993" ]', 'list<int64>')), [1, '9007199254740993']],
      e: [call('is_null', lit('null', 'json')), false],
      f: [cast(col('json1'), 'string'), '{"b":[1,"x"],"a":null}'],
    },
  ),
]

const CASTS: readonly Scenario[] = [
  gives(
    'text becomes an integer by the grammar only',
    { txt1: '12' },
    {
      a: [cast(col('txt1'), 'int32'), 12],
      b: [cast(lit(' 12 '), 'int64'), null],
      c: [cast(lit('1e3'), 'int64'), null],
      d: [cast(lit('0x10'), 'int64'), null],
      e: [cast(lit('1_000'), 'int64'), null],
      f: [cast(lit('12.6'), 'int64'), null],
      g: [cast(lit('+1'), 'int64'), null],
      h: [cast(lit('01'), 'int64'), null],
      i: [cast(lit(MAX), 'int64'), MAX],
      j: [cast(lit('9223372036854775808'), 'int64'), null],
      k: [cast(lit('2147483648'), 'int32'), null],
      l: [cast(lit('-0'), 'int32'), 0],
      m: [cast(col('txt2'), 'int32'), null],
    },
  ),
  gives(
    'text becomes a double or a truth value by the grammar only',
    { txt1: '1.5e-7' },
    {
      a: [cast(col('txt1'), 'double'), 1.5e-7],
      b: [cast(lit('1e309'), 'double'), null],
      c: [cast(lit('NaN'), 'double'), null],
      d: [cast(lit('Infinity'), 'double'), null],
      e: [cast(lit('.5'), 'double'), null],
      f: [cast(lit('-0'), 'double'), 0],
      g: [cast(lit('true'), 'boolean'), true],
      h: [cast(lit('TRUE'), 'boolean'), null],
      i: [cast(lit('1'), 'boolean'), null],
      j: [cast(lit('1e-400'), 'double'), 0],
    },
  ),
  gives(
    'text becomes a time where it is ISO 8601 with a zone',
    { txt1: '2024-02-29T12:34:56.789999+02:00' },
    {
      a: [cast(col('txt1'), 'timestamp'), '2024-02-29T10:34:56.789Z'],
      b: [cast(lit('2023-02-29T00:00:00Z'), 'timestamp'), null],
      c: [cast(lit('2024-02-29T12:34:56'), 'timestamp'), null],
      d: [cast(lit('2024-02-29 12:34:56Z'), 'timestamp'), null],
      e: [cast(lit('0001-01-01T00:00:00+00:01'), 'timestamp'), null],
      f: [cast(lit('1709210096000'), 'timestamp'), null],
      g: [cast(lit('2024-02-29'), 'date'), '2024-02-29'],
      h: [cast(lit('2024-2-29'), 'date'), null],
      i: [cast(lit('0000-01-01'), 'date'), null],
      j: [cast(lit('2024-02-29T12:34:56-23:59'), 'timestamp'), '2024-03-01T12:33:56.000Z'],
    },
  ),
  gives(
    'doubles and decimals lose what is behind the point, and are null out of range',
    { num1: -2.9, num2: 1e19 },
    {
      a: [cast(col('num1'), 'int32'), -2],
      b: [cast(col('num2'), 'int64'), null],
      c: [cast(lit('9223372036854775000', 'double'), 'int64'), '9223372036854774784'],
      d: [cast(lit('2147483648', 'double'), 'int32'), null],
      e: [cast(dec('-2.99'), 'int64'), -2],
      f: [cast(big('2147483648'), 'int32'), null],
      g: [cast(lit('9223372036854775807.5', 'decimal(38,1)'), 'int64'), MAX],
      h: [cast(lit('-0.9', 'double'), 'int32'), 0],
    },
  ),
  gives(
    'times, dates, numbers and truth values become text in one form',
    { ts2: -1, day1: '0001-01-01', big1: MAX, boo1: false },
    {
      a: [cast(col('ts2'), 'string'), '1969-12-31T23:59:59.999Z'],
      b: [cast(col('day1'), 'string'), '0001-01-01'],
      c: [cast(col('big1'), 'string'), MAX],
      d: [cast(col('boo1'), 'string'), 'false'],
      e: [cast(col('ts2'), 'date'), '1969-12-31'],
      f: [cast(col('day1'), 'timestamp'), '0001-01-01T00:00:00.000Z'],
      g: [cast(dec('-0.5'), 'string'), '-0.50'],
      h: [cast(lit('0.5', 'decimal(2,2)'), 'string'), '0.50'],
      i: [cast(col('int1'), 'string'), null],
    },
  ),
]

const DECIMALS: readonly Scenario[] = [
  gives(
    'decimals compute exactly, with the digits that the result needs',
    { dec1: '0.10', dec2: '1234567890123456789012345678.0123456789' },
    {
      a: [call('add', col('dec1'), dec('0.20')), '0.30'],
      b: [call('sub', col('dec1'), lit('0.005', 'decimal(5,3)')), '0.095'],
      c: [call('mul', col('dec1'), dec('-0.10')), '-0.0100'],
      d: [call('add', col('dec1'), lit(1)), '1.10'],
      e: [call('add', col('dec1'), lit(0.2)), 0.30000000000000004],
      f: [call('neg', col('dec2')), '-1234567890123456789012345678.0123456789'],
      g: [call('add', lit('9'.repeat(38), 'decimal(38,0)'), lit('1', 'decimal(1,0)')), null],
      h: [call('mul', lit('9'.repeat(20), 'decimal(20,0)'), lit('9'.repeat(20), 'decimal(20,0)')), null],
      i: [call('mul', lit(2_147_483_647), dec('99999999.99')), '214748364678525163.53'],
      j: [call('abs', dec('-1.00')), '1.00'],
      k: [call('div', cast(col('dec1'), 'double'), lit(2)), 0.05],
      l: [call('add', col('dec1'), lit(null, 'decimal(10,2)')), null],
    },
  ),
  gives(
    'a quotient of decimals is rounded once, to the type that it is cast to',
    { dec1: '10.00' },
    {
      a: [cast(call('div', col('dec1'), lit(3)), 'decimal(20,5)'), '3.33333'],
      b: [cast(call('div', col('dec1'), dec('-0.03')), 'decimal(20,2)'), '-333.33'],
      c: [cast(call('div', col('dec1'), dec('0.00')), 'decimal(20,2)'), null],
      d: [cast(call('div', lit(1), dec('8.00')), 'decimal(3,2)'), '0.13'],
      e: [cast(call('div', col('dec1'), dec('0.01')), 'decimal(3,0)'), null],
      f: [
        cast(call('div', lit(`${'9'.repeat(28)}.${'9'.repeat(10)}`, 'decimal(38,10)'), dec('5.00')), 'decimal(38,8)'),
        `2${'0'.repeat(27)}.00000000`,
      ],
    },
  ),
  gives(
    'quotients within quotients, of columns, of constants, and where they are never computed',
    { dec1: '10.00' },
    {
      a: [quotients(col('dec1')), '40.66'],
      b: [quotients(dec('10.00')), '40.66'],
      c: [{ case: [[lit(false), quotients(col('dec1'))]] }, null],
      d: [{ case: [[lit(false), quotients(dec('10.00'))]] }, null],
    },
  ),
  gives(
    'quotients of numbers that are constants, within others and beside columns',
    { num1: 2 },
    {
      a: [call('mul', col('num1'), call('div', lit(1), lit(0))), null],
      b: [call('add', col('num1'), call('div', lit(-4), lit(5e-324))), null],
      c: [call('div', call('div', lit(3), call('add', lit(1), lit(1))), call('coalesce', lit(null, 'double'), lit(0.5))), 3],
      d: [call('div', col('num1'), call('div', lit(1), call('sub', lit(1), lit(1)))), null],
    },
  ),
  gives(
    'the first that is not null of constants that may be',
    { int1: null },
    {
      a: [call('coalesce', call('coalesce', cast(lit('b'), 'int32'), cast(lit('2'), 'int32'), cast(lit('3'), 'int32'))), 2],
      b: [call('coalesce', cast(lit('b'), 'int32'), col('int1'), cast(lit('c'), 'int32')), null],
      c: [call('coalesce', { field: 'a', of: lit('{"a":7}', 'struct<a:int32>') }, col('int1')), 7],
    },
  ),
  gives(
    'decimals compare and meet by value',
    { dec1: '1.50', num1: 1.5 },
    {
      a: [call('eq', col('dec1'), lit('1.5', 'decimal(2,1)')), true],
      b: [call('lt', col('dec1'), lit(2)), true],
      c: [call('eq', col('dec1'), col('num1')), true],
      d: [call('gt', dec('-0.01'), dec('-0.02')), true],
      e: [call('in', col('dec1'), lit(1), lit('1.500', 'decimal(5,3)')), true],
      f: [call('between', dec('10.00'), dec('9.00'), lit(11)), true],
      g: [call('coalesce', lit(null, 'int32'), col('dec1')), '1.50'],
      h: [call('coalesce', lit(3), col('dec1')), '3.00'],
    },
  ),
  gives(
    'casts to a decimal round half away from zero and are null where digits do not do',
    { num1: 0.125, dec2: '2.5000000000' },
    {
      a: [cast(col('num1'), 'decimal(10,2)'), '0.13'],
      b: [cast(lit(-0.125), 'decimal(10,2)'), '-0.13'],
      c: [cast(col('dec2'), 'decimal(10,0)'), '3'],
      d: [cast(lit('99999999.995'), 'decimal(10,2)'), null],
      e: [cast(lit('99999999.994'), 'decimal(10,2)'), '99999999.99'],
      f: [cast(lit('1e3'), 'decimal(10,2)'), null],
      g: [cast(lit(5e-10), 'decimal(10,2)'), '0.00'],
      h: [cast(lit('1e300', 'double'), 'decimal(38,0)'), null],
      i: [cast(lit(100_000_000), 'decimal(10,2)'), null],
      j: [cast(lit('-0.001'), 'decimal(10,2)'), '0.00'],
      k: [call('round', dec('9.95'), lit(1)), '10.00'],
      l: [call('round', dec('-15.00'), lit(-1)), '-20.00'],
    },
  ),
  gives(
    'the least doubles are zero as decimals, and a null is null to whatever place it is rounded',
    { num1: 5e-324, num2: -1e-300 },
    {
      a: [cast(col('num1'), 'decimal(10,2)'), '0.00'],
      b: [cast(col('num2'), 'decimal(38,10)'), '0.0000000000'],
      c: [call('round', col('dec1'), lit(-1_000)), null],
      d: [call('round', col('dec1'), lit(1)), null],
    },
  ),
  gives(
    'nines that are rounded up to a digit too many are null as decimals',
    { num1: 9.61425, txt1: '99.96', txt2: '-0.96' },
    {
      a: [cast(col('num1'), 'decimal(1,0)'), null],
      b: [cast(col('num1'), 'decimal(2,0)'), '10'],
      c: [cast(col('txt1'), 'decimal(3,1)'), null],
      d: [cast(col('txt1'), 'decimal(4,1)'), '100.0'],
      e: [cast(col('txt2'), 'decimal(1,1)'), null],
      f: [cast(col('txt2'), 'decimal(18,1)'), '-1.0'],
      g: [cast(lit('999999999999999999.5'), 'decimal(18,0)'), null],
      h: [cast(lit('9999999999999999999.5'), 'decimal(19,0)'), null],
    },
  ),
]

const INDEXES: readonly Scenario[] = [
  gives(
    'split gives null where its index is a literal out of range',
    { txt1: 'a b' },
    {
      a: [call('split', col('txt1'), lit(' '), lit(-22)), null],
      b: [call('split', col('txt1'), lit(' '), lit(0)), null],
      c: [call('split', col('txt1'), lit(' '), lit(2)), 'b'],
      d: [call('split', col('txt1'), lit(' '), big(MAX)), null],
    },
  ),
]

export const FUNCTION_SCENARIOS: readonly Scenario[] = [
  ...ROUNDING,
  ...REALS,
  ...TEXT_MATCHING,
  ...TIMES,
  ...NESTED,
  ...CASTS,
  ...DECIMALS,
  ...INDEXES,
]
