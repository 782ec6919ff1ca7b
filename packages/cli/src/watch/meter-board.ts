import type { Meters, MeterView } from '@millrace/server'
import { Timing } from '@millrace/server'
import type { ScoreFigures } from '../pipeline/score-message.ts'
import type { ViewMessage } from '../pipeline/view-message.ts'
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
}

type Moved = Extract<ViewMessage, { kind: 'moved' }>

interface Worked {
  readonly rows: number
  /** In this process. */
  readonly ms: number
}

/** Figures of the scorer and of what else only /metrics shows. */
export class MeterBoard implements MeterView {
  readonly #sources: MeterSources
  readonly #lanes = new Map<string, Lane>()
  /** By view, by partition. */
  readonly #worked = new Map<string, Map<number, Worked>>()

  constructor(sources: MeterSources) {
    this.#sources = sources
  }

  /** Takes what a stream worker told of its views. */
  moved({ partition, counters, times }: Moved): void {
    for (const [view, { rowsIn }] of Object.entries(counters)) {
      const partitions = this.#worked.get(view) ?? new Map<number, Worked>()
      this.#worked.set(view, partitions.set(partition, { rows: rowsIn, ms: times[view] ?? 0 }))
    }
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
      features: [...this.#worked].map(([asset, partitions]) => {
        const all = [...partitions.values()]
        return { asset, rows: all.reduce((sum, { rows }) => sum + rows, 0), seconds: all.reduce((sum, { ms }) => sum + ms, 0) / 1000 }
      }),
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
