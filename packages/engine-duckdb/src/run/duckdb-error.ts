import { bugError, operatingError } from '@millrace/core'

/** What DuckDB says about a failure; details are there when the connection reports errors as JSON. */
export interface DuckdbFailure {
  /** `Binder`, `Catalog`, `Parser`, `Out of Memory` … */
  readonly type: string
  readonly subtype: string | undefined
  readonly message: string
  /** Position in the statement's text, bytes. */
  readonly position: number | undefined
  readonly name: string | undefined
  readonly candidates: readonly string[]
}

/** Reads a driver error, plain or JSON. */
export function failureOf(cause: unknown): DuckdbFailure {
  const text = cause instanceof Error ? cause.message : String(cause)
  const brace = text.indexOf('{"exception_type"')
  if (brace >= 0) {
    try {
      return fromJson(JSON.parse(text.slice(brace)))
    } catch {
      return fromText(text)
    }
  }
  return fromText(text)
}

function fromJson(json: Readonly<Record<string, string | undefined>>): DuckdbFailure {
  return {
    type: json.exception_type ?? '',
    subtype: json.error_subtype,
    message: json.exception_message ?? '',
    name: json.name,
    position: json.position === undefined ? undefined : Number(json.position),
    candidates: json.candidates === undefined || json.candidates === '' ? [] : json.candidates.split(',').map((one) => one.trim()),
  }
}

function fromText(text: string): DuckdbFailure {
  const colon = text.indexOf(' Error: ')
  const type = colon < 0 ? '' : text.slice(0, colon)
  return {
    type,
    subtype: undefined,
    message: colon < 0 ? text : text.slice(colon + 8),
    position: undefined,
    name: undefined,
    candidates: [],
  }
}

const OPERATING: Readonly<Record<string, { readonly code: string; readonly action: string }>> = {
  'Out of Memory': { code: 'engine/out-of-memory', action: 'Give the engine more memory, or a folder with free space to spill to.' },
  IO: { code: 'engine/io', action: 'See that the files are there, readable and complete, and that the disk has space.' },
  HTTP: { code: 'engine/io', action: 'See that the files are there and readable.' },
}

/** A driver error of a statement that we printed: the machine's fault where memory or files are at stake, else ours. Keeps the SQL and the cause. */
export function duckdbError(cause: unknown, sql: string): Error {
  const failure = failureOf(cause)
  const operating = OPERATING[failure.type]
  const facts = { asked: sql, found: failure.message, cause }
  const first = failure.message.split('\n')[0]
  if (operating !== undefined)
    return operatingError(operating.code, `DuckDB could not finish the statement: ${first}`, { ...facts, do: operating.action })
  return bugError('engine/sql-failed', `DuckDB refused a statement that Millrace wrote: ${first}`, {
    ...facts,
    do: 'Report this with the statement.',
  })
}
