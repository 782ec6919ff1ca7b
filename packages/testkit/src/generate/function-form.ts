import { CASTS, type Expr, type Value } from '@millrace/core'
import type { Random } from './random.ts'
import { randomValue } from './random-value.ts'

/** An argument that a column gives, or one of some literals. */
export type FormArgument =
  | { readonly type: string; readonly values?: (random: Random) => Exclude<Value, null> }
  | { readonly type: string; readonly literals: readonly string[] }

/** Arguments of one call, and how far engines may be off, relative to the result. */
export interface CallForm {
  readonly args: readonly FormArgument[]
  /** The call; a function of the table unless it says otherwise. */
  readonly expr?: (args: readonly Expr[]) => Expr
  readonly tolerance?: number
}

const DECIMALS: readonly string[] = ['decimal(10,2)', 'decimal(38,10)', 'decimal(38,0)', 'decimal(5,5)', 'decimal(1,0)', 'decimal(38,38)']
const NUMBERS: readonly string[] = ['int32', 'int64', 'double', ...DECIMALS.slice(0, 4)]
const SCALARS: readonly string[] = ['boolean', 'string', 'bytes', 'timestamp', 'date', ...NUMBERS]
const ORDERED: readonly string[] = SCALARS.filter((type) => type !== 'boolean')
const NESTED: readonly string[] = ['json', 'list<int64>', 'struct<a:int32,b:string>']
const UNITS: readonly string[] = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year']

const of = (...types: readonly string[]): CallForm => ({ args: types.map((type) => ({ type })) })
const each = (types: readonly string[], form: (type: string) => CallForm): readonly CallForm[] => types.map(form)
const pairs = (types: readonly string[]): readonly CallForm[] => types.flatMap((a) => types.map((b) => of(a, b)))
const unit: FormArgument = { type: 'string', literals: UNITS }
const text = (pool: readonly string[]): FormArgument => ({ type: 'string', values: (random) => random.pick(pool) })

/** Pairs of numbers that have a common type. */
const NUMBER_PAIRS = pairs(NUMBERS).filter(({ args }) => !args.some(({ type }) => type === 'decimal(38,10)') || fits(args))
function fits(args: readonly FormArgument[]): boolean {
  return (
    args.every(({ type }) => ['int32', 'int64', 'double', 'decimal(10,2)', 'decimal(38,10)'].includes(type)) &&
    args[0].type === args[1].type
  )
}

const COMPARED: readonly CallForm[] = [
  ...each(ORDERED, (type) => of(type, type)),
  of('int32', 'int64'),
  of('int64', 'double'),
  of('int32', 'decimal(10,2)'),
  of('decimal(10,2)', 'int64'),
  of('decimal(10,2)', 'decimal(5,5)'),
  of('decimal(38,10)', 'double'),
]

const SMALL: FormArgument = { type: 'int64', values: (random) => random.int(-25, 45) }

const LIKE_TEXTS: readonly string[] = ['', 'a', 'ab', 'abc', 'aXbXc', 'a%b', 'a_b', '\u{1f600}', 'a\u{1f600}b', 'aaa', 'a\nb', '\\', 'a\\%']
const LIKE_PATTERNS: readonly string[] = [
  '',
  '%',
  '_',
  '%%',
  'a%',
  '%b',
  'a_b',
  '%a%b%',
  '_%',
  '%_',
  'a\\%',
  '%X%X%',
  '\u{1f600}',
  '__',
  'a%%c',
]

/** Patterns of the subset, and texts that they meet. */
export const REGEX_PATTERNS: readonly string[] = [
  'a',
  '^a',
  'b$',
  '^$',
  '',
  'a|b',
  'a*b',
  '(a)(b)?',
  '(a+)(a*)',
  '(a+?)(a*)',
  '(?:ab|a)(c|bcd)(d*)',
  '[a-c]+',
  '[^a-c]',
  '\\d+',
  '\\w+',
  '\\s',
  '\\S+\\s\\S+',
  '.',
  '^.{2}$',
  '.{2,3}',
  '\\.',
  '[\\]\\-x]+',
  '([a-z]+)://([^/]+)(/.*)?$',
  '\u{1f600}',
  '[\u{1f600}-\u{1f64f}]',
  '[^\u{1f600}]',
  'é+',
  '(a|aa)+$',
  'x{0,2}y',
  '(ab){2}',
  '\\x41',
]
const REGEX_TEXTS: readonly string[] = [
  '',
  'a',
  'b',
  'ab',
  'aab',
  'abc',
  'abcd',
  'aaa',
  'xxy',
  'abab',
  'A1 b2',
  'a b',
  'a\nb',
  '12 34',
  'a.b',
  ']-x',
  'http://host/path?q=1',
  'https://é.example',
  '\u{1f600}',
  'a\u{1f600}b',
  '\u{e000}',
  'ééé',
  '\u00a0',
  '\r\n',
]

/** Texts near the grammars of numbers, times and truth values. */
// biome-ignore format: a table of texts
const CAST_TEXTS: readonly string[] = [
  '0', '-0', '1', '-1', '+1', '01', ' 1', '1 ', '1e3', '0x10', '1_000', '12.6', '.5', '5.', '-0.5', '0.005', '-0.005', '99999999.994', '99999999.995',
  '2147483647', '2147483648', '-2147483648', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '99999999999999999999999999999999999999',
  '100000000000000000000000000000000000000', '1e308', '1e309', '-1e-400', '1E+2', '1.5e-7', 'NaN', 'inf', 'Infinity', 'true', 'false', 'TRUE', 't', 'yes', '',
  '2024-02-29', '2023-02-29', '2024-2-9', '0000-01-01', '0001-01-01', '9999-12-31', '10000-01-01', '2024-02-29T12:34:56Z', '2024-02-29T12:34:56.1Z',
  '2024-02-29T12:34:56.123456789Z', '2024-02-29T12:34:56.9999999+02:00', '2024-02-29T24:00:00Z', '2024-02-29T23:59:60Z', '2024-02-29 12:34:56Z',
  '2024-02-29T12:34:56', '2024-02-29T12:34:56z', '2024-02-29T12:34:56-23:59', '2024-02-29T12:34:56+24:00', '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59.999-00:01', '0001-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '1,5', '٣', '1\n',
]

const real = (...types: readonly string[]): CallForm => ({ ...of(...types), tolerance: 1e-12 })
const REAL: readonly CallForm[] = [
  ...each(NUMBERS, (type) => real(type)),
  { ...real('double'), args: [{ type: 'double', values: smallDouble }] },
]

function smallDouble(random: Random): number {
  return (random.fraction() - 0.3) * 10 ** random.int(-3, 3)
}

/** Forms of each function of the table. */
export const FUNCTION_FORMS: Readonly<Record<string, readonly CallForm[]>> = {
  eq: [...COMPARED, of('boolean', 'boolean')],
  neq: [...COMPARED, of('boolean', 'boolean')],
  lt: COMPARED,
  lte: COMPARED,
  gt: COMPARED,
  gte: COMPARED,
  and: [of('boolean'), of('boolean', 'boolean'), of('boolean', 'boolean', 'boolean')],
  or: [of('boolean'), of('boolean', 'boolean'), of('boolean', 'boolean', 'boolean')],
  not: [of('boolean')],
  is_null: each([...SCALARS, ...NESTED], (type) => of(type)),
  is_not_null: each([...SCALARS, ...NESTED], (type) => of(type)),
  in: [...each(SCALARS, (type) => of(type, type, type)), of('int32', 'double', 'int64'), of('decimal(10,2)', 'int32', 'double')],
  between: [...each(ORDERED, (type) => of(type, type, type)), of('int64', 'double', 'int32'), of('decimal(10,2)', 'double', 'int64')],
  coalesce: [...each([...SCALARS, ...NESTED], (type) => of(type, type)), of('int32', 'int64', 'double'), of('int32', 'decimal(10,2)')],
  add: NUMBER_PAIRS,
  sub: NUMBER_PAIRS,
  mul: NUMBER_PAIRS,
  div: pairs(['int32', 'int64', 'double']),
  quot: pairs(['int32', 'int64']),
  mod: pairs(['int32', 'int64']),
  neg: each([...NUMBERS, ...DECIMALS], (type) => of(type)),
  abs: each([...NUMBERS, ...DECIMALS], (type) => of(type)),
  round: [
    ...each([...NUMBERS, ...DECIMALS], (type) => ({ args: [{ type }, SMALL] })),
    { args: [{ type: 'double', values: nearHalf }, SMALL] },
    of('int64', 'int64'),
    of('double', 'int64'),
    of('decimal(38,10)', 'int64'),
  ],
  floor: each([...NUMBERS, ...DECIMALS], (type) => of(type)),
  ceil: each([...NUMBERS, ...DECIMALS], (type) => of(type)),
  ln: REAL,
  exp: REAL,
  sqrt: REAL,
  pow: [
    ...each(NUMBERS, (type) => real(type, 'double')),
    {
      args: [
        { type: 'double', values: smallDouble },
        { type: 'double', values: smallDouble },
      ],
      tolerance: 1e-12,
    },
  ],
  lower: [of('string')],
  upper: [of('string')],
  trim: [of('string')],
  length: [of('string')],
  starts_with: [of('string', 'string')],
  ends_with: [of('string', 'string')],
  contains: [of('string', 'string')],
  substring: [{ args: [{ type: 'string' }, SMALL, SMALL] }, of('string', 'int32', 'int64'), of('string', 'int64', 'int64')],
  split: [{ args: [{ type: 'string' }, { type: 'string', literals: ['a', 'b', ' ', '\u{1f600}', 'ab'] }, SMALL] }],
  concat: [of('string'), of('string', 'string', 'string')],
  like: [{ args: [text(LIKE_TEXTS), text(LIKE_PATTERNS)] }, { args: [text(LIKE_TEXTS), { type: 'string', literals: LIKE_PATTERNS }] }],
  regex_match: [{ args: [text(REGEX_TEXTS), { type: 'string', literals: REGEX_PATTERNS }] }],
  regex_extract: [
    { args: [text(REGEX_TEXTS), { type: 'string', literals: REGEX_PATTERNS }, { type: 'int32', literals: ['0'] }] },
    {
      args: [
        text(REGEX_TEXTS),
        {
          type: 'string',
          literals: ['(a)(b)?', '(a+)(a*)', '(a+?)(a*)', '(?:ab|a)(c|bcd)(d*)', '([a-z]+)://([^/]+)(/.*)?$', '(x)|(a)|(b)'],
        },
        { type: 'int32', literals: ['1', '2'] },
      ],
    },
  ],
  md5: [of('string')],
  sha256: [of('string')],
  time_truncate: [{ args: [{ type: 'timestamp' }, unit] }],
  time_extract: [{ args: [{ type: 'timestamp' }, unit] }],
  time_diff: [{ args: [unit, { type: 'timestamp' }, { type: 'timestamp' }] }],
  time_add: [{ args: [{ type: 'timestamp' }, SMALL, unit] }, { args: [{ type: 'timestamp' }, { type: 'int64' }, unit] }],
  json_path: [
    {
      args: [{ type: 'json' }, { type: 'string', literals: ['$', '$.a', '$.a.b', '$.items[0]', '$[1]', '$[0].a', '$.é', '$.0', '$.$'] }],
    },
  ],
  list_get: [
    ...each(
      [
        'boolean',
        'int32',
        'int64',
        'double',
        'string',
        'bytes',
        'timestamp',
        'date',
        'json',
        'decimal(38,10)',
        'decimal(5,5)',
        'list<double>',
      ],
      (type) => ({ args: [{ type: `list<${type}>` }, { type: 'int32', values: (random) => random.int(-1, 4) }] }),
    ),
    of('list<struct<a:int64,b:list<string>>>', 'int64'),
  ],
}

function nearHalf(random: Random): number {
  return (random.int(-2_000_000, 2_000_000) + random.pick([0, 0.5, 0.25])) / 10 ** random.int(0, 6)
}

/** Every cast, quotients of decimals, fields of structs, and `case`: what is no function of the table. */
export const OTHER_FORMS: Readonly<Record<string, readonly CallForm[]>> = {
  cast: Object.entries(CASTS).flatMap(([from, targets]) =>
    concrete(from).flatMap((type) => targets.flatMap((target) => concrete(target).map((to) => castForm(type, to)))),
  ),
  'quotient of decimals': [
    quotientForm('decimal(10,2)', 'decimal(10,2)', 'decimal(20,5)'),
    quotientForm('decimal(10,2)', 'int32', 'decimal(12,0)'),
    quotientForm('int64', 'decimal(5,5)', 'decimal(30,2)'),
    quotientForm('decimal(38,10)', 'decimal(10,2)', 'decimal(38,8)'),
  ],
  field: ['boolean', 'int32', 'int64', 'double', 'string', 'bytes', 'timestamp', 'date', 'json', 'decimal(10,2)', 'list<int32>'].map(
    (type) => ({
      args: [{ type: `struct<first:string,b/~"c:${type}>` }],
      expr: ([struct]) => ({ field: 'b/~"c', of: struct }),
    }),
  ),
  case: [...SCALARS, ...NESTED].map((type) => ({
    args: [{ type: 'boolean' }, { type }, { type }],
    expr: ([when, then, otherwise]) => ({ case: [[when, then]], else: otherwise }),
  })),
}

function concrete(type: string): readonly string[] {
  return type === 'decimal' ? DECIMALS : [type]
}

function castForm(from: string, to: string): CallForm {
  const values = from === 'string' ? (random: Random) => random.pick(CAST_TEXTS) : (random: Random) => castValue(random, from)
  return { args: [{ type: from, values }], expr: ([value]) => ({ cast: value, to }) }
}

function castValue(random: Random, type: string): Exclude<Value, null> {
  return type === 'double' && random.chance(0.5) ? nearHalf(random) : randomValue(random, type)
}

function quotientForm(a: string, b: string, to: string): CallForm {
  return { args: [{ type: a }, { type: b }], expr: (args) => ({ cast: { fn: 'div', args }, to }) }
}
