import { createHash } from 'node:crypto'
import { bugError, JS_DIALECT, parseRegex, regexText } from '@millrace/core'

/** Only the letters A–Z change. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Only the letters a–z change. */
export function upperAscii(text: string): string {
  return text.replace(/[a-z]/g, (letter) => letter.toUpperCase())
}

/** Drops U+0020 at both ends, no other white space. */
export function trimSpaces(text: string): string {
  return text.replace(/^ +/, '').replace(/ +$/, '')
}

/** Length in code points. */
export function codePoints(text: string): bigint {
  return BigInt([...text].length)
}

/** The characters at positions max(start, 1) to start + length − 1, counted from 1; nothing where the length is negative. */
export function substring(text: string, start: bigint, length: bigint): string {
  return [...text]
    .filter((_, index) => {
      const position = BigInt(index + 1)
      return position >= start && position <= start + length - 1n
    })
    .join('')
}

/** Whether the whole text is as the pattern says: `%` is any text, `_` any one character, everything else itself. */
export function like(text: string, pattern: string): boolean {
  const parts = [...pattern].map((char) => (char === '%' ? '[^]*' : char === '_' ? '[^]' : `\\u{${char.codePointAt(0)?.toString(16)}}`))
  return new RegExp(`^${parts.join('')}$`, 'u').test(text)
}

/** Whether the pattern occurs in the text. */
export function regexMatch(text: string, pattern: string): boolean {
  return regexOf(pattern).test(text)
}

/** The part of the first occurrence that the group matched, of group 0 all of it; null where there is none. */
export function regexExtract(text: string, pattern: string, group: bigint): string | null {
  return regexOf(pattern).exec(text)?.[Number(group)] ?? null
}

function regexOf(pattern: string): RegExp {
  const regex = parseRegex(pattern)
  if ('complaint' in regex) throw bugError('reference/regex', `A pattern reached the reference: ${regex.complaint}.`, { asked: pattern })
  return new RegExp(regexText(regex, JS_DIALECT), 'u')
}

export function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex')
}

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
