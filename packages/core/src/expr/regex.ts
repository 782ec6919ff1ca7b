/** A set of code points as ascending ranges, both ends inclusive. */
type Ranges = readonly (readonly [number, number])[]

/** A part of a pattern. */
export type RegexNode =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly of: RegexNode; readonly captures: boolean }
  | { readonly kind: 'repeat'; readonly of: RegexNode; readonly least: number; readonly most: number; readonly lazy: boolean }

/** A pattern of the subset that means the same to RE2, Java and JavaScript. */
export interface Regex {
  readonly root: RegexNode
  /** Capturing groups. */
  readonly groups: number
  /** Groups inside a repetition: engines remember different turns of them. */
  readonly repeatedGroups: ReadonlySet<number>
}

const CODE_POINT_MAX = 0x10ffff
/** Most turns of counted repetitions, multiplied where they nest. */
const TURNS_MAX = 1_000
/** Most characters, classes and groups, each counted as often as counted repetitions turn it. */
const SIZE_MAX = 10_000
const DEPTH_MAX = 100

const DIGITS: Ranges = [[48, 57]]
const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const SPACE: Ranges = [
  [9, 13],
  [32, 32],
]
const CLASSES: Readonly<Record<string, Ranges>> = {
  d: DIGITS,
  w: WORD,
  s: SPACE,
  D: complement(DIGITS),
  W: complement(WORD),
  S: complement(SPACE),
}
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 }
const NOT_NEWLINE: Ranges = complement([[10, 10]])

/**
 * Parses a pattern: characters, `.` (no newline), classes, `\d \w \s` and their opposites (ASCII), groups, alternatives, `^` and `$`
 * (of the whole text), `* + ? {n} {n,} {n,m}`, lazy too. Everything else is refused with a complaint, as is the repetition of what
 * can be empty, where engines stop at different turns.
 */
export function parseRegex(pattern: string): Regex | { readonly complaint: string } {
  try {
    return new Parser(pattern).parse()
  } catch (error) {
    if (error instanceof Complaint) return { complaint: error.text }
    throw error
  }
}

class Complaint {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

class Parser {
  readonly #chars: readonly string[]
  #at = 0
  #groups = 0
  #depth = 0

  constructor(pattern: string) {
    this.#chars = [...pattern]
  }

  parse(): Regex {
    const root = this.#choice()
    if (this.#at < this.#chars.length) throw new Complaint('a `)` has no `(`')
    checkTurns(root, 1)
    if (sizeOf(root) > SIZE_MAX) throw new Complaint(`with its counted repetitions written out it is longer than ${SIZE_MAX}`)
    return { root, groups: this.#groups, repeatedGroups: repeatedGroups(root) }
  }

  #choice(): RegexNode {
    if (++this.#depth > DEPTH_MAX) throw new Complaint(`groups nest deeper than ${DEPTH_MAX}`)
    const parts = [this.#sequence()]
    while (this.#take('|')) parts.push(this.#sequence())
    this.#depth--
    return parts.length === 1 ? parts[0] : { kind: 'choice', parts }
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = []
    while (this.#at < this.#chars.length && this.#chars[this.#at] !== '|' && this.#chars[this.#at] !== ')') parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): RegexNode {
    const of = this.#atom()
    const bounds = this.#bounds()
    if (bounds === undefined) return of
    if (of.kind === 'start' || of.kind === 'end') throw new Complaint('`^` and `$` cannot be repeated')
    if (canBeEmpty(of)) throw new Complaint('what can be empty cannot be repeated')
    const lazy = this.#take('?')
    if (this.#bounds() !== undefined) throw new Complaint('a repetition cannot be repeated without a group')
    return { kind: 'repeat', of, least: bounds[0], most: bounds[1], lazy }
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#take('?')) return [0, 1]
    if (!this.#take('{')) return undefined
    const least = this.#number()
    const most = this.#take(',') ? (this.#chars[this.#at] === '}' ? Number.POSITIVE_INFINITY : this.#number()) : least
    if (!this.#take('}') || least === undefined || most === undefined)
      throw new Complaint('a `{` begins no {n}, {n,} or {n,m}; write `\\{`')
    if (most < least) throw new Complaint(`{${least},${most}} ends before it begins`)
    return [least, most]
  }

  #number(): number | undefined {
    let digits = ''
    while (/^[0-9]$/.test(this.#chars[this.#at] ?? '') && digits.length < 6) digits += this.#chars[this.#at++]
    return digits === '' ? undefined : Number(digits)
  }

  #atom(): RegexNode {
    const char = this.#chars[this.#at++]
    switch (char) {
      case '.':
        return { kind: 'set', ranges: NOT_NEWLINE }
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '(':
        return this.#group()
      case '[':
        return { kind: 'set', ranges: this.#class() }
      case '\\':
        return { kind: 'set', ranges: this.#escape() }
      case '*':
      case '+':
      case '?':
      case '{':
        throw new Complaint(`\`${char}\` repeats nothing`)
      case ']':
      case '}':
        throw new Complaint(`a \`${char}\` stands alone; write \`\\${char}\``)
      default:
        return { kind: 'set', ranges: one(char) }
    }
  }

  #group(): RegexNode {
    const captures = this.#chars[this.#at] !== '?'
    if (!captures) {
      if (this.#chars[this.#at + 1] !== ':') throw new Complaint('of the groups that begin with `(?` only `(?:` is offered')
      this.#at += 2
    } else this.#groups++
    const of = this.#choice()
    if (!this.#take(')')) throw new Complaint('a `(` has no `)`')
    return { kind: 'group', of, captures }
  }

  #class(): Ranges {
    const negated = this.#take('^')
    const ranges: (readonly [number, number])[] = []
    while (!this.#take(']')) {
      if (this.#at >= this.#chars.length) throw new Complaint('a `[` has no `]`')
      const from = this.#classItem()
      const isRange = this.#chars[this.#at] === '-' && this.#chars[this.#at + 1] !== ']' && this.#at + 1 < this.#chars.length
      if (!isRange) {
        ranges.push(...from)
        continue
      }
      this.#at++
      const to = this.#classItem()
      if (!isOne(from) || !isOne(to)) throw new Complaint('a range in `[…]` has a class at one end')
      if (to[0][0] < from[0][0]) throw new Complaint('a range in `[…]` ends before it begins')
      ranges.push([from[0][0], to[0][0]])
    }
    if (ranges.length === 0) throw new Complaint('`[]` and `[^]` are empty')
    const merged = normalized(ranges)
    return negated ? complement(merged) : merged
  }

  #classItem(): Ranges {
    const char = this.#chars[this.#at++]
    if (char === '\\') return this.#escape()
    if (char === '[') throw new Complaint('a `[` stands inside `[…]`; write `\\[`')
    return one(char)
  }

  #escape(): Ranges {
    const char = this.#chars[this.#at++]
    if (char === undefined) throw new Complaint('it ends with a `\\`')
    if (CLASSES[char] !== undefined) return CLASSES[char]
    if (CONTROLS[char] !== undefined) return [[CONTROLS[char], CONTROLS[char]]]
    if (char === 'x') return this.#hex()
    if (/^[0-9]$/.test(char)) throw new Complaint('back-references are not offered')
    if (/^[A-Za-z]$/.test(char)) throw new Complaint(`\`\\${char}\` is not offered`)
    return one(char)
  }

  #hex(): Ranges {
    const digits = this.#chars.slice(this.#at, this.#at + 2).join('')
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw new Complaint('`\\x` takes two hex digits')
    this.#at += 2
    return [[Number.parseInt(digits, 16), Number.parseInt(digits, 16)]]
  }

  #take(char: string): boolean {
    if (this.#chars[this.#at] !== char) return false
    this.#at++
    return true
  }
}

function one(char: string): Ranges {
  const code = char.codePointAt(0) as number
  return [[code, code]]
}

function isOne(ranges: Ranges): boolean {
  return ranges.length === 1 && ranges[0][0] === ranges[0][1]
}

function normalized(ranges: Ranges): Ranges {
  const merged: [number, number][] = []
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

function complement(ranges: Ranges): Ranges {
  const rest: [number, number][] = []
  let next = 0
  for (const [from, to] of ranges) {
    if (from > next) rest.push([next, from - 1])
    next = to + 1
  }
  if (next <= CODE_POINT_MAX) rest.push([next, CODE_POINT_MAX])
  return rest
}

function canBeEmpty(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
      return false
    case 'start':
    case 'end':
      return true
    case 'sequence':
      return node.parts.every(canBeEmpty)
    case 'choice':
      return node.parts.some(canBeEmpty)
    case 'group':
      return canBeEmpty(node.of)
    case 'repeat':
      return node.least === 0 || canBeEmpty(node.of)
  }
}

function partsOf(node: RegexNode): readonly RegexNode[] {
  if (node.kind === 'sequence' || node.kind === 'choice') return node.parts
  return node.kind === 'group' || node.kind === 'repeat' ? [node.of] : []
}

function checkTurns(node: RegexNode, around: number): void {
  const turns = node.kind === 'repeat' ? around * Math.max(1, node.least, Number.isFinite(node.most) ? node.most : 1) : around
  if (turns > TURNS_MAX) throw new Complaint(`counted repetitions take more than ${TURNS_MAX} turns`)
  for (const part of partsOf(node)) checkTurns(part, turns)
}

function sizeOf(node: RegexNode): number {
  const turns = node.kind !== 'repeat' ? 1 : Number.isFinite(node.most) ? node.most : node.least + 1
  return 1 + Math.max(turns, 1) * partsOf(node).reduce((size, part) => size + sizeOf(part), 0)
}

function repeatedGroups(root: RegexNode): ReadonlySet<number> {
  const found = new Set<number>()
  let groups = 0
  const visit = (node: RegexNode, repeated: boolean): void => {
    if (node.kind === 'group' && node.captures) {
      groups++
      if (repeated) found.add(groups)
    }
    const inside = repeated || (node.kind === 'repeat' && node.most > 1)
    for (const part of partsOf(node)) visit(part, inside)
  }
  visit(root, false)
  return found
}

/** How an engine writes code points and the end of the text. */
export interface RegexDialect {
  readonly codePoint: (hex: string) => string
  readonly end: string
}

/** RE2, and Java, whose `$` would also match in front of a last newline. */
export const RE2_DIALECT: RegexDialect = { codePoint: (hex) => `\\x{${hex}}`, end: '\\z' }
/** JavaScript with the flag `u`; it backtracks, so that its time may explode. */
export const JS_DIALECT: RegexDialect = { codePoint: (hex) => `\\u{${hex}}`, end: '$' }

/** The pattern as an engine's own text, with classes spelled out. */
export function regexText({ root }: Regex, dialect: RegexDialect): string {
  return write(root, dialect)
}

function write(node: RegexNode, dialect: RegexDialect): string {
  switch (node.kind) {
    case 'set':
      return setText(node.ranges, dialect)
    case 'start':
      return '^'
    case 'end':
      return dialect.end
    case 'sequence':
      return node.parts.map((part) => (part.kind === 'choice' ? `(?:${write(part, dialect)})` : write(part, dialect))).join('')
    case 'choice':
      return node.parts.map((part) => write(part, dialect)).join('|')
    case 'group':
      return `(${node.captures ? '' : '?:'}${write(node.of, dialect)})`
    case 'repeat':
      return `${write(node.of, dialect)}${boundsText(node.least, node.most)}${node.lazy ? '?' : ''}`
  }
}

function boundsText(least: number, most: number): string {
  if (most === Number.POSITIVE_INFINITY) return least === 0 ? '*' : least === 1 ? '+' : `{${least},}`
  if (least === 0 && most === 1) return '?'
  return least === most ? `{${least}}` : `{${least},${most}}`
}

function setText(ranges: Ranges, dialect: RegexDialect): string {
  if (isOne(ranges)) return charText(ranges[0][0], dialect)
  const rest = complement(ranges)
  const [negation, shown] = rest.length < ranges.length ? ['^', rest] : ['', ranges]
  if (shown.length === 0) return `[${charText(0, dialect)}-${charText(CODE_POINT_MAX, dialect)}]`
  return `[${negation}${shown.map(([from, to]) => (from === to ? charText(from, dialect) : `${charText(from, dialect)}-${charText(to, dialect)}`)).join('')}]`
}

function charText(code: number, dialect: RegexDialect): string {
  const char = String.fromCodePoint(code)
  return /^[A-Za-z0-9 _/:;,<>=!@#%&~"']$/.test(char) ? char : dialect.codePoint(code.toString(16))
}
