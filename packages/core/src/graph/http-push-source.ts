import { type Duration, durationMs } from '../type/duration.ts'
import { checkLimit } from './files-source.ts'
import { type CsvFormat, type CsvOptions, csvFormat } from './record-format.ts'
import type { Setting } from './setting.ts'

/** How a sender proves that a body is its own: HMAC-SHA256 with a shared secret. */
export interface PushSignature {
  /** Header that carries the signature, in hex or base64, after a prefix such as `sha256=` or `v1,`. */
  readonly header: string
  readonly secret: Setting
  /** Header that is signed too, before the timestamp and a full stop. */
  readonly idHeader?: string
  /** Header with the seconds since 1970, signed before the body and a full stop. */
  readonly timestampHeader?: string
  /** How far the timestamp may lie from now. */
  readonly toleranceMs: number
}

export interface PushLimits {
  /** Bytes of a request's body, compressed or not. */
  readonly bodyBytesMax: number
  /** Requests a second, on average; as many may come at once. */
  readonly requestsPerSecondMax: number
  /** Requests that may wait for their commit. */
  readonly waitingMax: number
}

export interface HttpPushDeclaration {
  readonly kind: 'http-push'
  readonly csv: CsvFormat
  readonly idempotency: { readonly keysMax: number; readonly ageMs: number }
  readonly signature: PushSignature | undefined
  readonly limits: PushLimits
}

export interface HttpPushOptions {
  readonly csv?: CsvOptions
  /** How many `Idempotency-Key`s are remembered (10,000), and for how long (`1d`). */
  readonly idempotency?: { readonly keysMax?: number; readonly age?: Duration }
  readonly signature?: Omit<PushSignature, 'toleranceMs'> & { readonly tolerance?: Duration }
  /** `bodyBytesMax` 16 MiB, `requestsPerSecondMax` 1,000, `waitingMax` 256 when left out. */
  readonly limits?: Partial<PushLimits>
}

const BODY_BYTES_MAX = 16 * 1024 * 1024
const REQUESTS_PER_SECOND_MAX = 1_000
const WAITING_MAX = 256
const KEYS_MAX = 10_000

/**
 * Records that programs send to `POST /api/ingest/{stream}`, as JSON, JSON lines or CSV.
 *
 * @throws `project/bad-limit`, `project/bad-duration`, `project/bad-delimiter`
 * @example
 * stream('orders', { contract: Order, from: httpPush({ signature: { header: 'x-signature', secret: env('ORDERS_SECRET') } }),
 *   watermark: { delay: '10s' }, late: 'keep' })
 */
export function httpPush(options: HttpPushOptions = {}): HttpPushDeclaration {
  const { idempotency = {}, signature, limits = {} } = options
  for (const [name, limit] of Object.entries({ ...limits, 'idempotency.keysMax': idempotency.keysMax })) checkLimit(name, limit)
  return {
    kind: 'http-push',
    csv: csvFormat(options.csv ?? {}),
    idempotency: { keysMax: idempotency.keysMax ?? KEYS_MAX, ageMs: durationMs(idempotency.age ?? '1d', 'age of idempotency keys') },
    signature: signature === undefined ? undefined : pushSignature(signature),
    limits: {
      bodyBytesMax: limits.bodyBytesMax ?? BODY_BYTES_MAX,
      requestsPerSecondMax: limits.requestsPerSecondMax ?? REQUESTS_PER_SECOND_MAX,
      waitingMax: limits.waitingMax ?? WAITING_MAX,
    },
  }
}

function pushSignature({ tolerance, ...signature }: NonNullable<HttpPushOptions['signature']>): PushSignature {
  return { ...signature, toleranceMs: durationMs(tolerance ?? '5m', 'tolerance of signatures') }
}

/** Signatures as https://www.standardwebhooks.com has them, which Millrace's own sinks and webhooks write. */
export function standardWebhooks(secret: Setting): NonNullable<HttpPushOptions['signature']> {
  return { header: 'webhook-signature', idHeader: 'webhook-id', timestampHeader: 'webhook-timestamp', secret }
}
