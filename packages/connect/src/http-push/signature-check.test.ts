import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signatureHeaders } from '../sink/http/signature.ts'
import { checkSignature, type PushHeaders } from './signature-check.ts'

const NOW = Date.UTC(2026, 0, 1)
const BODY = Buffer.from('{"a":1}')
const RULE = { header: 'X-Signature', secret: 'secret', toleranceMs: 60_000 }
const TIMED = { ...RULE, timestampHeader: 'X-Time' }
const hmac = (text: string, encoding: 'hex' | 'base64' = 'hex', secret = 'secret'): string =>
  createHmac('sha256', secret).update(text).digest(encoding)
const code = (headers: PushHeaders, rule: Parameters<typeof checkSignature>[1] = RULE, body = BODY): string => {
  try {
    checkSignature({ headers, body }, rule, NOW)
    return 'passed'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a signature', () => {
  it.each([
    hmac('{"a":1}'),
    `sha256=${hmac('{"a":1}')}`,
    hmac('{"a":1}', 'base64'),
    `v1,${hmac('{"a":1}', 'base64')}`,
    `v1,${hmac('other', 'base64')} v1,${hmac('{"a":1}', 'base64')}`,
    `t=1,v1=${hmac('{"a":1}')}`,
  ])('passes as %s', (text) => {
    expect(code({ 'x-signature': text })).toBe('passed')
  })

  it.each(['', 'sha256=', hmac('{"a":1} '), hmac('{"a":1}', 'hex', 'other'), hmac('{"a":1}').slice(0, 62), '0'.repeat(64)])(
    'is refused as %s',
    (text) => {
      expect(code({ 'x-signature': text })).toBe('ingest/bad-signature')
    },
  )

  it('is refused when its header is missing, or is there twice', () => {
    expect(code({})).toBe('ingest/bad-signature')
    expect(code({ 'x-signature': [hmac('{"a":1}')] })).toBe('ingest/bad-signature')
  })

  it('covers the timestamp, which may lie as far from now as the tolerance says', () => {
    const at = (seconds: number, signed = seconds): string =>
      code({ 'x-time': String(seconds), 'x-signature': hmac(`${signed}.{"a":1}`) }, TIMED)
    const now = NOW / 1000
    expect([at(now), at(now - 60), at(now + 60)]).toEqual(['passed', 'passed', 'passed'])
    expect([at(now - 61), at(now + 61), at(Number.NaN)]).toEqual(Array(3).fill('ingest/stale-signature'))
    expect(at(now, now - 1)).toBe('ingest/bad-signature')
    expect(code({ 'x-signature': hmac('{"a":1}') }, TIMED)).toBe('ingest/bad-signature')
  })

  it('of our own sinks and webhooks passes', () => {
    const rule = { header: 'webhook-signature', idHeader: 'webhook-id', timestampHeader: 'webhook-timestamp', toleranceMs: 1000 }
    for (const secret of ['plain', `whsec_${Buffer.from('key').toString('base64')}`]) {
      const headers = signatureHeaders({ id: 'one', body: '{"a":1}', secret, atMs: NOW })
      expect(code(headers, { ...rule, secret })).toBe('passed')
      expect(code({ ...headers, 'webhook-id': 'two' }, { ...rule, secret })).toBe('ingest/bad-signature')
    }
  })
})
