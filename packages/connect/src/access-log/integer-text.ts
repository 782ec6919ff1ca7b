const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const EXACT_DIGITS_MAX = 15
const SPACE = 0x20
const MINUS = 0x2d

/** Reads `-?[0-9]+` up to a space or the line's end. */
export class IntegerText {
  /** The value when it is a safe integer. */
  value = 0
  /** The value when it is within int64 but not a safe integer. */
  wide: bigint | undefined
  /** The text is an integer beyond 64 bits. */
  overflows = false

  /** Position after the integer, or -1 when the bytes at `from` are not one. */
  read(bytes: Uint8Array, from: number, end: number): number {
    this.wide = undefined
    this.overflows = false
    const negative = from < end && bytes[from] === MINUS
    const first = negative ? from + 1 : from
    let at = first
    let value = 0
    while (at < end) {
      const digit = bytes[at] - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      at += 1
    }
    if (at === first || (at < end && bytes[at] !== SPACE)) return -1
    if (at - first > EXACT_DIGITS_MAX) this.#readWide(bytes, from, at)
    else this.value = negative && value !== 0 ? -value : value
    return at
  }

  #readWide(bytes: Uint8Array, from: number, to: number): void {
    let first = bytes[from] === MINUS ? from + 1 : from
    while (first < to - 1 && bytes[first] === 0x30) first += 1
    this.overflows = to - first > 19
    if (this.overflows) return
    const magnitude = BigInt(Buffer.from(bytes.subarray(first, to)).toString('latin1'))
    const value = bytes[from] === MINUS ? -magnitude : magnitude
    this.overflows = value < INT64_MIN || value > INT64_MAX
    this.value = Number(value)
    if (!Number.isSafeInteger(this.value)) this.wide = value
    else if (value === 0n) this.value = 0
  }
}
