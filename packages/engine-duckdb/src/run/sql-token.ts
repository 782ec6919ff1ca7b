/** A piece of an SQL text. `other` is a character of punctuation; blanks and comments are left out. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'quoted' | 'other'
  readonly text: string
  /** Its characters are `[start, end)` of the text. */
  readonly start: number
  readonly end: number
}

const BLANK = /\s+/y
const LINE_COMMENT = /--[^\n\r]*/y
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy
const NUMBER = /\d+(?:_\d+)*(?:\.\d*)?(?:[eE][+-]?\d+)?/y
const QUOTED = /"(?:[^"]|"")*"/y
const PLAIN = /'(?:[^']|'')*'/y
const ESCAPED = /[eE]'(?:[^'\\]|''|\\[\s\S])*'/y
const DOLLAR = /\$([\p{L}_][\p{L}\p{N}_]*)?\$/uy

/** The tokens of a text, in the dialect of DuckDB's parser. What does not end (a string, a comment) is one token up to the end. */
export function sqlTokens(sql: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < sql.length; ) {
    const skipped = matchAt(BLANK, sql, at) ?? matchAt(LINE_COMMENT, sql, at) ?? blockComment(sql, at)
    if (skipped !== undefined) {
      at += skipped.length
      continue
    }
    const token = tokenAt(sql, at)
    tokens.push({ ...token, start: at, end: at + token.text.length })
    at += token.text.length
  }
  return tokens
}

function tokenAt(sql: string, at: number): Pick<Token, 'kind' | 'text'> {
  const string = matchAt(ESCAPED, sql, at) ?? matchAt(PLAIN, sql, at) ?? dollarString(sql, at)
  if (string !== undefined) return { kind: 'string', text: string }
  const quoted = matchAt(QUOTED, sql, at)
  if (quoted !== undefined) return { kind: 'quoted', text: quoted }
  const word = matchAt(WORD, sql, at)
  if (word !== undefined) return { kind: 'word', text: word }
  const number = matchAt(NUMBER, sql, at)
  if (number !== undefined) return { kind: 'number', text: number }
  return { kind: 'other', text: sql[at] === "'" || sql[at] === '"' ? sql.slice(at) : sql[at] }
}

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}

/** Comments of this kind nest. */
function blockComment(sql: string, at: number): string | undefined {
  if (!sql.startsWith('/*', at)) return undefined
  let depth = 1
  let end = at + 2
  while (end < sql.length && depth > 0) {
    if (sql.startsWith('/*', end)) depth++
    else if (sql.startsWith('*/', end)) depth--
    else {
      end++
      continue
    }
    end += 2
  }
  return sql.slice(at, end)
}

function dollarString(sql: string, at: number): string | undefined {
  const open = matchAt(DOLLAR, sql, at)
  if (open === undefined) return undefined
  const close = sql.indexOf(open, at + open.length)
  return close < 0 ? sql.slice(at) : sql.slice(at, close + open.length)
}
