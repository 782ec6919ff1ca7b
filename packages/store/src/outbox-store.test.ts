import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { cleanUp, freshFolder } from '../test/harness.ts'
import {
  type AlertRecord,
  claimDue,
  enqueue,
  listAlerts,
  listOutbox,
  type OutboxMessage,
  openStore,
  outboxFigures,
  pruneOutbox,
  recordAlertsAndEnqueue,
  resendFailed,
  type Store,
  settle,
} from './index.ts'

let store: Store
const LEASE_MS = 60_000

beforeAll(async () => {
  store = await openStore({ stateDir: freshFolder() })
})

afterAll(async () => {
  await store.close()
  await cleanUp()
})

beforeEach(() => store.pool.query('truncate millrace.outbox, millrace.alerts'))

function message(id: string, destination = 'pager'): OutboxMessage {
  return { id, destination, env: 'dev', payload: { id, bytes: 9_223_372_036_854_775_807n } }
}

function alertOf(id: string): AlertRecord {
  const window = { windowStart: 0, windowEnd: 60_000 }
  return { id, env: 'dev', scope: 's', asset: 'a', key: { ip: '::1' }, evidence: {}, raisedAt: 1, sampleOffsets: [], ...window }
}

function claim(limit = 10, leaseMs = LEASE_MS, destination = 'pager') {
  return claimDue(store.db, { env: 'dev', destination, limit, leaseMs })
}

it('enters a message once per destination and leaves a known one as it is', async () => {
  expect(await enqueue(store.db, [message('m1'), message('m1', 'chat')])).toBe(2)
  expect(await enqueue(store.db, [{ ...message('m1'), payload: 'changed' }, message('m2')])).toBe(1)
  const listed = await listOutbox(store.db, { env: 'dev', limit: 10 })
  expect(listed.map((one) => `${one.id} ${one.destination} ${one.state}`).sort()).toEqual([
    'm1 chat pending',
    'm1 pager pending',
    'm2 pager pending',
  ])
  expect(listed.find((one) => one.id === 'm1')?.payload).toEqual({ id: 'm1', bytes: 9_223_372_036_854_775_807n })
})

it('records alerts and their messages together, and nothing of either when one cannot be written', async () => {
  const send = (alert: AlertRecord) => [message(alert.id)]
  expect(await recordAlertsAndEnqueue(store.db, [alertOf('a1'), alertOf('a1')], send)).toEqual(['a1'])
  const broken = () => [{ ...message('a2'), destination: null as unknown as string }]
  await expect(recordAlertsAndEnqueue(store.db, [alertOf('a2')], broken)).rejects.toThrow()
  expect((await listAlerts(store.db, { env: 'dev', scope: 's' })).map((alert) => alert.id)).toEqual(['a1'])
  expect(await listOutbox(store.db, { env: 'dev', limit: 10 })).toHaveLength(1)
})

it('sends nothing again of an alert that is known', async () => {
  const send = (alert: AlertRecord) => [message(alert.id)]
  await recordAlertsAndEnqueue(store.db, [alertOf('a1')], send)
  await store.pool.query('truncate millrace.outbox')
  expect(await recordAlertsAndEnqueue(store.db, [alertOf('a1')], send)).toEqual([])
  expect(await listOutbox(store.db, { env: 'dev', limit: 10 })).toEqual([])
})

it('keeps what a model says of an alert, and text that jsonb refuses', async () => {
  const alert = { ...alertOf('a1'), key: { ip: 'a\0b' }, score: 0.75, model: 'm', modelVersion: 3, threshold: 0.5, runbook: 'r.md' }
  const more = { usual: { hits: [0, 12] }, contributions: [{ feature: 'hits', value: -0.25 }] }
  await recordAlertsAndEnqueue(store.db, [{ ...alert, ...more }], () => [])
  expect(await listAlerts(store.db, { env: 'dev', scope: 's' })).toEqual([{ ...alert, ...more, key: { ip: 'a\uFFFDb' } }])
})

it('keeps the order in which an alert and a message say things', async () => {
  const ordered = { window: 1, hits: 2, b: 3, errors: 4 }
  await recordAlertsAndEnqueue(store.db, [{ ...alertOf('a1'), evidence: ordered }], () => [{ ...message('a1'), payload: ordered }])
  const [alert] = await listAlerts(store.db, { env: 'dev', scope: 's' })
  const [sent] = await claim()
  for (const found of [alert.evidence, sent.payload]) expect(Object.keys(found as object)).toEqual(Object.keys(ordered))
})

it('gives each message to one of many deliverers', async () => {
  await enqueue(
    store.db,
    Array.from({ length: 200 }, (_, n) => message(`m${n}`)),
  )
  const claims = await Promise.all(Array.from({ length: 40 }, () => claim(10)))
  const ids = claims.flat().map((one) => one.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect([...ids, ...(await claim(1_000)).map((one) => one.id)]).toHaveLength(200)
  expect(await claim()).toEqual([])
})

it('gives a message again when its lease has ended, and hears no more of the first deliverer', async () => {
  await enqueue(store.db, [message('m1')])
  const [first] = await claim(1, 30)
  expect(await claim()).toEqual([])
  await sleep(60)
  const [second] = await claim()
  expect(second).toMatchObject({ id: 'm1', attempts: 2 })
  expect(await settle(store.db, first, { kind: 'failed', error: 'late' })).toBe(false)
  expect(await settle(store.db, second, { kind: 'delivered' })).toBe(true)
  expect(await claim()).toEqual([])
  expect((await listOutbox(store.db, { env: 'dev', limit: 1 }))[0]).toMatchObject({ state: 'delivered', attempts: 2, lastError: null })
})

it('waits as long as was said before a message is due again, and counts refusals', async () => {
  await enqueue(store.db, [message('m1')])
  const [first] = await claim()
  await settle(store.db, first, { kind: 'again', error: 'status 400', afterMs: 80, refused: true })
  expect(await claim()).toEqual([])
  await sleep(120)
  const [second] = await claim()
  expect(second).toMatchObject({ attempts: 2, refusals: 1 })
  expect(second.ageMs).toBeGreaterThan(100)
})

it('shows failed messages and brings them back when asked', async () => {
  await enqueue(store.db, [message('m1'), message('m2')])
  for (const claimed of await claim()) await settle(store.db, claimed, { kind: 'failed', error: 'status 410' })
  expect(await outboxFigures(store.db, { env: 'dev' })).toEqual([
    { destination: 'pager', pending: 0, delivered: 0, failed: 2, lastError: 'status 410', oldestPendingMs: null },
  ])
  expect(await resendFailed(store.db, { env: 'dev', destination: 'pager' })).toBe(2)
  expect((await claim()).map((one) => [one.id, one.attempts])).toEqual([
    ['m1', 1],
    ['m2', 1],
  ])
})

it('forgets settled messages by age and number, and never a waiting one', async () => {
  await enqueue(
    store.db,
    ['m1', 'm2', 'm3', 'm4'].map((id) => message(id)),
  )
  const claimed = await claim(3)
  for (const one of claimed.slice(0, 2)) await settle(store.db, one, { kind: 'delivered' })
  await settle(store.db, claimed[2], { kind: 'failed', error: 'x' })
  expect(await pruneOutbox(store.db, { env: 'dev' })).toBe(0)
  expect(await pruneOutbox(store.db, { env: 'dev', rowsMax: 2 })).toBe(1)
  await sleep(5)
  expect(await pruneOutbox(store.db, { env: 'dev', deliveredMs: 1 })).toBe(1)
  expect((await listOutbox(store.db, { env: 'dev', limit: 10 })).map((one) => one.state).sort()).toEqual(['failed', 'pending'])
})

it('keeps what is beyond the longest queue as failed', async () => {
  await store.pool.query(`insert into millrace.outbox (id, destination, env, payload, created_at, next_attempt_at)
    select 'old' || n, 'pager', 'dev', '{}', now() - interval '1 hour', now() from generate_series(1, 99999) n`)
  await enqueue(store.db, [message('m1'), message('m2')])
  const [figures] = await outboxFigures(store.db, { env: 'dev' })
  expect(figures).toMatchObject({ pending: 100_000, failed: 1 })
  expect(figures.lastError).toBe('More than 100000 messages wait for this destination.')
})
