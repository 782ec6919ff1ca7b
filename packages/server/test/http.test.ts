import { request as httpRequest } from 'node:http'
import { type RunningServer, startServer } from '@millrace/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FedSession } from './fed-session.ts'

const ROW = { hits: 900, errors: 2, failed_logins: 0, distinct_paths: 3, response_bytes: null, pace: 7, error_ratio: 0.1, site_share: 0 }

let session: FedSession
let server: RunningServer
const reported: unknown[] = []

beforeAll(async () => {
  session = new FedSession()
  session.advance(40)
  server = await startServer({ port: 0, ...session.views, report: (error) => reported.push(error) })
})
afterAll(() => server.close())

async function get(path: string, init?: RequestInit) {
  const answer = await fetch(`${server.url}${path}`, init)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, body: text.startsWith('{') ? JSON.parse(text) : undefined }
}

function post(path: string, body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return get(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })
}

function askAs(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ port: server.port, host: '127.0.0.1', path: '/api/state', headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .once('error', reject)
      .end()
  })
}

describe('state and alerts', () => {
  it('gives the whole state with its history', async () => {
    const { status, body } = await get('/api/state')
    expect(status).toBe(200)
    expect(body).toMatchObject(JSON.parse(JSON.stringify(session.snapshot())))
    expect(body.history).toBeInstanceOf(Array)
  })

  it('gives alerts of an asset within a range of event time, and says when there are more', async () => {
    const all = session.snapshot().alerts
    expect(all.length).toBeGreaterThan(1)
    const { body } = await get('/api/alerts?asset=attacks&limit=1')
    expect(body).toEqual({ alerts: [all[0]], truncated: true })
    const last = all.at(-1)!
    const from = Date.parse(last.window_end)
    expect((await get(`/api/alerts?from=${from}&to=${from + 1}`)).body.alerts).toEqual([last])
    expect((await get('/api/alerts?asset=other')).body).toEqual({ alerts: [], truncated: false })
  })

  it('refuses a time it cannot read and a limit out of range', async () => {
    expect(await get('/api/alerts?from=yesterday')).toMatchObject({
      status: 422,
      body: { error: { code: 'request/not-an-instant', asked: 'yesterday' } },
    })
    expect(await get('/api/alerts?limit=0')).toMatchObject({ status: 422, body: { error: { code: 'request/invalid' } } })
    expect(await get('/api/alerts?limits=5')).toMatchObject({ status: 422 })
  })

  it('gives a runbook as text, never as a page', async () => {
    const { headers, text } = await get('/api/runbooks/attacks')
    expect(text).toContain('# An attack')
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await get('/api/runbooks/other')).toMatchObject({ status: 404, body: { error: { code: 'alert/no-runbook' } } })
  })
})

describe('models', () => {
  it('lists them and shows one with versions, gates and deployments', async () => {
    expect((await get('/api/models')).body.models[0]).toEqual({
      model: 'suspicious_ip',
      on: 'ip_signals',
      versions: 3,
      deployed: 3,
      deployed_at: expect.any(String),
    })
    const { body } = await get('/api/models/suspicious_ip')
    expect(body.versions[0].gates).toEqual([{ name: 'roc_auc', value: 0.993, limit: 0.97, passed: true }])
    expect(body.versions[0].test).toMatchObject({ rows: 90_000, roc_auc: 0.993 })
  })

  it('names the models there are when asked for another', async () => {
    expect(await get('/api/models/nobody')).toMatchObject({
      status: 404,
      body: { error: { code: 'model/unknown-model', asked: 'nobody', found: ['suspicious_ip', 'suspicious_site'] } },
    })
  })
})

describe('scoring', () => {
  it('scores features whatever their order', async () => {
    const { status, body } = await post('/api/score/suspicious_ip', { features: Object.fromEntries(Object.entries(ROW).reverse()) })
    expect(status).toBe(200)
    const expected = 1 / (1 + Math.exp(4 - (8 * 900 + 7 * 2 + 5 * 3 + 3 * 7 + 2 * Math.fround(0.1)) / 1000))
    expect(body).toEqual({
      model: 'suspicious_ip',
      version: 3,
      threshold: 0.9,
      score: expect.closeTo(expected, 9),
      decision: true,
      decided_by: 'model',
      staleness_ms: null,
      features_at: null,
    })
  })

  it('scores the latest row of a key and says how old it is', async () => {
    const { body } = await post('/api/score/suspicious_ip', { key: { ip: '10.7.3.19' } })
    expect(body).toMatchObject({ decision: true, staleness_ms: 1500, features_at: new Date(session.clock).toISOString() })
  })

  it('scores many rows in their order', async () => {
    const { body } = await post('/api/score/suspicious_ip', { rows: [ROW, { ...ROW, hits: 1 }, { ...ROW, hits: null }] })
    expect(body.rows.map((one: { decision: boolean }) => one.decision)).toEqual([true, false, false])
    expect(body.rows[2]).toEqual({ score: null, decision: false, decided_by: 'fallback' })
    expect(body.version).toBe(3)
  })

  it('gives no score, threshold and version where the fallback decided', async () => {
    const { body } = await post('/api/score/suspicious_ip', { features: { ...ROW, hits: null } })
    expect(body).toMatchObject({ score: null, threshold: null, version: null, decided_by: 'fallback' })
  })

  it('takes booleans and integers written as text', async () => {
    const one = await post('/api/score/suspicious_ip', { features: { ...ROW, hits: '900', errors: true, failed_logins: false } })
    const two = await post('/api/score/suspicious_ip', { features: { ...ROW, hits: 900, errors: 1, failed_logins: 0 } })
    expect(one.body.score).toBe(two.body.score)
  })

  const { hits: _, ...withoutHits } = ROW
  const many = Array.from({ length: 1001 }, () => ({}))
  it.each<[name: string, path: string, body: unknown, status: number, code: string]>([
    ['an unknown model', 'nobody', { features: ROW }, 404, 'score/unknown-model'],
    ['an unknown key', 'suspicious_ip', { key: { ip: '1.1.1.1' } }, 404, 'score/unknown-key'],
    ['another key', 'suspicious_ip', { key: { address: '1.1.1.1' } }, 422, 'score/wrong-key'],
    ['a missing feature', 'suspicious_ip', { features: withoutHits }, 422, 'score/missing-feature'],
    ['an unknown feature', 'suspicious_ip', { features: { ...ROW, hitz: 1 } }, 422, 'score/unknown-feature'],
    ['a feature that is text', 'suspicious_ip', { features: { ...ROW, hits: 'many' } }, 422, 'score/not-a-number'],
    ['a nested feature', 'suspicious_ip', { features: { ...ROW, hits: [1] } }, 422, 'request/invalid'],
    ['nothing', 'suspicious_ip', {}, 422, 'score/one-of-three'],
    ['two of three', 'suspicious_ip', { features: ROW, key: { ip: 'a' } }, 422, 'score/one-of-three'],
    ['no rows', 'suspicious_ip', { rows: [] }, 413, 'score/batch-size'],
    ['too many rows', 'suspicious_ip', { rows: many }, 413, 'score/batch-size'],
    ['broken JSON', 'suspicious_ip', '{"features":', 400, 'request/malformed'],
    ['a list', 'suspicious_ip', [], 422, 'request/invalid'],
    ['a huge body', 'suspicious_ip', { features: { a: 'x'.repeat(1024 * 1024) } }, 413, 'request/too-large'],
  ])('refuses %s in one sentence', async (_name, model, body, status, code) => {
    const answer = await post(`/api/score/${model}`, body)
    expect(answer).toMatchObject({
      status,
      body: { error: { code, message: expect.stringMatching(/\.$/), do: expect.stringMatching(/\.$/) } },
    })
    expect(reported).toEqual([])
  })

  it('refuses a body that is not JSON', async () => {
    const answer = await post('/api/score/suspicious_ip', JSON.stringify({ features: ROW }), { 'content-type': 'text/plain' })
    expect(answer).toMatchObject({ status: 415, body: { error: { code: 'request/content-type' } } })
  })

  it('tells its owner, not its caller, of a fault', async () => {
    const broken = { ...session.views.scoring, score: () => Promise.reject(new TypeError('secret internals')) }
    const seen: unknown[] = []
    const other = await startServer({ port: 0, ...session.views, scoring: broken, report: (error) => seen.push(error) })
    const answer = await fetch(`${other.url}/api/score/suspicious_ip`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ features: ROW }),
    })
    const text = await answer.text()
    await other.close()
    expect(answer.status).toBe(500)
    expect(text).not.toContain('secret')
    expect(JSON.parse(text).error.code).toBe('server/bug')
    expect(seen).toHaveLength(1)
  })
})

describe('health', () => {
  it('is ready only without reasons against it', async () => {
    session.notReady = ['The first commit of `requests` is not durable yet.']
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { ready: false, reasons: session.notReady } })
    session.notReady = []
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { ready: true, reasons: [] } })
    expect(await get('/health/live')).toMatchObject({ status: 200, body: { live: true, project: 'weblogs', pid: process.pid } })
  })
})

describe('who may ask', () => {
  it('answers by address and by localhost only', async () => {
    for (const host of ['localhost', 'LOCALHOST:4600', '127.0.0.1:1', '[::1]:4600', 'shop.localhost']) expect(await askAs(host)).toBe(200)
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example']) expect(await askAs(host)).toBe(403)
  })

  it('answers for a host it was told of', async () => {
    const named = await startServer({ port: 0, ...session.views, hosts: ['millrace.internal'] })
    const ask = (host: string) =>
      new Promise((resolve) =>
        httpRequest({ port: named.port, path: '/health/live', headers: { host } }, (a) => resolve(a.resume().statusCode)).end(),
      )
    expect(await ask('millrace.internal:80')).toBe(200)
    expect(await ask('millrace.internal.evil')).toBe(403)
    await named.close()
  })

  it('lets no other site in and forbids foreign code on its pages', async () => {
    const { headers } = await get('/api/state', { headers: { origin: 'http://evil.example' } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('says what there is for an unknown route', async () => {
    expect(await get('/api/nothing?x=1')).toMatchObject({
      status: 404,
      body: { error: { code: 'request/unknown-route', asked: 'GET /api/nothing' } },
    })
    expect((await get('/openapi.json')).body.paths['/api/score/{model}'].post).toBeDefined()
  })

  it('answers / with a sentence when the page is not built', async () => {
    expect(await get('/')).toMatchObject({ status: 503, text: expect.stringContaining('not built') })
  })
})
