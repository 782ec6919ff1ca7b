import { Dictionary } from '@millrace/columnar'

/** Gives the texts that a kernel computes dense codes. Bytes travel through kernels as one character a byte. */
export class CodeBuilder {
  readonly #codes = new Map<string, number>()
  readonly #kind: 'string' | 'bytes'

  constructor(kind: 'string' | 'bytes') {
    this.#kind = kind
  }

  code(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    const code = this.#codes.size
    this.#codes.set(text, code)
    return code
  }

  dictionary(): Dictionary {
    const texts = [...this.#codes.keys()]
    if (this.#kind === 'string') return Dictionary.fromTexts(texts)
    return Dictionary.fromBytes(texts.map((text) => new Uint8Array(Buffer.from(text, 'latin1'))))
  }
}

/** The text by which an entry travels through kernels. */
export function entryText(dictionary: Dictionary, code: number, kind: 'string' | 'bytes'): string {
  if (kind === 'string') return dictionary.text(code)
  const entry = dictionary.entry(code)
  return Buffer.from(entry.buffer, entry.byteOffset, entry.length).toString('latin1')
}
