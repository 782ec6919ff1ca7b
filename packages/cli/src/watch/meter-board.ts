import type { Meters, MeterView } from '@millrace/server'
import { Timing } from '@millrace/server'
import type { ScoreFigures } from '../pipeline/score-message.ts'
import type { ScoringFacts } from './live-board.ts'

/** Batch times of which percentiles are taken. */
const TIMES_MAX = 2_000

interface Lane {
  readonly timing: Timing
  times: number[]
  failures: number
  version: number | null
  threshold: number | null
  deployedAt: string | null
}

export interface MeterSources {
  /** Alerts raised since the process began, by alert asset. */
  readonly raised: () => ReadonlyMap<string, number>
  readonly outbox: () => Meters['outbox']
  readonly features: () => Meters['features']
}

/** Figures of the scorer and of what else only /metrics shows. */
export class MeterBoard implements MeterView {
  readonly #sources: MeterSources
  readonly #lanes = new Map<string, Lane>()

  constructor(sources: MeterSources) {
    this.#sources = sources
  }

  scored({ model, batchMs, failures }: ScoreFigures): void {
    const lane = this.#lane(model)
    lane.failures = failures
    for (const ms of batchMs) lane.timing.observe(ms / 1000)
    lane.times = [...lane.times, ...batchMs].slice(-TIMES_MAX)
  }

  switched(model: string, to: { readonly version: number | null; readonly threshold: number | null }): void {
    Object.assign(this.#lane(model), { ...to, deployedAt: to.version === null ? null : new Date().toISOString() })
  }

  /** What is known of a model's scoring. */
  facts(model: string): ScoringFacts | undefined {
    const lane = this.#lanes.get(model)
    if (lane === undefined) return undefined
    const { version, threshold, deployedAt, failures } = lane
    const sorted = [...lane.times].sort((a, b) => a - b)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
    return {
      version,
      deployed_at: deployedAt,
      threshold,
      failures,
      scoring_ms: sorted.length === 0 ? null : { p50: at(0.5), p99: at(0.99) },
    }
  }

  snapshot(): Meters {
    return {
      features: this.#sources.features(),
      scoring: [...this.#lanes].map(([model, { timing }]) => ({ model, timing: timing.counts() })),
      alerts: [...this.#sources.raised()].map(([asset, raised]) => ({ asset, raised })),
      outbox: this.#sources.outbox(),
    }
  }

  #lane(model: string): Lane {
    let lane = this.#lanes.get(model)
    if (lane === undefined) {
      lane = { timing: new Timing(), times: [], failures: 0, version: null, threshold: null, deployedAt: null }
      this.#lanes.set(model, lane)
    }
    return lane
  }
}
