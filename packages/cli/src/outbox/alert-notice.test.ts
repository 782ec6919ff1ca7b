import type { AlertAsset, Webhook } from '@millrace/core'
import type { AlertRecord } from '@millrace/store'
import { expect, it } from 'vitest'
import { alertNotice } from './alert-notice.ts'

const hook = (url: Webhook['url'], secret?: Webhook['secret']): Webhook => ({ kind: 'webhook', url, secret })

function alertWith(name: string, notify: readonly Webhook[]): AlertAsset {
  return { kind: 'alert', name, notify } as unknown as AlertAsset
}

const RECORD: AlertRecord = {
  ...{ id: 'dev:s:1', env: 'dev', scope: 's', asset: 'attacks', key: { ip: '::1' }, windowStart: 0, windowEnd: 60_000 },
  ...{ evidence: { hits: 900 }, raisedAt: 61_000, sampleOffsets: [0, 17], score: 0.98, model: 'suspicious_ip', modelVersion: 3 },
}

it('makes one message per address, under names that do not tell it', () => {
  const url = 'https://hooks.example/secret-path'
  const notice = alertNotice([alertWith('attacks', [hook({ env: 'ALERT_URL' }), hook(url)])], { ALERT_URL: 'https://pager.example/x' })
  expect(notice.destinations.map((one) => one.url)).toEqual(['https://pager.example/x', url])
  const messages = notice.messagesOf(RECORD)
  expect(messages.map((one) => one.destination)).toEqual(['attacks/ALERT_URL', expect.stringMatching(/^attacks\/[0-9a-f]{8}$/)])
  expect(JSON.stringify(messages)).not.toContain('example')
  expect(messages[0]).toMatchObject({
    id: 'dev:s:1',
    env: 'dev',
    payload: { id: '1', asset: 'attacks', window_end: '1970-01-01T00:01:00.000Z', score: 0.98, model_version: 3, usual: null },
  })
})

it('keeps names when declarations are reordered', () => {
  const [a, b] = [hook('https://a.example'), hook('https://b.example')]
  const names = (notify: Webhook[]) => new Map(alertNotice([alertWith('x', notify)], {}).destinations.map(({ url, name }) => [url, name]))
  expect(names([a, b])).toEqual(names([b, a]))
  expect(new Set(names([a, b]).values()).size).toBe(2)
})

it('says which variables are not set, and enters nothing for their addresses', () => {
  const notice = alertNotice([alertWith('attacks', [hook({ env: 'ALERT_URL' }), hook('https://a.example', { env: 'ALERT_SECRET' })])], {
    ALERT_URL: '',
  })
  expect(notice.unset).toEqual(['ALERT_URL', 'ALERT_SECRET'])
  expect(notice.destinations).toEqual([])
  expect(notice.messagesOf(RECORD)).toEqual([])
})

it('tells nobody of an alert that names nobody', () => {
  const notice = alertNotice([alertWith('attacks', []), alertWith('other', [hook('https://a.example')])], {})
  expect(notice.messagesOf(RECORD)).toEqual([])
  expect(notice.messagesOf({ ...RECORD, asset: 'other' })).toHaveLength(1)
})
