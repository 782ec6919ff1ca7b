import { setTimeout as wait } from 'node:timers/promises'
import { type RunningServer, startServer } from '@millrace/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FedSession } from './fed-session.ts'
import { rawEventClient } from './raw-client.ts'

interface Event {
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of a document
  readonly data: any
  readonly at: number
}

/** Reads events of a server until it is stopped. */
function follow(url: string): { events: Event[]; stop: () => void; until: (found: (event: Event) => boolean) => Promise<Event> } {
  const events: Event[] = []
  const abort = new AbortController()
  const read = async () => {
    const answer = await fetch(`${url}/api/events`, { signal: abort.signal })
    let text = ''
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      const frames = (text + chunk).split('\n\n')
      text = frames.pop()!
      for (const frame of frames) {
        const match = /event: (\w+)\ndata: (.*)/.exec(frame)
        if (match) events.push({ event: match[1], data: JSON.parse(match[2]), at: performance.now() })
      }
    }
  }
  read().catch(() => {})
  const until = async (found: (event: Event) => boolean): Promise<Event> => {
    for (const end = performance.now() + 5000; performance.now() < end; await wait(20)) {
      const event = events.find(found)
      if (event) return event
    }
    throw new Error(`not seen among ${events.map(({ event }) => event)}`)
  }
  return { events, stop: () => abort.abort(), until }
}

let session: FedSession
let server: RunningServer

beforeEach(async () => {
  session = new FedSession()
  session.advance(3)
  server = await startServer({ port: 0, ...session.views })
})
afterEach(() => server.close())

describe('the event stream', () => {
  it('begins with the whole state, then tells only what changed', async () => {
    const reader = follow(server.url)
    const first = await reader.until(({ event }) => event === 'state')
    expect(first.data).toMatchObject(JSON.parse(JSON.stringify(session.snapshot())))
    const alert = session.raise()
    const change = await reader.until(({ event, data }) => event === 'change' && data.alerts !== undefined)
    expect(change.data.alerts).toEqual({ set: [alert], drop: [] })
    expect(change.data.sources).toBeUndefined()
    expect(change.data.models).toBeUndefined()
    reader.stop()
  })

  it('leads a reader from the first state to the present one, whenever it joined', async () => {
    const early = follow(server.url)
    await early.until(({ event }) => event === 'state')
    for (let i = 0; i < 20; i++) {
      session.advance(2)
      await wait(40)
    }
    const late = follow(server.url)
    await late.until(({ event }) => event === 'state')
    for (let i = 0; i < 5; i++) {
      session.advance()
      await wait(40)
    }
    await wait(600)
    const wanted = JSON.parse(JSON.stringify(session.snapshot()))
    for (const reader of [early, late]) {
      const state = replay(reader.events)
      for (const section of ['sources', 'assets', 'windows', 'models', 'alerts', 'outlets']) {
        expect([...state[section].values()].map((one) => JSON.stringify(one)).sort(), section).toEqual(
          wanted[section].map((one: unknown) => JSON.stringify(one)).sort(),
        )
      }
      reader.stop()
    }
  })

  it('changes at most four times a second and beats at least every second', async () => {
    const reader = follow(server.url)
    await reader.until(({ event }) => event === 'state')
    const busy = setInterval(() => session.advance(), 10)
    await wait(2100)
    clearInterval(busy)
    reader.stop()
    const changes = reader.events.filter(({ event }) => event === 'change').map(({ at }) => at)
    const perSecond = changes.map((at) => changes.filter((other) => other >= at && other < at + 950).length)
    expect(changes.length).toBeGreaterThan(3)
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(4)
    const beats = reader.events.filter(({ event }) => event === 'beat').map(({ at }) => at)
    expect(beats.length).toBeGreaterThanOrEqual(3)
    for (let i = 1; i < beats.length; i++) expect(beats[i] - beats[i - 1]).toBeLessThan(1000)
  })

  it('gives a page that opens late the seconds before', async () => {
    await wait(2300)
    const reader = follow(server.url)
    const { data } = await reader.until(({ event }) => event === 'state')
    expect(data.history.length).toBeGreaterThanOrEqual(2)
    expect(data.history[0].lines_per_second).toBeGreaterThan(0)
    reader.stop()
  })

  it('drops browsers that never read, counts each once, and goes on for the others', async () => {
    const reader = follow(server.url)
    await reader.until(({ event }) => event === 'state')
    const droppedSoFar = async (): Promise<number> => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text()
      return Number(/^millrace_event_clients_dropped_total (\d+)/m.exec(metrics)?.[1])
    }
    for (let round = 1; round <= 3; round++) {
      const deaf = await rawEventClient(server.port)
      deaf.pause()
      const gone = new Promise((resolve) => deaf.once('close', resolve))
      deaf.on('error', () => {})
      for (const end = performance.now() + 25_000; (await droppedSoFar()) < round && performance.now() < end; await wait(100)) {
        for (let i = 0; i < 200; i++) session.raise(`10.${i}.${Math.floor(performance.now()) % 250}.${'9'.repeat(1500)}`)
      }
      deaf.resume()
      await gone
      expect(await droppedSoFar()).toBe(round)
    }
    const now = performance.now()
    await reader.until(({ event, at }) => event === 'beat' && at > now)
    expect((await fetch(`${server.url}/api/state`)).status).toBe(200)
    reader.stop()
  }, 90_000)

  it('refuses one reader too many in a sentence', async () => {
    const sockets = await Promise.all(Array.from({ length: 64 }, () => rawEventClient(server.port)))
    for (const socket of sockets) await new Promise((resolve) => socket.once('data', resolve))
    const refused = await fetch(`${server.url}/api/events`)
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error: { code: 'server/too-many-readers', found: 64 } })
    for (const socket of sockets) socket.destroy()
    await wait(50)
    const reader = follow(server.url)
    await reader.until(({ event }) => event === 'state')
    reader.stop()
  })
})

const KEYS: Readonly<Record<string, (item: Record<string, string>) => string>> = {
  sources: ({ name }) => name,
  assets: ({ name }) => name,
  windows: ({ asset, window_end }) => `${asset} ${window_end}`,
  models: ({ model }) => model,
  alerts: ({ id }) => id,
  outlets: ({ name }) => name,
}

/** The state a reader arrives at. */
function replay(events: readonly Event[]): Record<string, Map<string, unknown>> {
  const [first, ...rest] = events.filter(({ event }) => event !== 'beat')
  expect(first.event).toBe('state')
  const state = Object.fromEntries(
    Object.entries(KEYS).map(([section, keyOf]) => [
      section,
      new Map<string, unknown>(first.data[section].map((item: never) => [keyOf(item), item])),
    ]),
  )
  let seq = first.data.seq
  for (const { data } of rest) {
    expect(data.seq).toBe(++seq)
    for (const [section, keyOf] of Object.entries(KEYS)) {
      for (const item of data[section]?.set ?? []) state[section].set(keyOf(item), item)
      for (const key of data[section]?.drop ?? []) expect(state[section].delete(key)).toBe(true)
    }
  }
  return state
}
