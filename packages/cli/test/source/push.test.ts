import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { order, orderCsv, orderLines, orderProject, orders } from './source-project.ts'

const SECRET = 'a secret of the tests'

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: Record<string, never> & { readonly error: { readonly code: string } }
}

function sender(dev: () => DevProcess) {
  return async (body: string | Uint8Array, headers: Record<string, string> = {}, stream = 'orders'): Promise<Answer> => {
    const url = String(dev().of('serving')[0].url)
    const answer = await fetch(`${url}/api/ingest/${stream}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(body as string),
    })
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: (await answer.json()) as Answer['body'] }
  }
}

/** The steps build on each other. */
describe('requests push records into a stream', () => {
  const bench = new Workbench(orderProject('m.httpPush({ limits: { bodyBytesMax: 2_000_000 } })'))
  let dev: DevProcess
  const send = sender(() => dev)
  const start = async (): Promise<void> => {
    dev = bench.dev('--port', '0')
    await dev.until((one) => one.of('serving').length > 0)
  }
  beforeAll(start)
  afterAll(() => bench.close())

  it('as JSON, JSON lines and CSV, plain and compressed', async () => {
    expect(await send(JSON.stringify(order(0)))).toMatchObject({
      status: 200,
      body: { stream: 'orders', accepted: 1, dead_letters: 0, reasons: {} },
    })
    expect(await send(JSON.stringify(orders(1, 100), null, 2))).toMatchObject({ status: 200, body: { accepted: 99 } })
    expect(await send(orderLines(100, 200), { 'content-type': 'application/x-ndjson' })).toMatchObject({ body: { accepted: 100 } })
    expect(await send(orderCsv(200, 300), { 'content-type': 'text/csv; charset=utf-8' })).toMatchObject({ body: { accepted: 100 } })
    const compressed = gzipSync(orderLines(300, 400))
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
    expect(await send(compressed, headers)).toMatchObject({ status: 200, body: { accepted: 100 } })
  })

  it('keep bad records as dead letters beside the good ones', async () => {
    const deep = `{"shop":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
    const lines = [
      JSON.stringify(order(400)),
      'no json',
      deep,
      JSON.stringify({ ...order(401), shop: 'x'.repeat(1_100_000) }),
      JSON.stringify({ ...order(401), number: -1 }),
      JSON.stringify({ ...order(401), ordered_at: null }),
      '',
      JSON.stringify({ ...order(401), number: 'seven' }),
      JSON.stringify(order(401)),
    ]
    expect(await send(lines.join('\n'), { 'content-type': 'application/x-ndjson' })).toMatchObject({
      status: 200,
      body: {
        accepted: 2,
        dead_letters: 6,
        reasons: {
          'decode/not-this-format': 1,
          'decode/too-deep': 1,
          'decode/line-too-long': 1,
          'contract/out-of-range': 1,
          'contract/null': 1,
          'contract/type': 1,
        },
      },
    })
  })

  it('are refused whole when they cannot be read, and nothing of them is taken in', async () => {
    expect(await send('[{"number":1},')).toMatchObject({ status: 400, body: { error: { code: 'ingest/malformed' } } })
    expect(await send(`[${JSON.stringify(order(1))},{bad}]`)).toMatchObject({ status: 400, body: { error: { code: 'ingest/malformed' } } })
    const gzip = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
    const cut = gzipSync(orderLines(0, 1000))
    expect(await send(cut.subarray(0, cut.length / 2), gzip)).toMatchObject({ status: 400, body: { error: { code: 'ingest/bad-gzip' } } })
    expect(await send(gzipSync(Buffer.alloc(50_000_000)), gzip)).toMatchObject({
      status: 413,
      body: { error: { code: 'ingest/too-large' } },
    })
    expect(await send('x'.repeat(2_000_001))).toMatchObject({ status: 413 })
    expect(await send('a', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: { error: { code: 'ingest/content-type' } },
    })
    expect(await send('a', { 'content-encoding': 'br' })).toMatchObject({
      status: 415,
      body: { error: { code: 'ingest/content-encoding' } },
    })
    expect(await send('[]', {}, 'elsewhere')).toMatchObject({ status: 404, body: { error: { code: 'ingest/unknown-stream' } } })
  })

  it('are answered the same when they are repeated, also after a kill, and taken in once', async () => {
    const body = JSON.stringify([...orders(402, 500), { number: 'bad' }])
    const key = { 'idempotency-key': 'first' }
    const first = await send(body, key)
    expect(first).toMatchObject({ status: 200, body: { accepted: 98, dead_letters: 1 } })
    const together = await Promise.all([send(body, key), send(body, key), send(body, { 'idempotency-key': 'first' })])
    for (const again of together) expect(again).toEqual(first)
    expect(await send('[]', key)).toMatchObject({ status: 422, body: { error: { code: 'ingest/key-reused' } } })
    await dev.kill('SIGKILL')
    await start()
    expect(await send(body, key)).toEqual(first)
  })

  it('are each once in the stream, and the balance holds', async () => {
    await dev.until((one) => Number(one.of('status').at(-1)?.lines ?? 0) > 0)
    const status = dev.of('status').at(-1) as unknown as { lines: number; decoded: number; blank: number; dead_letters: number }
    expect(status.lines).toBe(status.decoded + status.blank + status.dead_letters)
    expect(status).toMatchObject({ decoded: 500, dead_letters: 7 })
    expect(await dev.kill('SIGTERM')).toBe(0)
    expect(
      await bench.json(['sql', 'select count(*), count(distinct number), min(number), max(number), count(distinct _arrival) from orders']),
    ).toMatchObject({ rows: [[500, 500, 0, 499, 500]] })
    expect(await bench.json(['sql', 'select count(*), count(distinct _arrival) from orders__dead_letters'])).toMatchObject({
      rows: [[7, 7]],
    })
    expect((await bench.json(['sql', 'select sum(hits) from shop_orders'])) as unknown).toMatchObject({ row_count: 1 })
  })
})

describe('a stream of signed requests', () => {
  const from =
    "m.httpPush({ signature: { header: 'X-Signature', timestampHeader: 'X-Time', secret: m.env('ORDERS_SECRET') }, limits: { requestsPerSecondMax: 10 } })"
  const bench = new Workbench(orderProject(from))
  let dev: DevProcess
  const send = sender(() => dev)
  afterAll(() => bench.close())
  const signed = (body: string, at = Math.floor(Date.now() / 1000), secret = SECRET): Record<string, string> => ({
    'x-time': String(at),
    'x-signature': `sha256=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`,
  })

  it('takes what is signed with its secret and lately, and nothing else', async () => {
    dev = bench.devWith({ ORDERS_SECRET: SECRET }, '--port', '0')
    await dev.until((one) => one.of('serving').length > 0)
    const body = JSON.stringify(orders(0, 10))
    expect(await send(body, signed(body))).toMatchObject({ status: 200, body: { accepted: 10 } })
    const bad = { status: 401, body: { error: { code: 'ingest/bad-signature' } } }
    expect(await send(body)).toMatchObject(bad)
    expect(await send(body, signed(body, undefined, 'another secret'))).toMatchObject(bad)
    expect(await send(`${body} `, signed(body))).toMatchObject(bad)
    const old = signed(body, Math.floor(Date.now() / 1000) - 301)
    expect(await send(body, old)).toMatchObject({ status: 401, body: { error: { code: 'ingest/stale-signature' } } })
  })

  it('takes no more requests than it should, and says when to come again', async () => {
    const body = JSON.stringify(order(10))
    const answers = await Promise.all(Array.from({ length: 80 }, () => send(body, signed(body))))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(10)
    expect(refused.every(({ retryAfter }) => retryAfter === '1')).toBe(true)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(80 - refused.length)
  })

  it('refuses everything while its secret is not set', async () => {
    await dev.kill('SIGTERM')
    dev = bench.dev('--port', '0')
    await dev.until((one) => one.of('serving').length > 0)
    expect(dev.of('problem')[0]).toMatchObject({ code: 'ingest/secret-not-set' })
    const body = JSON.stringify(order(10))
    expect(await send(body, signed(body))).toMatchObject({ status: 503, body: { error: { code: 'ingest/secret-not-set' } } })
  })
})

describe('a session without a server', () => {
  it('says that nobody can push to its stream', async () => {
    const bench = new Workbench(orderProject('m.httpPush()'))
    try {
      const dev = bench.dev('--no-server')
      await dev.until((one) => one.of('problem').length > 0)
      expect(dev.of('problem')[0]).toMatchObject({ code: 'ingest/no-server', stream: 'orders' })
      expect(await dev.kill('SIGTERM')).toBe(0)
    } finally {
      await bench.close()
    }
  })
})

describe('a session that is killed again and again while requests come', () => {
  const REQUESTS = 120
  const PER_REQUEST = 50
  const SENDERS = 4
  const bench = new Workbench(orderProject('m.httpPush()'))
  let dev: DevProcess
  const send = sender(() => dev)
  const start = async (): Promise<void> => {
    dev = bench.dev('--port', '0')
    await dev.until((one) => one.of('serving').length > 0)
  }
  afterAll(() => bench.close())

  /** As a sender should: the same request again until it is answered. */
  async function sendUntilTaken(number: number): Promise<void> {
    const body = orderLines(number * PER_REQUEST, (number + 1) * PER_REQUEST)
    for (;;) {
      const answer = await send(body, { 'content-type': 'application/x-ndjson', 'idempotency-key': `request ${number}` }).catch(
        () => undefined,
      )
      if (answer?.status === 200) {
        expect(answer.body).toMatchObject({ accepted: PER_REQUEST, dead_letters: 0 })
        return
      }
      await sleep(20)
    }
  }

  it('has each record once (law 3)', { timeout: 180_000 }, async () => {
    await start()
    let next = 0
    let done = 0
    const senders = Array.from({ length: SENDERS }, async () => {
      while (next < REQUESTS) {
        await sendUntilTaken(next++)
        done += 1
        await sleep(10)
      }
    })
    for (let kill = 1; kill <= 3; kill++) {
      while (done < (REQUESTS * kill) / 4) await sleep(5)
      await dev.kill('SIGKILL')
      await start()
    }
    await Promise.all(senders)
    expect(await dev.kill('SIGTERM')).toBe(0)
    const all = REQUESTS * PER_REQUEST
    expect(
      await bench.json(['sql', 'select count(*), count(distinct number), max(number), max(_offset), max(_arrival) from orders']),
    ).toMatchObject({
      rows: [[all, all, all - 1, all - 1, all - 1]],
    })
  })
})
