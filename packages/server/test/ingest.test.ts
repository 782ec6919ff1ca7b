import { type RunningServer, startServer } from '@millrace/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FedSession } from './fed-session.ts'

let server: RunningServer
beforeAll(async () => {
  server = await startServer({ port: 0, ...new FedSession().views })
})
afterAll(() => server.close())

function send(stream: string, body: string | Uint8Array, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return fetch(`${server.url}/api/ingest/${stream}`, { method: 'POST', body: Buffer.from(body as string), headers })
}

describe('POST /api/ingest', () => {
  it('hands every body on as it came', async () => {
    for (const type of ['application/json', 'application/x-ndjson', 'text/csv', 'text/plain']) {
      const answer = await send('orders', Uint8Array.of(0, 255, 10), { 'content-type': type })
      expect([answer.status, await answer.json()]).toEqual([200, { stream: 'orders', accepted: 3, dead_letters: 0, reasons: {} }])
    }
    expect(await (await fetch(`${server.url}/api/ingest/orders`, { method: 'POST' })).json()).toMatchObject({ accepted: 0 })
  })

  it('says when to come again', async () => {
    const answer = await send('busy', '[]')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3'])
    expect(await answer.json()).toMatchObject({ error: { code: 'ingest/queue-full', retry_after_seconds: 3 } })
  })

  it('refuses what is larger than any stream takes', async () => {
    expect((await send('orders', 'x'.repeat(1025))).status).toBe(413)
  })

  it('leaves the bodies of other routes as they were', async () => {
    const answer = await fetch(`${server.url}/api/score/suspicious_ip`, {
      method: 'POST',
      body: 'a',
      headers: { 'content-type': 'text/csv' },
    })
    expect(answer.status).toBe(415)
  })
})
