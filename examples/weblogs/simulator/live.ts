import { Agent, request as sendRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask, Label } from './ask.ts'
import type { Intensity } from './attack-plan.ts'
import type { Clock } from './clock.ts'
import { HOUR_MS, MINUTE_MS } from './load.ts'
import { simulateTraffic } from './traffic-model.ts'

export interface LiveOptions {
  /** Where the shop answers, e.g. `http://127.0.0.1:4610`. */
  readonly baseUrl: string
  /** The shop's clock: a request is sent when it shows the request's time. */
  readonly clock: Clock
  readonly seed: number
  readonly intensity: Intensity
  /** Simulated minutes of traffic. */
  readonly minutes: number
  /** First simulated moment, epoch ms. */
  readonly start: number
  /** Sessions begun in a minute of mean load, as in the traffic model. */
  readonly visitorsPerMinute?: number
  readonly signal?: AbortSignal
  /** The clock has jumped to a time, epoch ms: tell a shop in another process. */
  readonly onJump?: (at: number) => Promise<unknown>
  /** About once a second of real time. */
  readonly onProgress?: (progress: LiveProgress) => void
}

export interface LiveProgress {
  readonly requestsSent: number
  /** Simulated time of the latest request, epoch ms. */
  readonly at: number
  /** How far behind the clock the latest request was sent, real ms. */
  readonly behindMs: number
}

export interface LiveTraffic {
  /** Requests that were answered. Each is a line of the shop's log. */
  readonly requestsSent: number
  /** Requests without an answer: the connection broke. */
  readonly failed: number
  readonly labels: readonly Label[]
}

/** Requests under way at a time. */
const CONNECTIONS_MAX = 64
const PROGRESS_EVERY_MS = 1_000
const SLEEP_MS_MIN = 1
/** The clock jumps by this after the last minute, so that every window of the traffic closes. */
const JUMP_MS = 3 * HOUR_MS

interface Attack {
  from: number
  to: number
}

/**
 * A busy hour of the shop as real HTTP requests at their simulated times. After the last minute the clock jumps, and one more
 * request is sent: the windows before it can close.
 *
 * @returns what was sent; the labels carry the times at which the requests were sent and answered.
 */
export async function simulateLive(options: LiveOptions): Promise<LiveTraffic> {
  const { clock, signal } = options
  const traffic = simulateTraffic({ ...options, busy: true })
  const client = liveClient(options)
  let told = Date.now()
  for (const ask of traffic.asks) {
    const wait = clock.realMsUntil(ask.at)
    if (wait > SLEEP_MS_MIN) await sleep(wait, undefined, { signal }).catch(() => undefined)
    if (signal?.aborted) break
    await client.send(ask)
    if (Date.now() - told > PROGRESS_EVERY_MS) {
      told = Date.now()
      options.onProgress?.({ requestsSent: client.answered(), at: ask.at, behindMs: Math.max(0, -clock.realMsUntil(ask.at)) })
    }
  }
  await client.drained()
  if (!signal?.aborted) {
    const end = options.start + options.minutes * MINUTE_MS
    const jumped = Math.max(clock.now(), end) + JUMP_MS
    clock.jumpTo(jumped)
    await options.onJump?.(jumped)
    await client.send({ at: clock.now(), ip: '127.0.0.1', method: 'GET', target: '/health', agent: 'shop-check', referer: '-' })
    await client.drained()
  }
  client.close()
  const labels = traffic.labels().flatMap((label) => measured(label, client.attacks.get(label.id)))
  return { requestsSent: client.answered(), failed: client.failed(), labels }
}

function measured(label: Label, times: Attack | undefined): Label[] {
  return times === undefined ? [] : [{ ...label, from: new Date(times.from).toISOString(), to: new Date(times.to).toISOString() }]
}

/** Sends asks over at most `CONNECTIONS_MAX` connections; waits when all are under way. */
function liveClient({ baseUrl, clock }: LiveOptions) {
  const { hostname, port } = new URL(baseUrl)
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX, maxFreeSockets: CONNECTIONS_MAX })
  const attacks = new Map<string, Attack>()
  const counts = { under: 0, answered: 0, failed: 0 }
  let wake: (() => void) | undefined
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => (wake = resolve))
  }
  const done = (ask: Ask, kind: 'answered' | 'failed'): void => {
    counts.under--
    counts[kind]++
    const attack = ask.attack === undefined ? undefined : attacks.get(ask.attack)
    if (attack) attack.to = Math.max(attack.to, clock.now())
    wake?.()
  }
  const send = async (ask: Ask): Promise<void> => {
    await until(() => counts.under < CONNECTIONS_MAX)
    counts.under++
    if (ask.attack !== undefined && !attacks.has(ask.attack)) attacks.set(ask.attack, { from: clock.now(), to: clock.now() })
    const settled = once((kind: 'answered' | 'failed') => done(ask, kind))
    const outgoing = sendRequest({ hostname, port, agent, method: ask.method, path: ask.target, headers: headersOf(ask) }, (response) => {
      response.on('end', () => settled('answered')).on('error', () => settled('failed'))
      response.resume()
    })
    outgoing.on('error', () => settled('failed'))
    outgoing.end(ask.form)
  }
  return {
    send,
    attacks,
    answered: () => counts.answered,
    failed: () => counts.failed,
    drained: () => until(() => counts.under === 0),
    close: () => agent.destroy(),
  }
}

function once<T>(take: (value: T) => void): (value: T) => void {
  let taken = false
  return (value) => {
    if (!taken) take(value)
    taken = true
  }
}

function headersOf({ ip, agent, referer, cached, form }: Ask): Record<string, string> {
  const headers: Record<string, string> = { 'x-forwarded-for': ip, 'user-agent': agent }
  if (referer !== '-') headers.referer = referer
  if (cached) headers['if-none-match'] = '"1"'
  if (form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
  return headers
}
