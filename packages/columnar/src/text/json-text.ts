/** Deepest nesting of a JSON value. */
export const JSON_DEPTH_MAX = 500

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const STRING = /"(?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORD = /true|false|null/y
const BLANK = /[ \t\n\r]*/y

/** Why a text is no JSON that a column can hold. */
export type JsonFault = 'not-json' | 'too-deep'

/**
 * The one text of a JSON value: no blanks, members in their order, integers with all their digits, other numbers as their shortest
 * decimal, only what must be is escaped. Texts that DuckDB's JSON functions give back unchanged.
 */
export function canonicalJsonText(text: string): { readonly text: string } | { readonly fault: JsonFault } {
  const reader = new Reader(text)
  const open: ('[' | '{')[] = []
  let out = ''
  let expectsValue = true
  for (;;) {
    if (expectsValue) {
      const char = reader.char()
      if (char === '[' || char === '{') {
        if (open.length >= JSON_DEPTH_MAX) return { fault: 'too-deep' }
        reader.skip(1)
        out += char
        if (reader.char() === (char === '[' ? ']' : '}')) {
          out += reader.char()
          reader.skip(1)
        } else {
          open.push(char)
          const name = char === '{' ? memberName(reader) : ''
          if (name === undefined) return { fault: 'not-json' }
          out += name
          continue
        }
      } else {
        const value = scalar(reader)
        if (value === undefined) return { fault: 'not-json' }
        out += value
      }
      expectsValue = false
      continue
    }
    const within = open.at(-1)
    if (within === undefined) return reader.atEnd ? { text: out } : { fault: 'not-json' }
    const char = reader.char()
    reader.skip(1)
    if (char === ',') {
      const name = within === '{' ? memberName(reader) : ''
      if (name === undefined) return { fault: 'not-json' }
      out += `,${name}`
      expectsValue = true
    } else if (char === (within === '[' ? ']' : '}')) {
      out += char
      open.pop()
    } else return { fault: 'not-json' }
  }
}

/** `"name":`, or undefined. */
function memberName(reader: Reader): string | undefined {
  const name = reader.match(STRING)
  if (name === undefined || reader.char() !== ':') return undefined
  reader.skip(1)
  const text = stringText(name)
  return text === undefined ? undefined : `${text}:`
}

function scalar(reader: Reader): string | undefined {
  const char = reader.char()
  if (char === '"') {
    const token = reader.match(STRING)
    return token === undefined ? undefined : stringText(token)
  }
  const word = reader.match(WORD)
  if (word !== undefined) return word
  const number = reader.match(NUMBER)
  return number === undefined ? undefined : jsonNumber(number)
}

function stringText(token: string): string | undefined {
  const text = JSON.parse(token) as string
  return text.isWellFormed() ? jsonString(text) : undefined
}

/** The text as a JSON string; control characters in upper-case hex. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replace(/\\(?:u00[0-9a-f]{2}|[^u])/g, (escape) =>
    escape.length === 2 ? escape : `\\u${escape.slice(2).toUpperCase()}`,
  )
}

/** The one text of a JSON number; undefined beyond the doubles. */
export function jsonNumber(token: string): string | undefined {
  if (/^-?[0-9]+$/.test(token)) return token === '-0' ? '0' : token
  const value = Number(token)
  return Number.isFinite(value) ? doubleText(value) : undefined
}

/** The shortest decimal that reads back as the double, as JavaScript writes it, but for the plus of an exponent. */
export function doubleText(value: number): string {
  return String(value + 0).replace('e+', 'e')
}

/** Walks over a text, blanks left out between tokens. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#blank()
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length
  }

  char(): string {
    return this.#text.charAt(this.#at)
  }

  skip(count: number): void {
    this.#at += count
    this.#blank()
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.skip(found.length)
    return found
  }

  #blank(): void {
    BLANK.lastIndex = this.#at
    this.#at += (BLANK.exec(this.#text)?.[0] ?? '').length
  }
}
