import type { FunctionSpec } from './function/function-spec.ts'
import { LOGIC_FUNCTIONS } from './function/logic-function.ts'
import { NESTED_FUNCTIONS } from './function/nested-function.ts'
import { NUMBER_FUNCTIONS } from './function/number-function.ts'
import { TEXT_FUNCTIONS } from './function/text-function.ts'
import { TIME_FUNCTIONS } from './function/time-function.ts'

export type { ExprType, FunctionExample, FunctionSpec } from './function/function-spec.ts'
export { TIME_UNITS } from './function/time-function.ts'

const SPECS: readonly FunctionSpec[] = [...LOGIC_FUNCTIONS, ...NUMBER_FUNCTIONS, ...TEXT_FUNCTIONS, ...TIME_FUNCTIONS, ...NESTED_FUNCTIONS]

/** All functions of the plan language by name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionSpec> = new Map(SPECS.map((spec) => [spec.name, spec]))
