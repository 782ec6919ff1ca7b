import type { ServerResponse } from 'node:http'
import type { ServerFigures } from '../metrics/server-figures.ts'
import type { LiveState } from '../schema/live-state.ts'
import type { WatchState } from '../schema/watch-state.ts'
import type { LiveView } from '../view/live-view.ts'
import { PulseHistory } from './pulse-history.ts'
import { StateDiff } from './state-diff.ts'

/** Between two looks at the state: four changes a second at most. */
const TICK_MS = 250
/** A beat every second tick: a page that hears nothing for two seconds has missed several. */
const BEAT_TICKS = 2
const PULSE_MS = 1000
/** Bytes that may wait for a client that does not read; beyond, it is dropped. */
export const EVENT_BUFFER_BYTES_MAX = 4 * 1024 * 1024
/** Clients at a time; one more is refused. */
export const EVENT_CLIENTS_MAX = 64
/** How soon a browser tries again after its stream has broken. */
const RETRY_MS = 500

/** Sends the live state to browsers as server-sent events: the whole state once (`state`), then what changes (`change`), and beats. */
export class EventFeed {
  readonly #live: LiveView
  readonly #figures: ServerFigures
  readonly #report: (error: unknown) => void
  readonly #history = new PulseHistory()
  readonly #clients = new Set<ServerResponse>()
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void
  #diff: StateDiff | undefined
  #seq = 0
  #ticks = 0
  #moved = true
  #pulseAt = 0

  constructor({ live, figures, report }: { live: LiveView; figures: ServerFigures; report: (error: unknown) => void }) {
    this.#live = live
    this.#figures = figures
    this.#report = report
    this.#unsubscribe = live.subscribe(() => {
      this.#moved = true
    })
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  get isFull(): boolean {
    return this.#clients.size >= EVENT_CLIENTS_MAX
  }

  /** The state of this moment with the history. */
  state(live: LiveState = this.#live.snapshot()): WatchState {
    return { ...live, seq: this.#seq, now: new Date().toISOString(), history: [...this.#history.pulses] }
  }

  /** Streams to a response whose head is written, until its reader leaves, is dropped, or the feed closes. */
  attach(response: ServerResponse): void {
    const state = this.state()
    this.#broadcastChange(state)
    this.#clients.add(response)
    this.#figures.eventClients = this.#clients.size
    response.on('close', () => this.#detach(response))
    // A reader that resets its connection; `close` follows.
    response.on('error', () => {})
    response.write(`retry: ${RETRY_MS}\n\n${frame('state', { ...state, seq: this.#seq })}`)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#unsubscribe()
    for (const client of this.#clients) client.end()
  }

  #detach(response: ServerResponse): void {
    this.#clients.delete(response)
    this.#figures.eventClients = this.#clients.size
    if (this.#clients.size === 0) this.#diff = undefined
  }

  #tick(): void {
    this.#ticks++
    try {
      this.#look()
    } catch (error) {
      this.#report(error)
    }
    if (this.#ticks % BEAT_TICKS === 0) this.#send(frame('beat', { now: new Date().toISOString() }))
  }

  #look(): void {
    const now = Date.now()
    const pulse = now - this.#pulseAt >= PULSE_MS
    if (!pulse && (!this.#moved || this.#clients.size === 0)) return
    this.#moved = false
    const live = this.#live.snapshot()
    if (pulse) {
      this.#history.add(live, now)
      this.#pulseAt = now
    }
    if (this.#clients.size > 0) this.#broadcastChange(this.state(live))
  }

  #broadcastChange(state: WatchState): void {
    const first = this.#diff === undefined
    this.#diff ??= new StateDiff()
    const changes = this.#diff.next(state)
    if (first || changes === undefined) return
    this.#seq++
    this.#send(frame('change', { seq: this.#seq, now: state.now, ...changes }))
  }

  #send(text: string): void {
    if (this.#clients.size === 0) return
    const bytes = Buffer.from(text)
    for (const client of this.#clients) {
      if (client.writableLength > EVENT_BUFFER_BYTES_MAX) {
        this.#figures.eventClientsDropped++
        // Its `close` comes later, and a beat in this very tick would count it again.
        this.#detach(client)
        client.destroy()
      } else client.write(bytes)
    }
  }
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
