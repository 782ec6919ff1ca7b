import { decimalType as decimalTypeOf } from '@millrace/columnar'
import { isDecimal, isEquatable, isNested, type LiteralExpr, type Value } from '@millrace/core'
import { jsonFromValue } from '../case/decode-row.ts'
import type { Random } from './random.ts'
import { randomDecimal, randomNested } from './random-nested.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
const DAY_MS = 86_400_000

/** Values on which engines are known to part ways, by type. */
export const SPECIAL_VALUES: Readonly<Record<string, readonly Exclude<Value, null>[]>> = {
  boolean: [true, false],
  int32: [0, 1, -1, 2, 10, 2_147_483_647, -2_147_483_648],
  int64: [0, 1, -1, 3, 2_147_483_648, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, INT64_MAX, INT64_MIN, INT64_MAX - 1n],
  double: [0, 1, -1, 0.1, 0.2, 0.5, -2.5, 1e15, 2 ** 53, 5e-324, 2.2250738585072014e-308, 1e-300, 1e300, -1e300, 1.7976931348623157e308],
  string: [
    '',
    ' ',
    'a',
    'A',
    'b',
    'ab',
    ' ab ',
    'aB',
    '\u{e9}',
    '\u{c9}',
    '\u{df}',
    '\u{131}',
    '\u{212a}',
    '\u{a0}a',
    '\ta\n',
    '\u{e000}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{10000}',
    '\u{1f600}',
    '\u{1f600}a',
    'a\u{1f600}',
    'e\u{301}',
    '%',
    '_',
    "'",
    '"',
    '\\',
    '0',
    'null',
  ],
  bytes: [[], [0], [255], [1, 2], [97]].map((bytes) => new Uint8Array(bytes)),
  timestamp: [
    0,
    -1,
    1,
    999,
    1000,
    -1000,
    ...[
      '0001-01-01T00:00:00.000Z',
      '1582-10-15T00:00:00.000Z',
      '1900-02-28T23:59:59.999Z',
      '1969-12-31T00:00:00.000Z',
      '1999-12-31T23:59:59.999Z',
      '2000-02-29T12:00:00.000Z',
      '2021-01-03T23:59:59.999Z',
      '2023-01-31T00:00:00.000Z',
      '2024-02-29T00:00:00.000Z',
      '2024-12-30T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ].map((text) => Date.parse(text)),
  ],
  date: [0, -1, 1, ...['0001-01-01', '1600-02-29', '2024-02-29', '9999-12-31'].map((text) => Date.parse(`${text}T00:00:00Z`) / DAY_MS)],
}

/** The types that generated columns take; those that stand twice are taken more often. */
export const COLUMN_TYPES: readonly string[] = [
  ...Object.keys(SPECIAL_VALUES),
  ...Object.keys(SPECIAL_VALUES),
  ...Object.keys(SPECIAL_VALUES),
  'decimal(10,2)',
  'decimal(38,10)',
  'json',
  'list<int64>',
  'struct<a:int32,b:string>',
]

/** Of them, those whose values can be keys. */
export const KEY_TYPES: readonly string[] = COLUMN_TYPES.filter((type) => isEquatable(type) && type !== 'double')

/** How the names of generated columns begin, by type. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  boolean: 'boo',
  int32: 'int',
  int64: 'big',
  double: 'num',
  string: 'txt',
  bytes: 'byt',
  timestamp: 'ts',
  date: 'day',
  'decimal(10,2)': 'dec',
  'decimal(38,10)': 'wide',
  json: 'json',
  'list<int64>': 'list',
  'struct<a:int32,b:string>': 'struct',
}

/** A value of the type: often one of the special ones, often a small one, so that values meet again. */
export function randomValue(random: Random, type: string): Exclude<Value, null> {
  if (type === 'json' || isNested(type)) return randomNested(random, type, (scalar) => randomValue(random, scalar))
  if (isDecimal(type)) return randomDecimal(random, decimalTypeOf(type))
  if (random.chance(0.5)) return random.pick(SPECIAL_VALUES[type])
  switch (type) {
    case 'int32':
    case 'int64':
      return random.chance(0.7) ? random.int(-5, 5) : random.int(-2_000_000_000, 2_000_000_000)
    case 'double':
      return random.chance(0.6) ? random.int(-20, 20) / 4 : (random.fraction() - 0.5) * 10 ** random.int(-6, 9)
    case 'string':
      return random.list(0, 3, () => random.pick(['a', 'b', 'B', ' ', 'é', '\u{e000}', '\u{1f600}'])).join('')
    case 'timestamp':
      return random.int(-40_000, 40_000) * DAY_MS + random.int(0, DAY_MS)
    case 'date':
      return random.int(-40_000, 40_000)
    default:
      return random.pick(SPECIAL_VALUES[type])
  }
}

/** A literal of the type; now and then null. */
export function randomLiteral(random: Random, type: string): LiteralExpr {
  return random.chance(0.08) ? { lit: null, type } : literalOf(randomValue(random, type), type)
}

/** The literal of a plan that stands for a value. */
export function literalOf(value: Exclude<Value, null>, type: string): LiteralExpr {
  return { lit: typeof value === 'string' ? value : String(jsonFromValue(value, type)), type }
}
