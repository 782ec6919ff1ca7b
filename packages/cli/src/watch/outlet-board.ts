import type { SinkStatus } from '@millrace/connect'
import type { OutletState } from '@millrace/server'
import type { DestinationFigures } from '@millrace/store'
import type { DestinationStatus } from '../outbox/deliverer.ts'
import type { CarrierFigures } from '../scaled/kafka-message.ts'

export interface OutletSources {
  readonly sinks: () => readonly SinkStatus[]
  readonly destinations: () => readonly DestinationStatus[]
  readonly carriers: () => readonly CarrierFigures[]
  /** What computes views elsewhere; its records are checkpoints. */
  readonly jobs: () => readonly CarrierFigures[]
  /** What the outbox holds of each destination. */
  readonly outbox: () => readonly DestinationFigures[]
}

/** How the places outside fare that rows and messages go to. */
export class OutletBoard {
  readonly #sources: OutletSources
  #told = new Map<string, string>()

  constructor(sources: OutletSources) {
    this.#sources = sources
  }

  get states(): readonly OutletState[] {
    const { sinks, carriers, jobs } = this.#sources
    return [
      ...sinks().map(sinkOutlet),
      ...this.#webhooks(),
      ...jobs().map((one) => carrierOutlet('job', one)),
      ...carriers().map((one) => carrierOutlet('carrier', one)),
    ]
  }

  #webhooks(): OutletState[] {
    const figures = new Map(this.#sources.outbox().map((one) => [one.destination, one]))
    return this.#sources.destinations().map(({ destination, delivered, failed, failures, lastError }) => ({
      name: destination,
      kind: 'webhook',
      state: failures > 0 ? 'retrying' : 'running',
      delivered,
      waiting: figures.get(destination)?.pending ?? 0,
      failed,
      failures,
      last_error: lastError ?? null,
    }))
  }

  /** Outlets that fare otherwise than when this was last asked; the first time, those that fail. */
  changed(): readonly OutletState[] {
    const before = this.#told
    const { states } = this
    this.#told = new Map(states.map(({ name, state }) => [name, state]))
    return states.filter(({ name, state }) => {
      const known = before.get(name) ?? 'starting'
      return state !== known && !(known === 'starting' && state === 'running') && state !== 'stopped'
    })
  }
}

function sinkOutlet({ name, state, rowsWritten, waiting, missed, failures, lastError }: SinkStatus): OutletState {
  return {
    name,
    kind: 'sink',
    state,
    delivered: rowsWritten,
    waiting,
    failed: missed,
    failures,
    last_error: lastError ?? null,
  }
}

function carrierOutlet(kind: 'carrier' | 'job', { name, state, records, waiting, failures, lastError }: CarrierFigures): OutletState {
  return { name, kind, state, delivered: records, waiting, failed: 0, failures, last_error: lastError ?? null }
}
