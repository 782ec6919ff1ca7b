import { copyBytes } from '@millrace/columnar'

const BYTES_MIN = 64 * 1024
const ZERO = 0x30
const MINUS = 0x2d

/** Bytes that grow as they are written; what was written stays where it is until `take`. */
export class ByteWriter {
  bytes = Buffer.allocUnsafe(BYTES_MIN)
  at = 0

  /** Makes sure that `count` more bytes fit. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.at + count, this.bytes.length * 2))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  copy(source: Uint8Array, from = 0, to = source.length): void {
    this.reserve(to - from)
    copyBytes(source, from, to, this.bytes, this.at)
    this.at += to - from
  }

  /** Text of ASCII characters. */
  ascii(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i)
  }

  /** A whole number within ±(2^31 − 1) by its digits, any other as its text. */
  integer(value: number): void {
    if ((value | 0) !== value || value === -0x80000000) {
      this.ascii(String(value))
      return
    }
    this.reserve(11)
    let rest = value
    if (rest < 0) {
      this.bytes[this.at++] = MINUS
      rest = -rest
    }
    let digits = 1
    for (let limit = 10; digits < 10 && rest >= limit; limit *= 10) digits++
    this.digits(rest, digits)
  }

  /** The last `count` digits of a whole number from 0. */
  digits(value: number, count: number): void {
    const { bytes } = this
    let rest = value
    for (let i = this.at + count - 1; i >= this.at; i--) {
      const tenth = (rest / 10) | 0
      bytes[i] = ZERO + rest - tenth * 10
      rest = tenth
    }
    this.at += count
  }

  /** What was written, for good: the next bytes go elsewhere. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.at)
    this.bytes = this.bytes.subarray(this.at)
    this.at = 0
    if (this.bytes.length === 0) this.bytes = Buffer.allocUnsafe(BYTES_MIN)
    return taken
  }
}
