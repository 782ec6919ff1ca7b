const DECODER = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
/** Below this many bytes a copy byte by byte is faster than a call of `set`. */
const SHORT_COPY_BYTES = 48

/**
 * The byte strings of a coded column: entry `i` is `bytes[offsets[i], offsets[i + 1])`. Equal codes are equal values; the reverse holds for most
 * columns and not for all: where almost every row has a value of its own, nobody looks whether one was there before.
 * Text is decoded when it is asked for and remembered.
 */
export class Dictionary {
  readonly bytes: Uint8Array
  /** `size + 1` ascending positions in `bytes`. */
  readonly offsets: Uint32Array
  #texts: (string | undefined)[] | undefined

  constructor(bytes: Uint8Array, offsets: Uint32Array, texts?: (string | undefined)[]) {
    this.bytes = bytes
    this.offsets = offsets
    this.#texts = texts
  }

  get size(): number {
    return this.offsets.length - 1
  }

  entry(code: number): Uint8Array {
    return this.bytes.subarray(this.offsets[code], this.offsets[code + 1])
  }

  text(code: number): string {
    this.#texts ??= new Array(this.size)
    const known = this.#texts[code]
    if (known !== undefined) return known
    const text = decodeText(this.bytes, this.offsets[code], this.offsets[code + 1])
    this.#texts[code] = text
    return text
  }

  /** The entries `codes`, in that order, as a dictionary of its own. Texts that were decoded stay decoded. */
  pick(codes: Int32Array): Dictionary {
    const size = codes.length
    const offsets = new Uint32Array(size + 1)
    for (let i = 0; i < size; i++) offsets[i + 1] = offsets[i] + this.offsets[codes[i] + 1] - this.offsets[codes[i]]
    const bytes = new Uint8Array(offsets[size])
    for (let i = 0; i < size; i++) copyBytes(this.bytes, this.offsets[codes[i]], this.offsets[codes[i] + 1], bytes, offsets[i])
    const known = this.#texts
    const texts = known === undefined ? undefined : Array.from(codes, (code) => known[code])
    return new Dictionary(bytes, offsets, texts)
  }

  /** A dictionary of the given texts, which must be distinct and well-formed. */
  static fromTexts(texts: readonly string[]): Dictionary {
    const parts = texts.map((text) => Buffer.from(text, 'utf8'))
    return new Dictionary(joined(parts), offsetsOf(parts), [...texts])
  }

  static fromBytes(entries: readonly Uint8Array[]): Dictionary {
    return new Dictionary(joined(entries), offsetsOf(entries))
  }
}

/** Copies `source[from, to)` to `target` at `at`. */
export function copyBytes(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  if (to - from > SHORT_COPY_BYTES) target.set(source.subarray(from, to), at)
  else for (let i = from; i < to; i++) target[at++] = source[i]
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = Buffer.concat(parts)
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.length)
}

function offsetsOf(parts: readonly Uint8Array[]): Uint32Array {
  const offsets = new Uint32Array(parts.length + 1)
  for (let i = 0; i < parts.length; i++) offsets[i + 1] = offsets[i] + parts[i].length
  return offsets
}

/** UTF-8 to text; short ASCII is built directly, which is several times faster than a decoder call. */
function decodeText(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > 24) return DECODER.decode(bytes.subarray(from, to))
  let text = ''
  for (let i = from; i < to; i++) {
    const byte = bytes[i]
    if (byte > 127) return DECODER.decode(bytes.subarray(from, to))
    text += String.fromCharCode(byte)
  }
  return text
}
