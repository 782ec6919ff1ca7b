import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Timing } from './timing.ts'

const LOOP_RESOLUTION_MS = 10

/** What the server counts about itself. */
export class ServerFigures {
  /** Time of `POST /api/score`, from the body's arrival to the answer, by model. */
  readonly scoreRequests = new Map<string, Timing>()
  /** Answers by route and status. */
  readonly answers = new Map<string, Map<number, number>>()
  eventClients = 0
  eventClientsDropped = 0
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })

  constructor() {
    this.#loop.enable()
  }

  scored(model: string, seconds: number): void {
    let timing = this.scoreRequests.get(model)
    if (timing === undefined) this.scoreRequests.set(model, (timing = new Timing()))
    timing.observe(seconds)
  }

  answered(route: string, status: number): void {
    let byStatus = this.answers.get(route)
    if (byStatus === undefined) this.answers.set(route, (byStatus = new Map()))
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
  }

  /** Seconds the event loop came late since the last call, as quantiles. */
  takeLoopLag(): { readonly p50: number; readonly p99: number; readonly max: number } {
    const late = (ns: number): number => Math.max(0, ns / 1e9 - LOOP_RESOLUTION_MS / 1000)
    const [p50, p99, max] = [this.#loop.percentile(50), this.#loop.percentile(99), this.#loop.max].map(late)
    this.#loop.reset()
    return { p50, p99, max }
  }

  close(): void {
    this.#loop.disable()
  }
}
