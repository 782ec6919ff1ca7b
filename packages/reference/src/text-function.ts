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
