import { createHmac } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { enqueue, listOutbox, openStore, outboxFigures, type Store, stopServices } from '@millrace/store'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { Deliverer, type DelivererLimits, type Destination } from './deliverer.ts'

const stateDir = mkdtempSync(join(realpathSync(tmpdir()), 'millrace-deliver-'))
let store: Store

beforeAll(async () => {
  store = await openStore({ stateDir })
})

afterAll(async () => {
  await store.close()
  await stopServices({ stateDir })
  rmSync(stateDir, { recursive: true, force: true })
})

beforeEach(() => store.pool.query('truncate millrace.outbox'))

const QUICK: Partial<DelivererLimits> = {
  requestMsMax: 300,
  noteMsMax: 200,
  pollMs: 20,
  stopMsMax: 100,
  retry: { firstMs: 10, msMax: 80 },
  refusalsMax: 3,
}

interface Receipt {
  readonly id: string
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

interface Receiver {
  readonly url: string
  readonly port: number
  readonly receipts: Receipt[]
  readonly close: () => Promise<void>
}

/** A real web server that answers as it is told. */
async function receiver(answer: (response: ServerResponse, receipt: Receipt, count: number) => void, port = 0): Promise<Receiver> {
  const receipts: Receipt[] = []
  const server: Server = createServer((request, response) => {
    let text = ''
    request.on('data', (data: Buffer) => {
      text += data
    })
    request.on('end', () => {
      const receipt = { id: String(request.headers['idempotency-key']), body: JSON.parse(text), text, headers: request.headers }
      receipts.push(receipt)
      answer(response, receipt, receipts.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(close)
  const given = (server.address() as AddressInfo).port
  return { url: `http://127.0.0.1:${given}/hook/secret-path`, port: given, receipts, close }
}

const accept = (response: ServerResponse) => void response.writeHead(204).end()
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end()

function deliver(destinations: readonly Destination[], limits: Partial<DelivererLimits> = {}): Deliverer {
  const deliverer = new Deliverer({ store, env: 'dev', destinations, limits: { ...QUICK, ...limits } })
  deliverer.start()
  onTestFinished(() => deliverer.stop())
  return deliverer
}

/** Where every request is answered at last, so that a machine that is busy makes none of them fail. */
const PATIENT: Partial<DelivererLimits> = { requestMsMax: 20_000 }

const put = (ids: readonly string[], destination = 'pager') =>
  enqueue(
    store.db,
    ids.map((id) => ({ id, destination, env: 'dev', payload: { id, big: 9_223_372_036_854_775_807n } })),
  )

async function settled(destination = 'pager', msMax = 15_000): Promise<{ delivered: number; failed: number; lastError: string | null }> {
  const deadline = performance.now() + msMax
  for (;;) {
    const figures = (await outboxFigures(store.db, { env: 'dev' })).find((one) => one.destination === destination)
    if (figures?.pending === 0) return { delivered: figures.delivered, failed: figures.failed, lastError: figures.lastError }
    expect(performance.now(), `${destination}: ${JSON.stringify(figures)}`).toBeLessThan(deadline)
    await sleep(10)
  }
}

it('sends each message once when all goes well, with its id in header and body', async () => {
  const { url, receipts } = await receiver(accept)
  deliver([{ name: 'pager', url }], PATIENT)
  const ids = Array.from({ length: 50 }, (_, n) => `m${n}`)
  await put(ids)
  expect(await settled()).toEqual({ delivered: 50, failed: 0, lastError: null })
  expect(receipts.map((one) => one.id).sort()).toEqual([...ids].sort())
  for (const { id, body, headers, text } of receipts) {
    expect(body.id).toBe(id)
    expect(text).toContain('9223372036854775807')
    expect(headers['content-type']).toBe('application/json')
    expect(headers['webhook-signature']).toBeUndefined()
  }
})

it('comes through to a receiver that fails twice, is dead for a while, and then answers', async () => {
  const first = await receiver((response, _receipt, count) => (count <= 2 ? status(500)(response) : accept(response)))
  const deliverer = deliver([{ name: 'pager', url: first.url }])
  await put(['m1'])
  await settled()
  expect(first.receipts.map((one) => one.id)).toEqual(['m1', 'm1', 'm1'])
  await first.close()
  await put(['m2', 'm3', 'm4', 'm5', 'm6', 'm7'])
  await sleep(700)
  expect(deliverer.status[0]).toMatchObject({ lastError: 'ECONNREFUSED', failed: 0 })
  expect(deliverer.status[0].failures).toBeGreaterThan(3)
  const back = await receiver(accept, first.port)
  expect(await settled()).toMatchObject({ delivered: 7, failed: 0 })
  expect(back.receipts.map((one) => one.id).sort()).toEqual(['m2', 'm3', 'm4', 'm5', 'm6', 'm7'])
  expect(deliverer.status[0]).toMatchObject({ failures: 0, lastError: undefined, delivered: 7 })
})

it('tries one message at a time while the receiver is away', async () => {
  const attempts: number[] = []
  const { url } = await receiver((response) => {
    attempts.push(performance.now())
    status(503)(response)
  })
  await put(Array.from({ length: 200 }, (_, n) => `m${n}`))
  deliver([{ name: 'pager', url }], { retry: { firstMs: 50, msMax: 50 } })
  await sleep(800)
  // Four at first, then at most one each 25 to 50 ms.
  expect(attempts.length).toBeGreaterThan(4)
  expect(attempts.length).toBeLessThan(4 + 800 / 25)
})

it('is not held up by a destination that never answers, and lets nothing of it go', async () => {
  const hanging = await receiver(() => {})
  const quick = await receiver(accept)
  const deliverer = deliver([
    { name: 'hanging', url: hanging.url },
    { name: 'pager', url: quick.url },
  ])
  await put(
    Array.from({ length: 20 }, (_, n) => `h${n}`),
    'hanging',
  )
  const begin = performance.now()
  await put(Array.from({ length: 20 }, (_, n) => `m${n}`))
  expect(await settled('pager', 5_000)).toMatchObject({ delivered: 20 })
  expect(performance.now() - begin).toBeLessThan(5_000)
  await expect.poll(() => deliverer.status[0].lastError, { timeout: 5_000 }).toBe('no answer within 300 ms')
  const figures = (await outboxFigures(store.db, { env: 'dev' })).find((one) => one.destination === 'hanging')
  expect(figures).toMatchObject({ pending: 20, failed: 0 })
})

it('fails a refused message for good after some tries, says why, and sends the others', async () => {
  const { url, receipts } = await receiver((response, { id }) => (id === 'bad' ? status(422)(response) : accept(response)))
  deliver([{ name: 'pager', url }])
  await put(['m1', 'bad', 'm2'])
  expect(await settled()).toEqual({ delivered: 2, failed: 1, lastError: 'the receiver answered 422' })
  expect(receipts.filter((one) => one.id === 'bad')).toHaveLength(3)
})

it.each([408, 409, 425, 429, 500, 503])('does not take %s for a refusal', async (code) => {
  const { url, receipts } = await receiver((response, _receipt, count) => (count <= 5 ? status(code)(response) : accept(response)))
  deliver([{ name: 'pager', url }])
  await put(['m1'])
  expect(await settled()).toMatchObject({ delivered: 1, failed: 0 })
  expect(receipts).toHaveLength(6)
})

it('waits as long as Retry-After says', async () => {
  const times: number[] = []
  const { url } = await receiver((response, _receipt, count) => {
    times.push(performance.now())
    count === 1 ? status(429, { 'retry-after': '1' })(response) : accept(response)
  })
  deliver([{ name: 'pager', url }])
  await put(['m1'])
  await settled()
  expect(times[1] - times[0]).toBeGreaterThan(950)
})

it('does not follow a redirect', async () => {
  const target = await receiver(accept)
  const { url } = await receiver(status(302, { location: target.url }))
  deliver([{ name: 'pager', url }])
  await put(['m1'])
  expect(await settled()).toMatchObject({ failed: 1, lastError: expect.stringContaining('302; redirects are not followed') })
  expect(target.receipts).toEqual([])
})

it('signs a body so that its receiver can check it', async () => {
  const { url, receipts } = await receiver(accept)
  deliver([{ name: 'pager', url, secret: `whsec_${Buffer.from('key').toString('base64')}` }])
  await put(['m1'])
  await settled()
  const { headers, text } = receipts[0]
  const seconds = String(headers['webhook-timestamp'])
  expect(Math.abs(Date.now() / 1000 - Number(seconds))).toBeLessThan(30)
  const expected = createHmac('sha256', 'key').update(`m1.${seconds}.${text}`).digest('base64')
  expect(headers['webhook-id']).toBe('m1')
  expect(headers['webhook-signature']).toBe(`v1,${expected}`)
})

it('never has one message under way twice, with three deliverers', async () => {
  const under = new Map<string, number>()
  let most = 0
  const { url, receipts } = await receiver((response, { id }) => {
    under.set(id, (under.get(id) ?? 0) + 1)
    most = Math.max(most, under.get(id) ?? 0)
    setTimeout(() => {
      under.set(id, (under.get(id) ?? 0) - 1)
      accept(response)
    }, 20)
  })
  await put(Array.from({ length: 60 }, (_, n) => `m${n}`))
  for (let n = 0; n < 3; n++) deliver([{ name: 'pager', url }], PATIENT)
  expect(await settled()).toMatchObject({ delivered: 60 })
  expect(most).toBe(1)
  expect(receipts).toHaveLength(60)
})

it('stops at once while a receiver hangs, and the next start sends the message', async () => {
  const hanging = await receiver(() => {})
  const first = deliver([{ name: 'pager', url: hanging.url }], { requestMsMax: 60_000 })
  await put(['m1'])
  await expect.poll(() => hanging.receipts.length).toBe(1)
  const begin = performance.now()
  await first.stop()
  expect(performance.now() - begin).toBeLessThan(3_000)
  expect((await listOutbox(store.db, { env: 'dev', limit: 1 }))[0]).toMatchObject({
    state: 'pending',
    lastError: 'stopped while it was sent',
  })
  const { url, receipts } = await receiver(accept)
  deliver([{ name: 'pager', url }])
  expect(await settled()).toMatchObject({ delivered: 1 })
  expect(receipts.map((one) => one.id)).toEqual(['m1'])
})

it('leaves messages alone that name a destination it does not know', async () => {
  const { url, receipts } = await receiver(accept)
  await put(['m1'], 'elsewhere')
  deliver([{ name: 'pager', url }])
  await put(['m2'])
  await settled()
  expect(receipts.map((one) => one.id)).toEqual(['m2'])
  expect((await outboxFigures(store.db, { env: 'dev' })).find((one) => one.destination === 'elsewhere')).toMatchObject({ pending: 1 })
})

it('says nothing of an address beyond what is needed', async () => {
  const deliverer = deliver([{ name: 'pager', url: 'http://127.0.0.1:1/secret-path' }])
  await put(['m1'])
  await expect.poll(() => deliverer.status[0].failures).toBeGreaterThan(1)
  expect(JSON.stringify([deliverer.status, await outboxFigures(store.db, { env: 'dev' })])).not.toContain('secret-path')
})
