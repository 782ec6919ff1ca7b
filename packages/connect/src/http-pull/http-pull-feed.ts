import { setTimeout as sleep } from 'node:timers/promises'
import { type HttpPullDeclaration, MillraceError, operatingError, type SourceField } from '@millrace/core'
import type { FeedPart, FeedProblem, RecordFeed } from '../feed/record-feed.ts'
import { retryDelayMs } from '../sink/retry-delay.ts'
import { type PageBody, recordsDigest } from './page-body.ts'
import { PageDecoder } from './page-decoder.ts'
import { type PageAnswer, PageFailure, placeOf, requestPage } from './page-request.ts'
import { FIRST_PAGE, type PullPosition, pageUrl, positionAfter } from './pull-position.ts'

export interface HttpPullOptions {
  readonly stream: { readonly fields: readonly SourceField[]; readonly eventTime: string }
  /** Address and headers with their secrets. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly declaration: Omit<HttpPullDeclaration, 'url' | 'headers'>
  readonly position?: PullPosition
}

/**
 * Pulls records page by page. The page that was read last is asked for again after each period: it must begin with the records that were
 * taken of it, and those behind them are new. A page that begins otherwise is not touched, and said to be so.
 */
export class HttpPullFeed implements RecordFeed {
  readonly split = 'http'
  readonly place: string
  readonly #options: HttpPullOptions
  readonly #decoder: PageDecoder
  #position: PullPosition

  constructor(options: HttpPullOptions) {
    this.#options = options
    this.place = placeOf(new URL(options.url))
    this.#decoder = new PageDecoder(options.stream, options.declaration, this.place)
    this.#position = options.position ?? FIRST_PAGE
  }

  async *parts(signal: AbortSignal): AsyncGenerator<FeedPart | FeedProblem> {
    const { everyMs } = this.#options.declaration
    while (!signal.aborted) {
      const { part, more } = await this.#next(signal)
      if (signal.aborted) return
      if (part !== undefined) yield part
      if (!more) await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }

  async #next(signal: AbortSignal): Promise<{ readonly part: FeedPart | FeedProblem | undefined; readonly more: boolean }> {
    try {
      const { url, declaration } = this.#options
      const { paging } = declaration
      const address = pageUrl(url, paging, this.#position)
      if (address.origin !== new URL(url).origin) throw foreignLink(placeOf(address), this.place)
      const answer = await this.#ask(address, signal)
      const page = this.#decoder.read(answer.body)
      const inHeader = paging?.kind === 'link' && paging.at === undefined
      return this.#take({ ...page, next: page.next ?? (inHeader ? answer.link : null) })
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      return { part: { kind: 'problem', error }, more: false }
    }
  }

  #take(page: PageBody): { readonly part: FeedPart | undefined; readonly more: boolean } {
    const at = this.#position
    if (page.records.length < at.taken || recordsDigest(page, at.taken) !== at.digest) throw pageChanged(this.place, at.taken)
    const end = { records: page.records.length, digest: recordsDigest(page, page.records.length), next: page.next }
    const { position, more } = positionAfter(this.#options.declaration.paging, at, end)
    const fresh = page.records.length > at.taken
    this.#position = position
    if (!fresh && position.page === at.page) return { part: undefined, more }
    const decode = fresh ? (firstLine: number) => this.#decoder.decode(page, { from: at.taken, firstLine }) : undefined
    return { part: { kind: 'part', decode, state: position }, more }
  }

  /** Asks until an answer comes, as often as the limits say. */
  async #ask(url: URL, signal: AbortSignal): Promise<PageAnswer> {
    const { headers, declaration } = this.#options
    const { limits } = declaration
    for (let attempt = 1; ; attempt++) {
      const answer = await requestPage({ url, headers, accept: this.#decoder.accept, limits, signal })
      if (!(answer instanceof PageFailure)) return answer
      if (answer.retryMs === undefined || attempt >= limits.attemptsMax || signal.aborted) throw answer.error
      await sleep(Math.max(answer.retryMs, retryDelayMs(attempt, RETRY)), undefined, { signal }).catch(() => {})
    }
  }
}

const RETRY = { firstMs: 200, msMax: 30_000 }

function pageChanged(place: string, taken: number): MillraceError {
  return operatingError(
    'pull/page-changed',
    `A page of ${place} does not begin with the ${taken} records any more that were taken of it.`,
    {
      asked: place,
      found: 'other records, or fewer',
      do: 'Ask for records in an order in which new ones come last; nothing is taken until the page begins as before.',
    },
  )
}

function foreignLink(found: string, place: string): MillraceError {
  return operatingError('pull/foreign-link', `${place} names a next page of another server, ${found}, which is not asked.`, {
    asked: place,
    found,
    do: 'Declare the server that has the pages.',
  })
}
