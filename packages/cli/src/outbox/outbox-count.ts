import type { Meters } from '@millrace/server'
import { type DestinationFigures, outboxFigures, type Store } from '@millrace/store'
import type { DestinationStatus } from './deliverer.ts'

/** What the outbox holds, as it was when it was last counted. */
export class OutboxCount {
  readonly #store: Pick<Store, 'db'>
  readonly #env: string
  destinations: readonly DestinationFigures[] = []

  constructor(store: Pick<Store, 'db'>, env: string) {
    this.#store = store
    this.#env = env
  }

  async count(): Promise<void> {
    this.destinations = await outboxFigures(this.#store.db, { env: this.#env })
  }

  /** What waits, as counted last, and what this session's deliverer did. */
  totals(delivering: readonly DestinationStatus[]): Meters['outbox'] {
    const ages = this.destinations.flatMap(({ oldestPendingMs }) => (oldestPendingMs === null ? [] : [oldestPendingMs]))
    return {
      pending: this.destinations.reduce((sum, { pending }) => sum + pending, 0),
      delivered: delivering.reduce((sum, { delivered }) => sum + delivered, 0),
      failedAttempts: delivering.reduce((sum, { failed }) => sum + failed, 0),
      oldestPendingMs: ages.length === 0 ? null : Math.max(...ages),
    }
  }
}
