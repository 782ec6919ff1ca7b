import { userError } from '../error/index.ts'
import { type Duration, durationMs } from '../type/duration.ts'
import { checkLimit } from './files-source.ts'
import { type CsvFormat, csvFormat } from './record-format.ts'
import type { Setting } from './setting.ts'

/** How the next page of an answer is asked for. */
export type Paging =
  /** The answer holds a cursor, which goes into the query of the next request. */
  | { readonly kind: 'cursor'; readonly at: string; readonly parameter: string; readonly first?: string }
  /** The answer holds the address of the next page, under `at` or, without it, in the header `Link` with `rel="next"`. */
  | { readonly kind: 'link'; readonly at?: string }
  /** Pages are counted; one of fewer than `size` records is the last and may still grow. */
  | { readonly kind: 'page'; readonly parameter: string; readonly size: number; readonly sizeParameter?: string; readonly first?: number }
  /** Records are counted; the query says how many were taken. */
  | { readonly kind: 'offset'; readonly parameter: string; readonly size: number; readonly sizeParameter?: string }

/** What an answer holds: JSON with records in it, or a record a line. */
export type PullFormat = { readonly kind: 'json' } | { readonly kind: 'json-lines' } | CsvFormat

export interface PullLimits {
  /** Tries of one page before it waits for the next period; 5 when left out. */
  readonly attemptsMax: number
  /** Time of one request; 30 s when left out. */
  readonly timeoutMs: number
  /** Bytes of an answer, uncompressed; 16 MiB when left out. */
  readonly pageBytesMax: number
}

export interface HttpPullDeclaration {
  readonly kind: 'http-pull'
  readonly url: Setting
  readonly headers: Readonly<Record<string, Setting>>
  readonly format: PullFormat
  /** Where the array of records stands in the answer, by names with full stops between them; the answer itself when left out. */
  readonly records: string | undefined
  readonly paging: Paging | undefined
  readonly everyMs: number
  readonly limits: PullLimits
}

export interface HttpPullOptions {
  readonly headers?: Readonly<Record<string, Setting>>
  /** `json` when left out. */
  readonly format?: PullFormat['kind']
  /** Of CSV. */
  readonly delimiter?: string
  readonly nullText?: string
  readonly records?: string
  readonly paging?: Paging
  /** How long to wait once everything is read, and after a failure. */
  readonly every: Duration
  readonly limits?: { readonly attemptsMax?: number; readonly timeout?: Duration; readonly pageBytesMax?: number }
}

const ATTEMPTS_MAX = 5
const TIMEOUT = '30s'
const PAGE_BYTES_MAX = 16 * 1024 * 1024

/**
 * Records that are asked for page by page, where new ones come behind those that were taken. How far they are taken is kept with them.
 *
 * @throws `project/bad-limit`, `project/bad-duration`, `project/unknown-paging`, `project/unknown-format`, `project/not-in-format`
 * @example
 * httpPull('https://shop.example/api/orders', { records: 'data', every: '1m', headers: { authorization: env('SHOP_TOKEN') },
 *   paging: { kind: 'cursor', at: 'next_cursor', parameter: 'cursor' } })
 */
export function httpPull(url: Setting, options: HttpPullOptions): HttpPullDeclaration {
  const { limits = {}, paging } = options
  checkLimit('limits.attemptsMax', limits.attemptsMax)
  checkLimit('limits.pageBytesMax', limits.pageBytesMax)
  if (paging !== undefined) checkPaging(paging)
  return {
    kind: 'http-pull',
    url,
    headers: options.headers ?? {},
    format: pullFormat(options),
    records: options.records,
    paging,
    everyMs: durationMs(options.every, 'period of pulling'),
    limits: {
      attemptsMax: limits.attemptsMax ?? ATTEMPTS_MAX,
      timeoutMs: durationMs(limits.timeout ?? TIMEOUT, 'time of a request'),
      pageBytesMax: limits.pageBytesMax ?? PAGE_BYTES_MAX,
    },
  }
}

const FORMATS: readonly PullFormat['kind'][] = ['json', 'json-lines', 'csv']

/** Lines hold neither a path to their records nor one to what asks for the next page. */
function pullFormat({ format = 'json', delimiter, nullText, records, paging }: HttpPullOptions): PullFormat {
  if (!FORMATS.includes(format)) {
    throw userError('project/unknown-format', `\`${String(format)}\` is no format that is pulled.`, {
      asked: format,
      found: FORMATS,
      do: 'Use one of the formats found.',
    })
  }
  if (format === 'json') return { kind: 'json' }
  const within = [records, paging?.kind === 'cursor' || paging?.kind === 'link' ? paging.at : undefined].find((path) => path !== undefined)
  if (within !== undefined) {
    throw userError('project/not-in-format', `An answer in ${format} has nothing under \`${within}\`: each line is a record.`, {
      asked: within,
      found: format,
      do: 'Leave out `records`; page by number, by offset, or by the header Link.',
    })
  }
  return format === 'csv' ? csvFormat({ delimiter, nullText }) : { kind: format }
}

function checkPaging(paging: Paging): void {
  const kinds = ['cursor', 'link', 'page', 'offset']
  if (!kinds.includes(paging.kind)) {
    throw userError('project/unknown-paging', `\`${String((paging as Paging).kind)}\` is no way of paging.`, {
      asked: (paging as Paging).kind,
      found: kinds,
      do: 'Use one of those found.',
    })
  }
  if (paging.kind === 'page' || paging.kind === 'offset') checkLimit('paging.size', paging.size)
}
