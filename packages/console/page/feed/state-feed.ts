import type { StateChange, WatchState } from '../api.ts'
import { applyChange } from './apply-change.ts'

/** Silence after which the server is taken for gone; it beats twice a second. */
const SILENCE_MS_MAX = 2000
const RETRY_MS = 1000
const CHECK_MS = 250

export interface Feed {
  /** `lost` also stands for a server that was never reached. */
  readonly connection: 'connecting' | 'live' | 'lost'
  /** When the server was last heard, epoch ms; undefined when never. */
  readonly heardAt: number | undefined
  readonly state: WatchState | undefined
}

/** Follows the server's events, notices when they stop, and comes back by itself. */
export class StateFeed {
  readonly #url: string
  readonly #listeners = new Set<() => void>()
  #feed: Feed = { connection: 'connecting', heardAt: undefined, state: undefined }
  #source: EventSource | undefined
  #tryAt = 0
  #heardAt = 0

  constructor(url: string) {
    this.#url = url
  }

  get = (): Feed => this.#feed

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  open(): void {
    this.#connect()
    setInterval(() => this.#check(), CHECK_MS)
  }

  #connect(): void {
    const source = new EventSource(this.#url)
    this.#source = source
    this.#heardAt = Date.now()
    source.addEventListener('state', ({ data }) => this.#heard(JSON.parse(data) as WatchState))
    source.addEventListener('change', ({ data }) => this.#changed(JSON.parse(data) as StateChange))
    source.addEventListener('beat', () => this.#heard(this.#feed.state))
    source.onerror = () => this.#lose()
  }

  #changed(change: StateChange): void {
    const { state } = this.#feed
    if (state === undefined) return
    if (change.seq === state.seq + 1) this.#heard(applyChange(state, change))
    else this.#lose()
  }

  #heard(state: WatchState | undefined): void {
    this.#heardAt = Date.now()
    if (this.#feed.connection === 'live' && state === this.#feed.state) return
    this.#show({ connection: state === undefined ? this.#feed.connection : 'live', heardAt: this.#heardAt, state })
  }

  /** Gives the connection up and tries anew in a moment. */
  #lose(): void {
    this.#source?.close()
    this.#source = undefined
    this.#tryAt = Date.now() + RETRY_MS
    if (this.#feed.connection !== 'lost') {
      this.#show({ ...this.#feed, connection: 'lost', heardAt: this.#feed.heardAt === undefined ? undefined : this.#heardAt })
    }
  }

  #check(): void {
    const now = Date.now()
    if (this.#source !== undefined && now - this.#heardAt > SILENCE_MS_MAX) this.#lose()
    else if (this.#source === undefined && now >= this.#tryAt) this.#connect()
  }

  #show(feed: Feed): void {
    this.#feed = feed
    for (const listener of this.#listeners) listener()
  }
}
