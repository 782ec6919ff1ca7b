import type { StateChange, WatchState } from '../api.ts'

type Section = Exclude<keyof StateChange, 'seq' | 'now'>

const KEYS: { readonly [S in Section]-?: (item: WatchState[S][number]) => string } = {
  sources: (one) => one.name,
  assets: (one) => one.name,
  windows: (one) => `${one.asset} ${one.window_end}`,
  models: (one) => one.model,
  alerts: (one) => one.id,
  outlets: (one) => one.name,
  history: (one) => one.at,
}

/** The state after a change. Sections and items that did not change stay the same objects. */
export function applyChange(state: WatchState, change: StateChange): WatchState {
  const next: Record<string, unknown> = { ...state, seq: change.seq, now: change.now }
  for (const section of Object.keys(KEYS) as Section[]) {
    const changed = change[section]
    if (changed === undefined) continue
    const keyOf = KEYS[section] as (item: unknown) => string
    const items = new Map<string, unknown>((state[section] as readonly unknown[]).map((item) => [keyOf(item), item]))
    for (const key of changed.drop) items.delete(key)
    for (const item of changed.set as readonly unknown[]) items.set(keyOf(item), item)
    next[section] = [...items.values()]
  }
  return next as unknown as WatchState
}
