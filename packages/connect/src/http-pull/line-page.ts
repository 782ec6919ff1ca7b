import type { CsvOptions } from '@millrace/core'
import { CsvRecord, lineAfter } from '../csv/csv-record.ts'
import type { JsonElement } from '../json-lines/json-elements.ts'
import { notThisForm, type PageBody } from './page-body.ts'

const OBJECT = 0x7b
const LINE_ENDS: ReadonlySet<number> = new Set([0x0a, 0x0d])
const JSON_BLANKS: ReadonlySet<number> = new Set([...LINE_ENDS, 0x09, 0x20])

/**
 * A page of JSON lines: each that is not blank is a record.
 *
 * @throws operating `pull/not-this-form` where no line begins an object: an error page is no dead letters
 */
export function linesPage(body: Buffer, place: string): PageBody {
  const after = (from: number): number => lineAfter(body, from, body.length)
  const records = recordsFrom(body, 0, { after, blanks: JSON_BLANKS })
  if (records.length > 0 && !records.some(({ from }) => body[from] === OBJECT)) throw notThisForm(place, 'no line with a JSON object')
  return { body, head: undefined, records, next: null }
}

/**
 * A page of CSV: a header row, which is no record, and what stands behind it.
 *
 * @throws operating `pull/not-this-form` where the header row has no column of the stream's
 */
export function csvPage(
  body: Buffer,
  { delimiter, fields, place }: CsvOptions & { readonly fields: readonly string[]; readonly place: string },
): PageBody {
  const record = new CsvRecord(delimiter)
  // A quote that is never closed makes its line a record, as for the decoder.
  const after = (from: number): number => {
    const end = record.read(body, from, body.length)
    return record.ending === 'open' ? lineAfter(body, from, body.length) : end
  }
  const begin = after(0)
  const header = body.toString('utf8', 0, begin)
  if (body.length > 0 && !fields.some((name) => header.includes(name))) throw notThisForm(place, 'no column of the stream in its first row')
  return { body, head: { from: 0, to: begin }, records: recordsFrom(body, begin, { after, blanks: LINE_ENDS }), next: null }
}

interface LineRule {
  /** Where the next record begins. */
  readonly after: (from: number) => number
  /** Bytes that at the end of a record are none of it; of nothing else no record is made. */
  readonly blanks: ReadonlySet<number>
}

/** Records without the blanks at their ends: the last line of a page may get its newline later. */
function recordsFrom(body: Buffer, begin: number, { after, blanks }: LineRule): JsonElement[] {
  const records: JsonElement[] = []
  for (let from = begin; from < body.length; ) {
    const end = after(from)
    let to = end
    while (to > from && blanks.has(body[to - 1])) to -= 1
    if (to > from) records.push({ from, to })
    from = end
  }
  return records
}
