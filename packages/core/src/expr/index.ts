export {
  type AggregateValue,
  approxCountDistinct,
  avg,
  collect,
  count,
  countDistinct,
  countOf,
  first,
  last,
  max,
  min,
  type Order,
  quantile,
  stddev,
  sum,
  variance,
} from './aggregate.ts'
export { AGGREGATES, type AggregateSpec } from './aggregate-table.ts'
export * from './build.ts'
export * from './build-nested.ts'
export * from './build-number.ts'
export * from './build-text.ts'
export { CASTS, castCanFail, isCast, isDecimalQuotient } from './cast-table.ts'
export { typeOf } from './check-expr.ts'
export { closest } from './closest.ts'
export type * from './expr.ts'
export { type ExprType, FUNCTIONS, type FunctionExample, type FunctionSpec, TIME_UNITS } from './function-table.ts'
export { type JsonStep, parseJsonPath } from './json-path.ts'
export { type LiteralValue, literalValue, parseDate, parseTimestamp } from './literal.ts'
export { JS_DIALECT, parseRegex, RE2_DIALECT, type Regex, type RegexDialect, type RegexNode, regexText } from './regex.ts'
export { type DecimalName, isTyped, type ListName, operand, type StructName, type Typed, type TypeName, typed } from './typed.ts'
