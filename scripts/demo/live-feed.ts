import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Of `millrace up --json`. */
export interface LiveStatus {
  readonly lines: number
  readonly blank: number
  readonly decoded: number
  readonly dead_letters: number
  readonly lines_per_second: number
  readonly watermark: Readonly<Record<string, string | null>>
  readonly lag_ms: number | null
  readonly latency_ms: Readonly<Record<'window' | 'score' | 'alert', readonly number[]>>
  readonly views: Readonly<Record<string, { readonly rows_in: number; readonly rows_counted: number; readonly late: number }>>
}

export interface LiveAlert {
  readonly id: string
  readonly asset: string
  readonly key: Readonly<Record<string, unknown>>
  readonly window_start: string
  readonly window_end: string
  readonly score: number | null
  readonly sample_offsets: readonly number[]
}

type LiveEvent =
  | ({ readonly kind: 'status' } & LiveStatus)
  | ({ readonly kind: 'alert' } & LiveAlert)
  | { readonly kind: 'serving'; readonly url: string }
  | { readonly kind: 'model'; readonly model: string; readonly version: number | null }
  | { readonly kind: 'problem'; readonly code: string; readonly message: string; readonly do?: string }
  | { readonly kind: 'stopped'; readonly drained: boolean; readonly seconds: number }
  | { readonly kind?: undefined; readonly error: { readonly message: string } }

const SCORE = '{"kind":"score"'
const WINDOW = '{"kind":"window"'
const WINDOW_END = '"window_end":"'
const INSTANT_LENGTH = '2026-01-31T12:00:00.000Z'.length
/** Times kept of each kind: some thousands a minute come. */
const TIMES_MAX = 1_000_000

/** What a live session tells on its standard output, added up. */
export class LiveFeed {
  readonly latency: Record<'window' | 'score' | 'alert', number[]> = { window: [], score: [], alert: [] }
  readonly alerts: LiveAlert[] = []
  readonly models = new Map<string, number | null>()
  rowsScored = 0
  /** When a row or an alert was last told of, real epoch ms. */
  newsAt = 0
  /** The latest end of a window that a scored row was told of, ISO 8601; empty before the first. */
  lastWindowEnd = ''
  url: string | undefined
  drained: boolean | undefined
  /** Why the session ended of itself. */
  failure: string | undefined
  status: LiveStatus | undefined
  /** Resolves when the feed ends. */
  readonly ended: Promise<void>

  constructor(out: Readable, onProblem: (problem: { readonly code: string; readonly message: string }) => void) {
    const lines = createInterface({ input: out })
    lines.on('line', (line) => {
      if (line.startsWith(SCORE)) {
        this.rowsScored++
        const at = line.indexOf(WINDOW_END) + WINDOW_END.length
        const end = line.slice(at, at + INSTANT_LENGTH)
        if (end > this.lastWindowEnd) this.lastWindowEnd = end
      }
      if (line.startsWith(SCORE) || line.startsWith(WINDOW)) this.newsAt = Date.now()
      else if (line.startsWith('{')) this.#take(JSON.parse(line) as LiveEvent, onProblem)
    })
    this.ended = new Promise((resolve) => lines.once('close', resolve))
  }

  #take(event: LiveEvent, onProblem: (problem: { readonly code: string; readonly message: string }) => void): void {
    if (event.kind === 'status') {
      this.status = event
      for (const kind of ['window', 'score', 'alert'] as const) {
        const times = this.latency[kind]
        if (times.length < TIMES_MAX) times.push(...(event.latency_ms[kind] ?? []))
      }
    }
    if (event.kind === 'alert') {
      this.alerts.push(event)
      this.newsAt = Date.now()
    }
    if (event.kind === 'serving') this.url = event.url
    if (event.kind === 'model') this.models.set(event.model, event.version)
    if (event.kind === 'problem') onProblem(event)
    if (event.kind === 'stopped') this.drained = event.drained
    if (event.kind === undefined) this.failure = event.error.message
  }
}
