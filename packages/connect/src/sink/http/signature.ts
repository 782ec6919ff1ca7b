import { createHmac } from 'node:crypto'

/** Prefix of secrets that are written in base64. */
const BASE64_PREFIX = 'whsec_'

/**
 * Headers that let a receiver check who sent a body, after https://www.standardwebhooks.com: HMAC-SHA256 over
 * `<id>.<seconds>.<body>` in base64. A secret beginning with `whsec_` is base64 after that, any other is taken as UTF-8.
 */
export function signatureHeaders(request: {
  readonly id: string
  readonly body: string
  readonly secret: string
  readonly atMs: number
}): Record<string, string> {
  const { id, body, secret } = request
  const seconds = String(Math.floor(request.atMs / 1000))
  const digest = createHmac('sha256', signingKey(secret)).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${digest}` }
}

/** The key that a secret stands for. */
export function signingKey(secret: string): Buffer {
  return secret.startsWith(BASE64_PREFIX) ? Buffer.from(secret.slice(BASE64_PREFIX.length), 'base64') : Buffer.from(secret, 'utf8')
}
