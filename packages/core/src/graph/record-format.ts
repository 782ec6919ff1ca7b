import { userError } from '../error/index.ts'

/** How the bytes of a source become records; plain data. */
export type RecordFormat =
  /** Common and Combined Log Format lines. */
  | { readonly kind: 'combined' }
  /** One JSON object a line. */
  | { readonly kind: 'json-lines' }
  | CsvFormat
  /** Read by DuckDB; the columns are those of the contract. */
  | { readonly kind: 'parquet' }

/** Text with a header row, quoted as RFC 4180 says. */
export interface CsvFormat extends CsvOptions {
  readonly kind: 'csv'
}

export interface CsvOptions {
  /** One ASCII character; a comma when left out. */
  readonly delimiter?: string
  /** What stands unquoted for null; nothing between two delimiters when left out. */
  readonly nullText?: string
}

/** Names of the formats, as declarations write them. */
export type FormatName = RecordFormat['kind']

const NAMES: readonly FormatName[] = ['combined', 'json-lines', 'csv', 'parquet']

/** The format of this name; refuses others with `project/unknown-format`, and unusable CSV options with `project/bad-delimiter`. */
export function recordFormat(name: FormatName, csv: CsvOptions = {}): RecordFormat {
  if (!NAMES.includes(name)) {
    throw userError('project/unknown-format', `\`${String(name)}\` is no format of records.`, {
      asked: name,
      found: NAMES,
      do: 'Use one of the formats found.',
    })
  }
  return name === 'csv' ? csvFormat(csv) : { kind: name }
}

/** CSV with these options. */
export function csvFormat({ delimiter, nullText }: CsvOptions): CsvFormat {
  if (delimiter !== undefined && !/^[\t\x20-\x7e]$/.test(delimiter)) throw badDelimiter(delimiter)
  if (delimiter === '"') throw badDelimiter(delimiter)
  return {
    kind: 'csv',
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(nullText === undefined ? {} : { nullText }),
  }
}

function badDelimiter(asked: string): Error {
  return userError('project/bad-delimiter', `\`${asked}\` cannot delimit the fields of CSV.`, {
    asked,
    found: 'another character than one of ASCII, or a quote',
    do: 'Use one character, such as `,`, `;`, `|` or a tab.',
  })
}
