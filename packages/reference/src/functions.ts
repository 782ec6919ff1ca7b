import { absolute, add, divide, modulo, multiply, negate, quotient, subtract } from './arithmetic-function.ts'
import { commonType, wholeAndScale } from './common-type.ts'
import type { Datum } from './datum.ts'
import { decimalType, isDecimalType } from './decimal.ts'
import { and, between, comparison, isIn, or } from './logic-function.ts'
import { jsonPath, listGet } from './nested-function.ts'
import { ceil, floor, round } from './round-function.ts'
import { codePoints, like, lowerAscii, md5, regexExtract, regexMatch, sha256, substring, trimSpaces, upperAscii } from './text-function.ts'
import { timeAdd, timeDiff, timeExtract, timeTruncate } from './time-function.ts'

/** How a function of the plan language computes: its result's type, and its result, from the arguments and that type. */
export interface FunctionRule {
  readonly type: (types: readonly string[]) => string
  readonly apply: (args: readonly Datum[], type: string) => Datum
}

/** A function that is null as soon as one argument is null. The result's type comes behind the arguments. */
function strict(type: FunctionRule['type'], apply: (...args: never[]) => Datum): FunctionRule {
  const compute = apply as (...given: readonly unknown[]) => Datum
  return { type, apply: (args, result) => (args.includes(null) ? null : compute(...args, result)) }
}

/** The same for any number of arguments: all of them as a list. */
function strictList(type: FunctionRule['type'], apply: (args: readonly Datum[]) => Datum): FunctionRule {
  return { type, apply: (args) => (args.includes(null) ? null : apply(args)) }
}

const boolean = () => 'boolean'
const int64 = () => 'int64'
const double = () => 'double'
const string = () => 'string'
const timestamp = () => 'timestamp'
const same = ([type]: readonly string[]) => type

/** Double beside a double, else a decimal beside a decimal, else int64. */
function numberType(decimal: (types: readonly string[]) => string): FunctionRule['type'] {
  return (types) => (types.includes('double') ? 'double' : types.some(isDecimalType) ? decimal(types) : 'int64')
}

const decimalText = (precision: number, scale: number) => `decimal(${Math.min(precision, 38)},${scale})`

const sumType = numberType(([a, b]) => {
  const { whole, scale } = wholeAndScale(a, b)
  return decimalText(whole + scale + 1, scale)
})

const productType = numberType(([a, b]) => {
  const [left, right] = [decimalType(a), decimalType(b)]
  return decimalText(left.precision + right.precision, left.scale + right.scale)
})

const roundedType = numberType(([x]) => decimalText(decimalType(x).precision + 1, decimalType(x).scale))

/** Every function of the plan language by name. */
export const FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  eq: strict(
    boolean,
    comparison((order) => order === 0),
  ),
  neq: strict(
    boolean,
    comparison((order) => order !== 0),
  ),
  lt: strict(
    boolean,
    comparison((order) => order < 0),
  ),
  lte: strict(
    boolean,
    comparison((order) => order <= 0),
  ),
  gt: strict(
    boolean,
    comparison((order) => order > 0),
  ),
  gte: strict(
    boolean,
    comparison((order) => order >= 0),
  ),
  and: { type: boolean, apply: and },
  or: { type: boolean, apply: or },
  not: strict(boolean, (a: boolean) => !a),
  is_null: { type: boolean, apply: ([a]) => a === null },
  is_not_null: { type: boolean, apply: ([a]) => a !== null },
  in: { type: boolean, apply: isIn },
  between: { type: boolean, apply: between },
  coalesce: { type: (types) => types.reduce(commonType), apply: (args) => args.find((arg) => arg !== null) ?? null },
  add: strict(sumType, add),
  sub: strict(sumType, subtract),
  mul: strict(productType, multiply),
  div: strict(double, divide),
  quot: strict(int64, quotient),
  mod: strict(int64, modulo),
  neg: strict(numberType(same), negate),
  abs: strict(numberType(same), absolute),
  round: strict(roundedType, round),
  floor: strict(same, floor),
  ceil: strict(same, ceil),
  ln: strict(double, (x: Datum) => Math.log(Number(String(x)))),
  exp: strict(double, (x: Datum) => Math.exp(Number(String(x)))),
  sqrt: strict(double, (x: Datum) => Math.sqrt(Number(String(x)))),
  pow: strict(double, (x: Datum, y: Datum) => Number(String(x)) ** Number(String(y))),
  lower: strict(string, lowerAscii),
  upper: strict(string, upperAscii),
  trim: strict(string, trimSpaces),
  length: strict(int64, codePoints),
  starts_with: strict(boolean, (text: string, start: string) => text.startsWith(start)),
  ends_with: strict(boolean, (text: string, end: string) => text.endsWith(end)),
  contains: strict(boolean, (text: string, part: string) => text.includes(part)),
  substring: strict(string, substring),
  split: strict(
    string,
    (text: string, separator: string, index: bigint) => text.split(separator).find((_, at) => BigInt(at + 1) === index) ?? null,
  ),
  concat: strictList(string, (texts) => texts.join('')),
  like: strict(boolean, like),
  regex_match: strict(boolean, regexMatch),
  regex_extract: strict(string, regexExtract),
  md5: strict(string, md5),
  sha256: strict(string, sha256),
  time_truncate: strict(timestamp, timeTruncate),
  time_extract: strict(int64, (time: number, unit: string) => BigInt(timeExtract(time, unit))),
  time_diff: strict(int64, (unit: string, from: number, to: number) => BigInt(timeDiff(unit, from, to))),
  time_add: strict(timestamp, timeAdd),
  json_path: strict(string, jsonPath),
  list_get: strict(([list]) => list.slice('list<'.length, -1), listGet),
}
