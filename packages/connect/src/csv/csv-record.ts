const QUOTE = 0x22
const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** `whole`: it ended with its line. `open`: the bytes ended within quotes. `cut`: they ended outside of quotes without newline. `bad`: text stands behind a closing quote. */
export type CsvEnding = 'whole' | 'open' | 'cut' | 'bad'

/**
 * The fields of one CSV record, as RFC 4180 has them: a field that begins with a quote ends with one, quotes within it are doubled, and
 * it may hold delimiters and line breaks. A quote within an unquoted field is text.
 */
export class CsvRecord {
  /** Number of fields. */
  size = 0
  readonly starts: number[] = []
  readonly ends: number[] = []
  /** 0: unquoted. 1: quoted. 2: quoted, with doubled quotes in it. */
  readonly quoting: number[] = []
  ending: CsvEnding = 'whole'
  readonly #delimiter: number

  constructor(delimiter = ',') {
    this.#delimiter = delimiter.charCodeAt(0)
  }

  /** Reads the record that begins at `from`; returns the position behind its line, at most `to`. */
  read(bytes: Buffer, from: number, to: number): number {
    this.size = 0
    this.ending = 'whole'
    let at = from
    for (;;) {
      const end = at < to && bytes[at] === QUOTE ? this.#readQuoted(bytes, at, to) : this.#readPlain(bytes, at, to)
      if (this.#isBroken()) return lineAfter(bytes, end, to)
      if (end >= to) {
        this.ending = 'cut'
        return to
      }
      if (bytes[end] === this.#delimiter) at = end + 1
      else return bytes[end] === NEWLINE ? end + 1 : end + 2
    }
  }

  #isBroken(): boolean {
    return this.ending !== 'whole'
  }

  /** Returns the position of the delimiter or the line's end behind the field. */
  #readPlain(bytes: Buffer, from: number, to: number): number {
    const delimiter = this.#delimiter
    let at = from
    for (; at < to; at++) {
      const byte = bytes[at]
      if (byte === delimiter || byte === NEWLINE) break
    }
    const isLine = at < to && bytes[at] === NEWLINE
    const end = isLine && at > from && bytes[at - 1] === CARRIAGE_RETURN ? at - 1 : at
    this.#add(from, end, 0)
    return at
  }

  #readQuoted(bytes: Buffer, from: number, to: number): number {
    let quoting = 1
    let at = from + 1
    for (;;) {
      at = bytes.indexOf(QUOTE, at)
      if (at < 0 || at >= to) {
        this.ending = 'open'
        return to
      }
      if (at + 1 >= to || bytes[at + 1] !== QUOTE) break
      quoting = 2
      at += 2
    }
    this.#add(from + 1, at, quoting)
    return this.#behindQuote(bytes, at + 1, to)
  }

  #behindQuote(bytes: Buffer, at: number, to: number): number {
    const byte = bytes[at]
    const isEnd = at >= to || byte === this.#delimiter || byte === NEWLINE
    const isReturn = byte === CARRIAGE_RETURN && (at + 1 >= to || bytes[at + 1] === NEWLINE)
    if (!isEnd && !isReturn) this.ending = 'bad'
    return isReturn && at + 1 >= to ? to : at
  }

  #add(start: number, end: number, quoting: number): void {
    const place = this.size++
    this.starts[place] = start
    this.ends[place] = end
    this.quoting[place] = quoting
  }
}

/** Position behind the line that holds `at`, at most `to`. */
export function lineAfter(bytes: Buffer, at: number, to: number): number {
  const newline = bytes.indexOf(NEWLINE, at)
  return newline < 0 || newline >= to ? to : newline + 1
}
