/** Longest line that is decoded, in bytes without line ending; a longer one is a dead letter and never held whole. */
export const LINE_BYTES_MAX = 1_048_576

/**
 * Whole lines of a split: `bytes[from, to)`, every line ended by `\n`. Only a `tail`, the input's last line, has no `\n`.
 * The bytes belong to the reader and are valid until its next step.
 */
export interface LinesBlock {
  readonly kind: 'lines'
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
  /** Byte offset of `from` in the split. */
  readonly offset: number
  /** Byte offset in the split after the block. */
  readonly end: number
  readonly tail: boolean
  /** The first block of a file, or of a member of an archive: a format's header stands here. */
  readonly begins?: boolean
  /** Records, where one may take several lines. */
  readonly records?: number
}

/** One line longer than `LINE_BYTES_MAX`, of which only the beginning was kept. */
export interface LongLineBlock {
  readonly kind: 'long-line'
  /** First bytes of the line, at most 1 KiB. */
  readonly head: Uint8Array
  /** Bytes of the line without line ending. */
  readonly length: number
  readonly offset: number
  readonly end: number
  readonly tail: boolean
}

/** What the readers hand over, in the split's order. */
export type LineBlock = LinesBlock | LongLineBlock
