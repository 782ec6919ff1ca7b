import { absolute, add, divide, modulo, multiply, negate, quotient, subtract } from './arithmetic-function.ts'
import { commonType } from './common-type.ts'
import type { Datum } from './datum.ts'
import { and, between, comparison, isIn, or } from './logic-function.ts'
import { codePoints, lowerAscii, substring, trimSpaces, upperAscii } from './text-function.ts'
import { timeDiff, timeExtract, timeTruncate } from './time-function.ts'

/** How a function of the plan language computes: its result's type, and its result. */
export interface FunctionRule {
  readonly type: (types: readonly string[]) => string
  readonly apply: (args: readonly Datum[]) => Datum
}

/** A function that is null as soon as one argument is null. */
function strict(type: FunctionRule['type'], apply: (...args: never[]) => Datum): FunctionRule {
  return { type, apply: (args) => (args.includes(null) ? null : (apply as (...given: readonly Datum[]) => Datum)(...args)) }
}

const boolean = () => 'boolean'
const int64 = () => 'int64'
const double = () => 'double'
const string = () => 'string'
const timestamp = () => 'timestamp'
const integerOrDouble = (types: readonly string[]) => (types.includes('double') ? 'double' : 'int64')

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
  add: strict(integerOrDouble, add),
  sub: strict(integerOrDouble, subtract),
  mul: strict(integerOrDouble, multiply),
  div: strict(double, divide),
  quot: strict(int64, quotient),
  mod: strict(int64, modulo),
  neg: strict(integerOrDouble, negate),
  abs: strict(integerOrDouble, absolute),
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
  concat: strict(string, (...texts: string[]) => texts.join('')),
  time_truncate: strict(timestamp, timeTruncate),
  time_extract: strict(int64, (time: number, unit: string) => BigInt(timeExtract(time, unit))),
  time_diff: strict(int64, (unit: string, from: number, to: number) => BigInt(timeDiff(unit, from, to))),
}
