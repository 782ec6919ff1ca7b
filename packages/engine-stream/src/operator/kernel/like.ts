const ANY_TEXT = 37
const ANY_CHARACTER = 95

/** SQL's LIKE without an escape: `%` is any text, `_` any one code point. */
export function like(text: string, pattern: string): boolean {
  let at = 0
  let place = 0
  /** Where the last `%` stands, and how far the text it stands for goes so far. */
  let star = -1
  let resume = 0
  while (at < text.length) {
    const wanted = place < pattern.length ? pattern.charCodeAt(place) : -1
    if (wanted === ANY_TEXT) {
      star = place++
      resume = at
    } else if (wanted === ANY_CHARACTER) {
      at += widthAt(text, at)
      place++
    } else if (wanted === text.charCodeAt(at)) {
      at++
      place++
    } else if (star >= 0) {
      resume += widthAt(text, resume)
      at = resume
      place = star + 1
    } else return false
  }
  while (place < pattern.length && pattern.charCodeAt(place) === ANY_TEXT) place++
  return place === pattern.length
}

/** UTF-16 units of the code point. */
function widthAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit < 0xdc00 ? 2 : 1
}
