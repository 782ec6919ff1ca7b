import Type, { type Static, type TSchema } from 'typebox'
import { Alert } from './alert.ts'
import { AssetState, LiveState, ModelState, OutletState, SourceState, WindowState } from './live-state.ts'
import { Count, Instant, NumberOrNull, ref } from './scalar.ts'

/** The whole session at one second of the wall clock. */
export const Pulse = Type.Object(
  {
    at: Instant,
    lines_per_second: Type.Number({ minimum: 0 }),
    scored_per_second: Type.Number({ minimum: 0 }),
    lag_ms: NumberOrNull,
  },
  { $id: 'Pulse' },
)
export type Pulse = Static<typeof Pulse>

/** What the page shows: the live state and the last minutes of its figures. */
export const WatchState = Type.Object(
  { ...LiveState.properties, seq: Count, now: Instant, history: Type.Array(ref(Pulse), { description: 'One a second, oldest first' }) },
  { $id: 'WatchState' },
)
export type WatchState = Static<typeof WatchState>

function changed<S extends TSchema>(schema: S) {
  return Type.Optional(Type.Object({ set: Type.Array(ref(schema)), drop: Type.Array(Type.String()) }))
}

/**
 * What changed since the event before: by section, the items that are new or different and the keys of those that are gone.
 * Keys: sources, assets and outlets by name, windows by `asset window_end`, models by model, alerts by id, history by `at`.
 */
export const StateChange = Type.Object(
  {
    seq: Count,
    now: Instant,
    sources: changed(SourceState),
    assets: changed(AssetState),
    windows: changed(WindowState),
    models: changed(ModelState),
    alerts: changed(Alert),
    outlets: changed(OutletState),
    history: changed(Pulse),
  },
  { $id: 'StateChange' },
)
export type StateChange = Static<typeof StateChange>
