import { signatureHeaders } from './signature.ts'

export interface PostRequest {
  readonly url: string
  readonly body: string
  readonly contentType: string
  /** The same for every repeat of this body. */
  readonly idempotencyKey: string
  /** Signs the body. */
  readonly secret?: string
  readonly timeoutMs: number
  /** Gives up at once. */
  readonly signal?: AbortSignal
}

/** `refused`: the receiver does not want it as it is. `unavailable`: it may later; `afterMs` when it said how much later. */
export type PostOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'unavailable'; readonly error: string; readonly afterMs?: number }

/** What a receiver may ask us to wait at most. */
const RETRY_AFTER_MS_MAX = 3_600_000
/** Bytes of an answer that are read so that its connection can be used again; a longer answer costs the connection. */
const ANSWER_BYTES_MAX = 65_536
/** Refusals that pass: timeout, conflict, too early, too many. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 409, 425, 429])

/** Posts a body and says what the receiver made of it. Never throws; redirects are not followed. */
export async function post(request: PostRequest): Promise<PostOutcome> {
  const { url, body, idempotencyKey, secret, timeoutMs } = request
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal])
  const signature = secret === undefined ? {} : signatureHeaders({ id: idempotencyKey, body, secret, atMs: Date.now() })
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      signal,
      redirect: 'manual',
      headers: { 'content-type': request.contentType, 'idempotency-key': idempotencyKey, 'user-agent': 'millrace', ...signature },
    })
    await readAnswer(answer)
    return outcomeOf(answer)
  } catch (error) {
    return { kind: 'unavailable', error: timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error) }
  }
}

/** Milliseconds that a `Retry-After` asks for (seconds or a date), within limits; undefined where it says nothing that makes sense. */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX)
}

function outcomeOf(answer: Response): PostOutcome {
  const { status } = answer
  if (status >= 200 && status < 300) return { kind: 'accepted' }
  const error = `the receiver answered ${status}`
  if (status >= 300 && status < 400) return { kind: 'refused', error: `${error}; redirects are not followed, give the last address` }
  if (status < 500 && !PASSING_STATUSES.has(status)) return { kind: 'refused', error }
  return { kind: 'unavailable', error, afterMs: retryAfterMs(answer.headers.get('retry-after'), Date.now()) }
}

/** The status counts; what becomes of the rest of the answer does not. */
async function readAnswer({ body }: Response): Promise<void> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (let bytes = 0; bytes <= ANSWER_BYTES_MAX; ) {
      const { done, value } = await reader.read()
      if (done) return
      bytes += value.length
    }
    await reader.cancel()
  } catch {
    // The connection ended after the status.
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? message
}
