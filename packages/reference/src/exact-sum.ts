/** Every finite double is a whole multiple of 2^−1074. */
const SCALE_BITS = 1074

/** The sum of finite doubles, exact and then rounded once to the nearest double; infinite where it leaves the doubles. */
export function exactSum(values: readonly number[]): number {
  return toDouble(values.reduce((sum, value) => sum + toMultiple(value), 0n))
}

function toMultiple(value: number): bigint {
  const bits = new BigUint64Array(new Float64Array([Math.abs(value)]).buffer)[0]
  const exponent = bits >> 52n
  const fraction = bits & 0xfffffffffffffn
  const multiple = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n)
  return value < 0 ? -multiple : multiple
}

function toDouble(multiple: bigint): number {
  if (multiple < 0n) return -toDouble(-multiple)
  const excess = multiple.toString(2).length - 64
  if (excess <= 0) return Number(multiple) * 2 ** -SCALE_BITS
  const top = multiple >> BigInt(excess)
  const sticky = top << BigInt(excess) === multiple ? 0n : 1n
  return Number(top | sticky) * 2 ** (excess - SCALE_BITS)
}
