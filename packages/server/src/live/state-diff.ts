import type { StateChange, WatchState } from '../schema/watch-state.ts'

type Section = Exclude<keyof StateChange, 'seq' | 'now'>

const KEYS: { readonly [S in Section]: (item: WatchState[S][number]) => string } = {
  sources: (one) => one.name,
  assets: (one) => one.name,
  windows: (one) => `${one.asset} ${one.window_end}`,
  models: (one) => one.model,
  alerts: (one) => one.id,
  outlets: (one) => one.name,
  history: (one) => one.at,
}
const SECTIONS = Object.keys(KEYS) as Section[]

interface Known {
  readonly item: unknown
  readonly json: string
}

/** Follows a state and tells what changed since it was last looked at. */
export class StateDiff {
  readonly #known = new Map<Section, ReadonlyMap<string, Known>>()

  /** The sections that changed; undefined when nothing did. The first call gives everything. */
  next(state: WatchState): Omit<StateChange, 'seq' | 'now'> | undefined {
    const changes: Record<string, { set: unknown[]; drop: string[] }> = {}
    for (const section of SECTIONS) {
      const change = this.#section(section, state[section], KEYS[section] as (item: unknown) => string)
      if (change !== undefined) changes[section] = change
    }
    return Object.keys(changes).length === 0 ? undefined : (changes as Omit<StateChange, 'seq' | 'now'>)
  }

  #section(section: Section, items: readonly unknown[], keyOf: (item: unknown) => string): { set: unknown[]; drop: string[] } | undefined {
    const before = this.#known.get(section) ?? new Map<string, Known>()
    const now = new Map<string, Known>()
    const set: unknown[] = []
    for (const item of items) {
      const key = keyOf(item)
      const known = before.get(key)
      if (known !== undefined && known.item === item) {
        now.set(key, known)
        continue
      }
      const json = JSON.stringify(item)
      if (known?.json !== json) set.push(item)
      now.set(key, { item, json })
    }
    const drop = [...before.keys()].filter((key) => !now.has(key))
    this.#known.set(section, now)
    return set.length === 0 && drop.length === 0 ? undefined : { set, drop }
  }
}
