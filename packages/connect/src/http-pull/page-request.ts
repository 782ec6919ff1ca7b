import { type MillraceError, operatingError, type PullLimits, userError } from '@millrace/core'

/** A page as it came. */
export interface PageAnswer {
  readonly body: Buffer
  /** Address of the next page in the header `Link`. */
  readonly link: string | null
}

export interface PageRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Media type that is asked for where no header says otherwise. */
  readonly accept: string
  readonly limits: PullLimits
  readonly signal: AbortSignal
}

/** Longest time that a server may ask to wait. */
const RETRY_AFTER_MS_MAX = 3_600_000
const SECOND_MS = 1000
const LINK_NEXT = /<([^>]*)>\s*;[^,]*\brel="?next"?/i

/** Why a page did not come, and when to ask again: undefined, when that would not help before something changes. */
export class PageFailure {
  readonly error: MillraceError
  readonly retryMs: number | undefined

  constructor(error: MillraceError, retryMs: number | undefined) {
    this.error = error
    this.retryMs = retryMs
  }
}

/** Asks for a page once. Redirects are not followed: headers with secrets stay with the server they are for. */
export async function requestPage(request: PageRequest): Promise<PageAnswer | PageFailure> {
  const { url, headers, accept, limits, signal } = request
  const place = placeOf(url)
  try {
    const answer = await fetch(url, {
      headers: { accept, ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)]),
    })
    if (answer.status !== 200) {
      await answer.body?.cancel()
      return refused(place, answer)
    }
    const body = await bodyOf(answer, limits.pageBytesMax)
    if (body === undefined) return new PageFailure(tooLarge(place, limits.pageBytesMax), undefined)
    return { body, link: LINK_NEXT.exec(answer.headers.get('link') ?? '')?.[1] ?? null }
  } catch (cause) {
    const why = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause)
    return new PageFailure(unreachable(place, why, cause), 0)
  }
}

/** An address without what may be secret. */
export function placeOf(url: URL): string {
  return `${url.origin}${url.pathname}`
}

/** The whole body, or undefined when it is larger than it may be. */
async function bodyOf(answer: Response, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length
    if (bytes > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function refused(place: string, { status, headers }: Response): PageFailure {
  const passes = status === 429 || status === 408 || status >= 500
  const error = operatingError('pull/refused', `${place} answered ${status}.`, {
    asked: place,
    found: status,
    do: passes ? 'It is asked again.' : 'Correct the address, its headers and their secrets; it is asked again every period.',
  })
  return new PageFailure(error, passes ? retryAfterMs(headers.get('retry-after')) : undefined)
}

/** What `Retry-After` says, in seconds or as a date; 0 without it. */
function retryAfterMs(text: string | null): number {
  if (text === null) return 0
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - Date.now()
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(0, Number.isNaN(ms) ? 0 : ms))
}

function unreachable(place: string, found: string, cause: unknown): MillraceError {
  return operatingError('pull/no-answer', `${place} did not answer: ${found}.`, { asked: place, found, do: 'It is asked again.', cause })
}

function tooLarge(place: string, bytesMax: number): MillraceError {
  return userError('pull/page-too-large', `A page of ${place} has more than ${bytesMax} bytes.`, {
    asked: place,
    found: bytesMax,
    do: 'Ask for smaller pages, or raise `limits.pageBytesMax` of the declaration.',
  })
}
