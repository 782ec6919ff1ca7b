import { type Column, int64Column } from '@millrace/columnar'

const TWO_32 = 4_294_967_296

/** Values as the high and low 32 bits of 64-bit integers. */
export interface NumberWords {
  readonly high: Int32Array
  readonly low: Int32Array
  readonly nulls: Uint8Array | null
}

/** The high 32 bits of a safe integer; the low ones are `value | 0`. */
export function highWord(value: number): number {
  return Math.floor(value / TWO_32) | 0
}

export function highWordOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n))
}

export function lowWordOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value))
}

/** A column of numbers, times, dates or booleans from their words; of doubles from their bits. */
export function numberColumn(type: string, words: NumberWords): Column {
  const { nulls } = words
  if (type === 'double') return { kind: 'double', values: doublesOf(words), nulls }
  const { values, safe } = integersOf(words)
  switch (type) {
    case 'boolean':
      return { kind: 'boolean', values: Uint8Array.from(values), nulls }
    case 'int32':
    case 'date':
      return { kind: type, values: Int32Array.from(values), nulls }
    case 'int64':
      return safe ? { kind: 'int64', safe, values, nulls } : int64Column(wideOf(words), nulls)
    default:
      return { kind: 'timestamp', values, nulls }
  }
}

function integersOf({ high, low }: NumberWords): { readonly values: Float64Array; readonly safe: boolean } {
  const values = new Float64Array(high.length)
  let safe = true
  for (let i = 0; i < values.length; i++) {
    values[i] = high[i] * TWO_32 + (low[i] >>> 0)
    safe &&= Number.isSafeInteger(values[i])
  }
  return { values, safe }
}

function wideOf({ high, low }: NumberWords): BigInt64Array {
  const values = new BigInt64Array(high.length)
  for (let i = 0; i < values.length; i++) values[i] = (BigInt(high[i]) << 32n) | BigInt(low[i] >>> 0)
  return values
}

function doublesOf({ high, low }: NumberWords): Float64Array {
  const words = new Int32Array(high.length * 2)
  for (let i = 0; i < high.length; i++) {
    words[2 * i] = low[i]
    words[2 * i + 1] = high[i]
  }
  return new Float64Array(words.buffer)
}
