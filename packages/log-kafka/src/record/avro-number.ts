import type { ByteWriter } from './byte-writer.ts'

const WORD_RANGE = 2 ** 32
/** A number of 64 bits in groups of seven. */
const BYTES_MAX = 10

/** A safe whole number as Avro's int and long: zigzag, then seven bits a byte, the lowest first. */
export function writeLong(writer: ByteWriter, value: number): void {
  const word = value | 0
  if (word !== value) {
    writeWords(writer, Math.floor(value / WORD_RANGE) | 0, word)
    return
  }
  writer.reserve(BYTES_MAX)
  const { bytes } = writer
  let rest = ((word << 1) ^ (word >> 31)) >>> 0
  while (rest > 0x7f) {
    bytes[writer.at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[writer.at++] = rest
}

/** The number of 64 bits that has these words, of which the higher one has the sign. */
export function writeWords(writer: ByteWriter, high: number, low: number): void {
  writer.reserve(BYTES_MAX)
  const { bytes } = writer
  const sign = high >> 31
  let upper = (((high << 1) | (low >>> 31)) ^ sign) >>> 0
  let lower = ((low << 1) ^ sign) >>> 0
  while (upper !== 0 || lower > 0x7f) {
    bytes[writer.at++] = (lower & 0x7f) | 0x80
    lower = ((lower >>> 7) | (upper << 25)) >>> 0
    upper >>>= 7
  }
  bytes[writer.at++] = lower
}
