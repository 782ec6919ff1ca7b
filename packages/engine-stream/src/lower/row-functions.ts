import { functionOf, type MapFunctions, rowFunction } from '@millrace/core'
import type { FunctionSource } from '../operator/ordered/map-operator.ts'

/**
 * Where a runner gets the functions of maps from. Functions do not pass from one thread to another: each thread makes its own.
 *
 * @throws `map/unknown-function`, `map/other-function`, when a runner asks
 */
export function rowFunctions(functions: MapFunctions | undefined): FunctionSource {
  return ({ function: { name, hash }, reads, columns }) => {
    const found = functionOf({ name, ...(hash === null ? {} : { hash }) }, functions)
    return rowFunction(found, { reads: reads.map((one) => ({ name: one.name, type: one.type, nullable: true })), columns })
  }
}
