import { createHash } from 'node:crypto'
import { type MillraceError, operatingError } from '@millrace/core'
import { type JsonElement, jsonElements } from '../json-lines/json-elements.ts'
import { jsonSlice } from '../json-lines/json-slice.ts'

/** A page's records, and what it says of the next page. */
export interface PageBody {
  readonly body: Buffer
  /** What stands before all records and says what they mean: the header row of CSV. */
  readonly head: JsonElement | undefined
  readonly records: readonly JsonElement[]
  readonly next: string | null
}

/** @throws operating `pull/not-this-form` where the page is no JSON or has no records where they should be */
export function readPage(
  body: Buffer,
  where: { readonly records: string | undefined; readonly next: string | undefined; readonly place: string },
): PageBody {
  const whole = { from: 0, to: body.length }
  try {
    JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw notThisForm(where.place, cause instanceof Error ? cause.message : String(cause))
  }
  const slice = where.records === undefined ? whole : jsonSlice(body, where.records)
  const elements = slice === undefined ? undefined : jsonElements(body.subarray(slice.from, slice.to))
  if (slice === undefined || elements === undefined) throw notThisForm(where.place, `no records under \`${where.records ?? 'its root'}\``)
  const records = elements.map(({ from, to }) => ({ from: from + slice.from, to: to + slice.from }))
  return { body, head: undefined, records, next: where.next === undefined ? null : nextOf(body, where.next) }
}

/** SHA-256 over the bytes of the first records, and of the head before them. */
export function recordsDigest({ body, head, records }: PageBody, count: number): string {
  const hash = createHash('sha256')
  for (const { from, to } of [...(head === undefined ? [] : [head]), ...records.slice(0, count)])
    hash.update(body.subarray(from, to)).update('\n')
  return count === 0 ? '' : hash.digest('hex')
}

/** A cursor or an address; an empty one, null, false and none at all say that there is no further page. */
function nextOf(body: Buffer, path: string): string | null {
  const slice = jsonSlice(body, path)
  const value: unknown = slice === undefined ? null : JSON.parse(body.toString('utf8', slice.from, slice.to))
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : null
}

/** The problem of a page that is something else. */
export function notThisForm(place: string, found: string): MillraceError {
  return operatingError('pull/not-this-form', `A page of ${place} is not what it should be: ${found}.`, {
    asked: place,
    found,
    do: 'See what it answers, and correct `format`, `records` or `paging` of the declaration; it is asked again every period.',
  })
}
