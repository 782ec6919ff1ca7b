export * from './compile/index.ts'
export * from './contract/index.ts'
export * from './error/index.ts'
export * from './expr/index.ts'
export * from './graph/index.ts'
export * from './plan/index.ts'
export * from './port/index.ts'
export { judgesLateness, type LoweredPlan, lowerPlan, type Stamps, type Step, tieColumns } from './sql/lower-plan.ts'
export { atom, compound, operand, type Printed } from './sql/printed.ts'
export { RESERVED_WORDS } from './sql/reserved-words.ts'
export {
  canonicalType,
  commonType,
  type DataType,
  isEquatable,
  isInteger,
  isNested,
  isNumeric,
  isOrderable,
  parseType,
  type StructField,
  typeText,
} from './type/data-type.ts'
export * from './type/decimal-type.ts'
export { nestedFromJson, type ReadScalar } from './type/nested.ts'
export { type Size, sizeBytes } from './type/size.ts'
export { calendarOffsets, type ZoneOffset, zoneOffsets } from './type/time-zone.ts'
