/** Bytes of a refused line that a dead letter keeps. */
export const DEAD_LETTER_RAW_BYTES_MAX = 1024

/** Why a record was refused: it could not be decoded, or it is against the contract's types and constraints. */
export type DeadLetterReason =
  | 'decode/not-this-format'
  | 'decode/impossible-time'
  | 'decode/invalid-utf8'
  | 'decode/nul-byte'
  | 'decode/line-too-long'
  | 'decode/int64'
  | 'decode/too-deep'
  | 'decode/field-count'
  | 'decode/unclosed-quote'
  | 'contract/null'
  | 'contract/type'
  | 'contract/out-of-range'
  | 'contract/not-a-url'
  | 'contract/not-an-ip'

/** A line that became no row. */
export interface DeadLetter {
  readonly reason: DeadLetterReason
  /** The column at fault, where one is. */
  readonly column: string | undefined
  /** The line's first bytes, at most 1 KiB, without line ending. */
  readonly raw: Uint8Array
  /** Bytes of the whole line, without line ending. */
  readonly length: number
  /** Byte offset of the line in its split. */
  readonly offset: number
  /** Line number in its split, from 1; blank lines count. */
  readonly line: number
  /** Decoded rows of the same block that stand before it: places the dead letter among them. */
  readonly rowsBefore: number
}
