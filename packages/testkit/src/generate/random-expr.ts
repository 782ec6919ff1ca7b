import { type Expr, isDecimal, isEquatable, isOrderable } from '@millrace/core'
import { REGEX_PATTERNS } from './function-form.ts'
import type { Random } from './random.ts'
import { COLUMN_TYPES, randomLiteral } from './random-value.ts'

/** A column that expressions may read. */
export interface Readable {
  readonly name: string
  readonly type: string
}

/** What an expression is drawn from. */
export interface ExprScope {
  readonly random: Random
  readonly columns: readonly Readable[]
}

const NUMERIC: readonly string[] = ['int32', 'int64', 'double']
const UNITS: readonly string[] = ['second', 'minute', 'hour', 'day', 'week', 'month', 'year']
const COMPARED: readonly string[] = COLUMN_TYPES.filter(isEquatable)
const COMPARISONS: readonly string[] = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte']

/** A well typed expression of the type, at most `depth` calls deep. */
export function randomExpr(scope: ExprScope, type: string, depth: number): Expr {
  const { random } = scope
  if (depth <= 0 || random.chance(0.15)) return leaf(scope, type)
  const shapes = [...(MAKERS[type] ?? (isDecimal(type) ? DECIMAL_MAKERS : [])), conditional, coalesced]
  return random.pick(shapes)(scope, type, depth - 1)
}

/** A condition that some rows meet and others do not: mostly a column against a literal or another column. */
export function randomCondition(scope: ExprScope, depth: number): Expr {
  const { random, columns } = scope
  if (columns.length === 0 || random.chance(0.4)) return randomExpr(scope, 'boolean', depth)
  const column = random.pick(columns)
  if (!isEquatable(column.type) || random.chance(0.2)) return call(random.pick(['is_null', 'is_not_null']), { col: column.name })
  return call(comparisonFor(random, column.type), { col: column.name }, leaf(scope, column.type))
}

type Maker = (scope: ExprScope, type: string, depth: number) => Expr

function call(fn: string, ...args: Expr[]): Expr {
  return { fn, args }
}

function leaf(scope: ExprScope, type: string): Expr {
  const columns = scope.columns.filter((column) => column.type === type)
  return columns.length > 0 && scope.random.chance(0.7) ? { col: scope.random.pick(columns).name } : randomLiteral(scope.random, type)
}

function comparisonFor(random: Random, type: string): string {
  return random.pick(isOrderable(type) ? COMPARISONS : COMPARISONS.slice(0, 2))
}

/** A type that may stand beside `type` so that the common type is `type`. */
function narrower(random: Random, type: string): string {
  return NUMERIC.includes(type) ? random.pick(NUMERIC.slice(0, NUMERIC.indexOf(type) + 1)) : type
}

/** A type whose values compare with those of `type`. */
function beside(random: Random, type: string): string {
  return NUMERIC.includes(type) ? random.pick(NUMERIC) : type
}

function conditional(scope: ExprScope, type: string, depth: number): Expr {
  const { random } = scope
  const first = [randomExpr(scope, 'boolean', depth), randomExpr(scope, type, depth)] as const
  const more = random.list(0, 1, () => [randomExpr(scope, 'boolean', depth), randomExpr(scope, narrower(random, type), depth)] as const)
  return { case: [first, ...more], else: random.chance(0.7) ? randomExpr(scope, narrower(random, type), depth) : undefined }
}

function coalesced(scope: ExprScope, type: string, depth: number): Expr {
  const { random } = scope
  const more = random.list(0, 2, () => randomExpr(scope, narrower(random, type), depth))
  return call('coalesce', ...more, randomExpr(scope, type, depth))
}

function comparison(scope: ExprScope, _: string, depth: number): Expr {
  const { random } = scope
  const type = random.pick(COMPARED)
  return call(comparisonFor(random, type), randomExpr(scope, type, depth), randomExpr(scope, beside(random, type), depth))
}

function membership(scope: ExprScope, _: string, depth: number): Expr {
  const { random } = scope
  const type = random.pick(COMPARED)
  return call('in', randomExpr(scope, type, depth), ...random.list(1, 4, () => leaf(scope, beside(random, type))))
}

function range(scope: ExprScope, _: string, depth: number): Expr {
  const { random } = scope
  const type = random.pick(COLUMN_TYPES.filter(isOrderable))
  return call('between', randomExpr(scope, type, depth), leaf(scope, beside(random, type)), leaf(scope, beside(random, type)))
}

const of =
  (fn: string, ...types: string[]): Maker =>
  (scope, _, depth) =>
    call(fn, ...types.map((type) => randomExpr(scope, type, depth)))

const many =
  (fn: string, type: string): Maker =>
  (scope, _, depth) =>
    call(fn, ...scope.random.list(1, 3, () => randomExpr(scope, type, depth)))

const integers =
  (fn: string): Maker =>
  (scope, _, depth) => {
    const types = [scope.random.pick(['int32', 'int64']), scope.random.pick(['int32', 'int64'])]
    return call(fn, ...types.map((type) => randomExpr(scope, type, depth)))
  }

/** Doubles beside doubles and integers, on either side. */
const doubles =
  (fn: string): Maker =>
  (scope, _, depth) => {
    const types = ['double', scope.random.pick(NUMERIC)]
    return call(fn, ...(scope.random.chance(0.5) ? types : types.toReversed()).map((type) => randomExpr(scope, type, depth)))
  }

const numbers =
  (fn: string): Maker =>
  (scope, _, depth) =>
    call(fn, ...[0, 1].map(() => randomExpr(scope, scope.random.pick(NUMERIC), depth)))

const pattern = (random: Random): Expr => ({ lit: random.pick(REGEX_PATTERNS), type: 'string' })
const place = (random: Random): Expr => ({ lit: String(random.int(-3, 4)), type: 'int32' })
const castFrom =
  (...types: string[]): Maker =>
  (scope, to, depth) => ({ cast: randomExpr(scope, scope.random.pick(types), depth), to })

/** A function whose result engines round differently; nothing may be computed from it. */
export function randomReal(scope: ExprScope, depth: number): Expr {
  const { random } = scope
  const x = () => randomExpr(scope, random.pick(NUMERIC), depth - 1)
  return random.chance(0.3) ? call('pow', x(), x()) : call(random.pick(['ln', 'exp']), x())
}

/** What gives a decimal, computed in types of its own and brought to the one that is asked. */
const DECIMAL_MAKERS: readonly Maker[] = [
  castFrom('int32', 'int64', 'double', 'string', 'decimal(10,2)', 'decimal(38,10)'),
  (scope, type, depth) => call(scope.random.pick(['neg', 'abs', 'floor', 'ceil']), randomExpr(scope, type, depth)),
  (scope, to, depth) => ({ cast: call('round', randomExpr(scope, to, depth), place(scope.random)), to }),
  (scope, to, depth) => {
    const args = ['decimal(10,2)', scope.random.pick(['decimal(10,2)', 'int32'])].map((type) => randomExpr(scope, type, depth))
    return { cast: call(scope.random.pick(['add', 'sub', 'mul', 'div']), ...args), to }
  },
]

const separator = (random: Random): Expr => ({ lit: random.pick(['a', 'b', ' ', '\u{1f600}', 'ab']), type: 'string' })
const unit = (random: Random): Expr => ({ lit: random.pick(UNITS), type: 'string' })

const MAKERS: Readonly<Record<string, readonly Maker[]>> = {
  boolean: [
    comparison,
    comparison,
    comparison,
    membership,
    range,
    many('and', 'boolean'),
    many('or', 'boolean'),
    of('not', 'boolean'),
    of('starts_with', 'string', 'string'),
    of('ends_with', 'string', 'string'),
    of('contains', 'string', 'string'),
    of('like', 'string', 'string'),
    (scope, _, depth) => call('regex_match', randomExpr(scope, 'string', depth), pattern(scope.random)),
    castFrom('string'),
    (scope, _, depth) => call(scope.random.pick(['is_null', 'is_not_null']), randomExpr(scope, scope.random.pick(COLUMN_TYPES), depth)),
  ],
  int32: [
    castFrom('string', 'int64', 'double', 'decimal(10,2)'),
    (scope, _, depth) => ({ field: 'a', of: randomExpr(scope, 'struct<a:int32,b:string>', depth) }),
  ],
  int64: [
    integers('add'),
    integers('sub'),
    integers('mul'),
    integers('quot'),
    integers('mod'),
    of('neg', 'int64'),
    of('abs', 'int64'),
    of('neg', 'int32'),
    of('length', 'string'),
    (scope, _, depth) => call('round', randomExpr(scope, 'int64', depth), place(scope.random)),
    (scope, _, depth) => call('list_get', randomExpr(scope, 'list<int64>', depth), place(scope.random)),
    castFrom('string', 'double', 'decimal(38,10)'),
    (scope, _, depth) => call('time_extract', randomExpr(scope, 'timestamp', depth), unit(scope.random)),
    (scope, _, depth) =>
      call('time_diff', unit(scope.random), randomExpr(scope, 'timestamp', depth), randomExpr(scope, 'timestamp', depth)),
    (scope, _, depth) => ({ cast: randomExpr(scope, scope.random.pick(['int32', 'timestamp']), depth), to: 'int64' }),
  ],
  double: [
    doubles('add'),
    doubles('sub'),
    doubles('mul'),
    numbers('div'),
    numbers('div'),
    (scope, _, depth) => call('round', randomExpr(scope, 'double', depth), place(scope.random)),
    (scope, _, depth) => call(scope.random.pick(['floor', 'ceil', 'sqrt']), randomExpr(scope, 'double', depth)),
    castFrom('string', 'decimal(10,2)', 'decimal(38,10)'),
    of('neg', 'double'),
    of('abs', 'double'),
    (scope, _, depth) => ({ cast: randomExpr(scope, scope.random.pick(['int32', 'int64']), depth), to: 'double' }),
  ],
  string: [
    of('lower', 'string'),
    of('upper', 'string'),
    of('trim', 'string'),
    many('concat', 'string'),
    of('md5', 'string'),
    of('sha256', 'string'),
    (scope, _, depth) => call('regex_extract', randomExpr(scope, 'string', depth), pattern(scope.random), { lit: '0', type: 'int32' }),
    (scope, _, depth) =>
      call('json_path', randomExpr(scope, 'json', depth), { lit: scope.random.pick(['$', '$.a', '$[0]', '$.items[1].b']), type: 'string' }),
    castFrom('boolean', 'int32', 'int64', 'decimal(10,2)', 'timestamp', 'date', 'json'),
    (scope, _, depth) => ({ field: 'b', of: randomExpr(scope, 'struct<a:int32,b:string>', depth) }),
    (scope, _, depth) => call('split', randomExpr(scope, 'string', depth), separator(scope.random), substringPart(scope, depth)),
    substring,
    substring,
    substring,
  ],
  date: [castFrom('timestamp', 'string')],
  timestamp: [
    (scope, _, depth) => call('time_truncate', randomExpr(scope, 'timestamp', depth), unit(scope.random)),
    castFrom('int64', 'date', 'string'),
    (scope, _, depth) => call('time_add', randomExpr(scope, 'timestamp', depth), place(scope.random), unit(scope.random)),
  ],
}

function substring(scope: ExprScope, _: string, depth: number): Expr {
  return call('substring', randomExpr(scope, 'string', depth), substringPart(scope, depth), substringPart(scope, depth))
}

/** A place or length near the text's ends, or any integer. */
function substringPart(scope: ExprScope, depth: number): Expr {
  const { random } = scope
  return random.chance(0.8) ? { lit: String(random.int(-1, 3)), type: 'int32' } : randomExpr(scope, random.pick(['int32', 'int64']), depth)
}
