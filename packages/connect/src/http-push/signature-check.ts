import { createHmac, timingSafeEqual } from 'node:crypto'
import { type MillraceError, type PushSignature, userError } from '@millrace/core'
import { signingKey } from '../sink/http/signature.ts'

/** Signatures in one header that are looked at: a sender that changes its secret sends two. */
const SIGNATURES_MAX = 8
const DIGEST_BYTES = 32
const HEX = /^[0-9a-fA-F]{64}$/
const SECOND_MS = 1000

export type PushHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

export interface SignedRequest {
  readonly headers: PushHeaders
  /** As it was received, before it is decompressed. */
  readonly body: Uint8Array
}

/**
 * Refuses a request that is not signed with the secret, with `ingest/bad-signature`, or whose timestamp is too far from `now`, with
 * `ingest/stale-signature`. What is compared is compared in constant time.
 */
export function checkSignature(
  request: SignedRequest,
  rule: Omit<PushSignature, 'secret'> & { readonly secret: string },
  now: number,
): void {
  const signature = headerOf(request.headers, rule.header)
  if (signature === undefined) throw badSignature(rule.header, 'no such header')
  const hmac = createHmac('sha256', signingKey(rule.secret))
  for (const name of [rule.idHeader, rule.timestampHeader]) {
    if (name === undefined) continue
    const value = headerOf(request.headers, name)
    if (value === undefined) throw badSignature(name, 'no such header')
    if (name === rule.timestampHeader) checkTime(value, rule.toleranceMs, now)
    hmac.update(`${value}.`)
  }
  const expected = hmac.update(request.body).digest()
  let matches = false
  for (const given of digestsIn(signature)) matches = timingSafeEqual(given, expected) || matches
  if (!matches) throw badSignature(rule.header, 'a signature of something else, or with another secret')
}

/** The digests of a header such as `sha256=<hex>`, `v1,<base64> v1,<base64>` or `<hex>`. */
function digestsIn(header: string): Buffer[] {
  return header
    .split(/[\s,;]+/)
    .slice(0, SIGNATURES_MAX * 2)
    .map((part) => part.replace(/^(?:sha256|v\d+)=/, ''))
    .map((text) => Buffer.from(text, HEX.test(text) ? 'hex' : 'base64'))
    .filter((digest) => digest.length === DIGEST_BYTES)
}

function checkTime(text: string, toleranceMs: number, now: number): void {
  const at = /^\d{1,12}$/.test(text) ? Number(text) * SECOND_MS : Number.NaN
  if (Math.abs(now - at) <= toleranceMs) return
  throw userError('ingest/stale-signature', 'The timestamp of the signature is too far from now.', {
    asked: text,
    found: String(Math.floor(now / SECOND_MS)),
    do: `Sign again when a request is repeated, and set the sender's clock; ${toleranceMs / SECOND_MS} seconds are allowed.`,
  })
}

function headerOf(headers: PushHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function badSignature(header: string, found: string): MillraceError {
  return userError('ingest/bad-signature', 'The request is not signed as this stream asks for.', {
    asked: header,
    found,
    do: `Sign the raw body with HMAC-SHA256 and the stream's secret, and send the signature in the header \`${header}\`.`,
  })
}
