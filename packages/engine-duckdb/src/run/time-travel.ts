import { parseTimestamp, userError } from '@millrace/core'
import { type SqlNode, type SqlView, tableOf, walk } from './sql-guard.ts'
import { sqlTokens, type Token } from './sql-token.ts'

/** A state of a table in the past: a snapshot's id or a tag, or what was current at a time (epoch ms). */
export type PastState = { readonly version: string } | { readonly time: number }

/** A DuckDB table expression over a table as it was. */
export type AsOf = (table: string, state: PastState) => Promise<string>

const UNITS: Readonly<Record<string, string>> = {
  version: 'version',
  system_version: 'version',
  timestamp: 'timestamp',
  system_time: 'timestamp',
}
const TYPED: ReadonlySet<string> = new Set(['timestamp', 'timestamptz', 'date'])
const NO_ZONE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?)?$/

/** Whether a statement says `for … as of` anywhere. */
export function hasTimeTravel(sql: string): boolean {
  const tokens = sqlTokens(sql)
  return tokens.some((_, at) => unitAt(tokens, at) !== undefined)
}

/**
 * Writes `t for version as of 5 a` and `t for timestamp as of '…'` as `t a at (version => 5)` and `t at (timestamp => '…')`, which DuckDB's parser
 * reads, and leaves strings, comments and quoted names as they are. Every character behind it keeps its place.
 * @param options.keywords words that are no alias where `as` is left out, in lower case
 */
export function writeTimeTravel(sql: string, { keywords }: { readonly keywords: ReadonlySet<string> }): string {
  const tokens = sqlTokens(sql)
  let written = sql
  for (let at = tokens.length - 1; at >= 0; at--) {
    const unit = unitAt(tokens, at)
    if (unit === undefined) continue
    const isTyped = isWord(tokens[at + 4], TYPED) && tokens[at + 5]?.kind === 'string'
    const last = at + (isTyped ? 5 : 4)
    const value = tokens[last]
    if (value === undefined || value.kind === 'other') throw unreadable(unit, value?.text ?? 'the end')
    const aliasEnd = endOfAlias(tokens, last + 1, keywords)
    const { start } = tokens[at]
    const { end } = tokens[aliasEnd - 1]
    const alias = aliasEnd === last + 1 ? '' : `${written.slice(value.end, end).trim()} `
    written = written.slice(0, start) + `${alias}at (${unit} => ${literal(value)})`.padEnd(end - start) + written.slice(end)
  }
  return written
}

/** The place after an alias and its list of columns, which stand before `at` for the parser; `from` where there is none. */
function endOfAlias(tokens: readonly Token[], from: number, keywords: ReadonlySet<string>): number {
  const hasAs = isWord(tokens[from], 'as')
  const name = tokens[hasAs ? from + 1 : from]
  const isName = name?.kind === 'quoted' || (name?.kind === 'word' && (hasAs || !keywords.has(name.text.toLowerCase())))
  if (!isName) return from
  const end = from + (hasAs ? 2 : 1)
  if (tokens[end]?.text !== '(') return end
  const close = tokens.findIndex((token, place) => place > end && token.kind === 'other' && token.text === ')')
  return close < 0 ? end : close + 1
}

/** The unit, where `for version as of` or one of its kin begins. */
function unitAt(tokens: readonly Token[], at: number): string | undefined {
  const [keyword, unit, as, of] = tokens.slice(at, at + 4)
  if (!isWord(keyword, 'for') || !isWord(as, 'as') || !isWord(of, 'of') || unit?.kind !== 'word') return undefined
  return UNITS[unit.text.toLowerCase()]
}

function isWord(token: Token | undefined, word: string | ReadonlySet<string>): boolean {
  if (token?.kind !== 'word') return false
  const text = token.text.toLowerCase()
  return typeof word === 'string' ? text === word : word.has(text)
}

/** Tags may stand as names, and ids are more than a double holds: they go to the parser as strings. */
function literal({ kind, text }: Token): string {
  if (kind === 'string') return text
  const name = kind === 'quoted' ? text.slice(1, -1).replaceAll('""', '"') : text
  return `'${name.replaceAll("'", "''")}'`
}

/**
 * Points tables that are read in a past state at views of their own, and returns these. Changes the parsed statement in place.
 * @throws `sql/time-travel`, `sql/unknown-table`, and what `asOf` throws
 */
export async function readPastStates(statement: SqlNode, views: readonly SqlView[], asOf: AsOf | undefined): Promise<SqlView[]> {
  const byName = new Map(views.map((view) => [view.name.toLowerCase(), view]))
  const found: { readonly node: SqlNode; readonly view: SqlView; readonly state: PastState }[] = []
  walk(statement, new Set(), (node, scope) => {
    if (node.type !== 'BASE_TABLE' || node.class !== undefined || !isClause(node.at_clause)) return
    const view = tableOf(node, scope, byName)
    if (view === undefined) throw ofQuery(String(node.table_name))
    found.push({ node, view, state: stateOf(node.at_clause) })
  })
  const past = new Map<string, SqlView>()
  for (const { node, view, state } of found) {
    if (asOf === undefined) throw notOffered(view.name)
    const name = `${view.name} @ ${'version' in state ? state.version : `${state.time} ms`}`
    if (!past.has(name)) past.set(name, { name, sql: await asOf(view.name, state) })
    if (node.alias === '') node.alias = node.table_name
    node.table_name = name
    node.at_clause = null
  }
  return [...past.values()]
}

interface Clause {
  readonly unit: string
  readonly expr: SqlNode
}

function isClause(clause: unknown): clause is Clause {
  return clause !== null && clause !== undefined
}

function stateOf({ unit, expr }: Clause): PastState {
  const constant = expr.class === 'CONSTANT' ? (expr.value as { readonly is_null: boolean; readonly value?: unknown }) : undefined
  const value = constant?.is_null === false && typeof constant.value !== 'object' ? String(constant.value) : undefined
  if (value === undefined) throw unreadable(unit.toLowerCase(), 'what is no literal')
  if (unit.toLowerCase() === 'version') return { version: value }
  const time = parseTimestamp(withZone(value))
  if (time === undefined) throw unreadable('timestamp', value)
  return { time }
}

/** A time without a zone is one of UTC, a day its first moment. */
function withZone(text: string): string {
  const match = NO_ZONE.exec(text)
  if (match === null) return text.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T')
  const [, day, minutes = '00:00', seconds = ':00', fraction = ''] = match
  return `${day}T${minutes}${seconds}${fraction}Z`
}

function unreadable(unit: string, found: string): Error {
  const isVersion = unit === 'version'
  return userError(
    'sql/time-travel',
    `After \`for ${unit} as of\` stands ${isVersion ? "a snapshot's id or a tag" : 'a time'}, not ${found}.`,
    {
      asked: `for ${unit} as of ${found}`,
      found,
      do: isVersion
        ? 'Write `for version as of 123` or `for version as of my_tag`.'
        : "Write `for timestamp as of '2026-01-31T12:00:00Z'` or epoch milliseconds.",
    },
  )
}

function ofQuery(name: string): Error {
  return userError('sql/time-travel', `\`${name}\` is a query of the statement, which has no past states.`, {
    asked: name,
    found: 'a common table expression',
    do: 'Write `for version as of` behind the table that the query reads.',
  })
}

function notOffered(name: string): Error {
  return userError('sql/time-travel', `The past of \`${name}\` cannot be read here.`, {
    asked: name,
    found: 'no snapshots',
    do: 'Leave out `for … as of`.',
  })
}
