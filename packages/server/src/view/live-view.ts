import type { LiveState } from '../schema/live-state.ts'

/** What moved; the state itself is taken with `snapshot`. */
export type LiveEvent = 'status' | 'windows' | 'scores' | 'alerts' | 'outlets'

/**
 * What a live session shows. `snapshot` is asked at most four times a second, and costs least when items that did not change are
 * the same objects as before: those are compared by identity.
 */
export interface LiveView {
  snapshot(): LiveState
  /** Calls the listener, from any place, whenever something moved. Returns what ends it. */
  subscribe(listener: (event: LiveEvent) => void): () => void
}
