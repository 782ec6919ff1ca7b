import type { Paging } from '@millrace/core'

/** How far records are pulled; JSON-safe. */
export interface PullPosition {
  /** What asks for the page that is read: a cursor, an address, a page's number, or how many records stand before it. Null: the first. */
  readonly page: string | number | null
  /** Records of the page that are taken, and the SHA-256 of their bytes. */
  readonly taken: number
  readonly digest: string
}

export const FIRST_PAGE: PullPosition = { page: null, taken: 0, digest: '' }

/** What a page says about the one behind it. */
export interface PageEnd {
  /** Records in it. */
  readonly records: number
  readonly digest: string
  /** The cursor or address that it holds. */
  readonly next: string | null
}

/** The position behind a page, and whether there may be another one now. */
export function positionAfter(
  paging: Paging | undefined,
  at: PullPosition,
  end: PageEnd,
): { readonly position: PullPosition; readonly more: boolean } {
  const stay = { position: { page: at.page, taken: end.records, digest: end.digest }, more: false }
  const go = (page: string | number) => ({ position: { page, taken: 0, digest: '' }, more: true })
  switch (paging?.kind) {
    case 'page':
      return end.records < paging.size ? stay : go(Number(at.page ?? paging.first ?? 1) + 1)
    case 'offset':
      return end.records === 0 ? stay : { ...go(Number(at.page ?? 0) + end.records), more: end.records >= paging.size }
    case undefined:
      return stay
    default:
      if (end.next === null || end.next === at.page) return stay
      return { ...go(end.next), more: end.records > 0 }
  }
}

/** The address that asks for the page at a position. */
export function pageUrl(base: string, paging: Paging | undefined, { page }: PullPosition): URL {
  if (paging?.kind === 'link' && page !== null) return new URL(String(page), base)
  const url = new URL(base)
  if (paging === undefined || paging.kind === 'link') return url
  const first = paging.kind === 'cursor' ? paging.first : paging.kind === 'page' ? (paging.first ?? 1) : 0
  const value = page ?? first
  if (value !== undefined) url.searchParams.set(paging.parameter, String(value))
  if (paging.kind !== 'cursor' && paging.sizeParameter !== undefined) url.searchParams.set(paging.sizeParameter, String(paging.size))
  return url
}
