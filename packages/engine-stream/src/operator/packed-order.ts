import { powerOfTwo } from './window/growable.ts'

/**
 * The places of whole numbers in ascending order, equal ones in their present order: sorts numbers that hold both value and place, which is
 * about twice as fast as a comparator.
 *
 * @returns undefined where value and place do not fit a double
 */
export function packedOrder(values: Float64Array): Int32Array | undefined {
  const count = values.length
  if (count === 0) return new Int32Array(0)
  const { least, most } = rangeOf(values)
  const scale = powerOfTwo(count)
  if (!((most - least + 1) * scale <= Number.MAX_SAFE_INTEGER)) return undefined
  const packed = new Float64Array(count)
  for (let place = 0; place < count; place++) packed[place] = (values[place] - least) * scale + place
  packed.sort()
  const order = new Int32Array(count)
  for (let place = 0; place < count; place++) order[place] = packed[place] - Math.floor(packed[place] / scale) * scale
  return order
}

function rangeOf(values: Float64Array): { readonly least: number; readonly most: number } {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least) least = values[i]
    if (values[i] > most) most = values[i]
  }
  return { least, most }
}
