import type { ModelAsset, Project } from '@millrace/core'
import type { Alert, AssetState, LiveEvent, LiveState, LiveView, ModelState, OutletState, ReadyView, SourceState } from '@millrace/server'
import type { DevEvent, DevOutput, LiveStatus, ShownView } from '../dev/dev-event.ts'
import type { AlertBoard } from './alert-board.ts'
import { ScoreBoard } from './score-board.ts'
import { WindowBoard } from './window-board.ts'

/** What is deployed and how scoring goes, as far as the stream's scorer told. */
export interface ScoringFacts {
  readonly version: number | null
  readonly deployed_at: string | null
  readonly threshold: number | null
  readonly failures: number
  readonly scoring_ms: { readonly p50: number; readonly p99: number } | null
}

const NO_SCORING: ScoringFacts = { version: null, deployed_at: null, threshold: null, failures: 0, scoring_ms: null }

/** After this time without a status nothing moves: rates are nought and the lag is unknown. */
const STILL_MS = 3_000

export interface LiveBoardOptions {
  readonly project: Project
  readonly env: string
  readonly alerts: AlertBoard
  /** What the scorer of a model says now. */
  readonly scoring: (model: string) => ScoringFacts | undefined
  /** Next offset of each partition of a stream's topic. */
  readonly positions: (stream: string) => Readonly<Record<string, number>>
  readonly outlets: () => readonly OutletState[]
}

/** Gathers a session's events into the state that the server shows. */
export class LiveBoard implements DevOutput, LiveView, ReadyView {
  readonly #options: LiveBoardOptions
  readonly #since = new Date().toISOString()
  readonly #listeners = new Set<(event: LiveEvent) => void>()
  readonly #windows = new Map<string, WindowBoard>()
  readonly #scores = new Map<string, ScoreBoard>()
  readonly #changed = new Set<string>()
  #models = new Map<string, ModelState>()
  #status: LiveStatus | undefined
  #started = false
  #draining = false

  constructor(options: LiveBoardOptions) {
    this.#options = options
  }

  async show(event: DevEvent): Promise<void> {
    switch (event.kind) {
      case 'started':
        this.#started = true
        return
      case 'status':
        this.#status = event.status
        return this.#tell('status')
      case 'windows':
        return this.#windowsOf(event.view).add(event.rows)
      case 'scores':
        this.#windowsOf(event.view).add(event.rows)
        this.#scoresOf(event.view).add(event.rows)
        this.#changed.add(event.view.name)
        return this.#tell('scores')
      case 'closed':
        if (this.#windowsOf(event.view).close(event.until)) this.#tell('windows')
        return
      case 'model':
        this.#changed.add(event.model)
        return this.#tell('scores')
      case 'outlet':
        return this.#tell('outlets')
      case 'alert':
        this.#options.alerts.add(event.alert)
        return this.#tell('alerts')
      case 'stopped':
        this.#draining = true
    }
  }

  close(): void {}

  /** Says that the alerts' deliveries changed. */
  noteDeliveries(): void {
    this.#tell('alerts')
  }

  /** From now on the session is not ready: it is being brought to its end. */
  drain(): void {
    this.#draining = true
  }

  reasons(): readonly string[] {
    if (this.#draining) return ['The session is being brought to its end.']
    return this.#started ? [] : ['The session has not started yet.']
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  snapshot(): LiveState {
    const { project, env, alerts, outlets } = this.#options
    return {
      project: project.name,
      env,
      since: this.#since,
      sources: this.#sources(),
      assets: this.#assets(),
      windows: project.features.flatMap((view) => [...(this.#windows.get(view.name)?.latest ?? [])]),
      models: project.models.map((model) => this.#modelState(model)),
      alerts: alerts.latest as Alert[],
      outlets: [...outlets()],
    }
  }

  #tell(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #windowsOf(view: ShownView): WindowBoard {
    return kept(this.#windows, view.name, () => new WindowBoard(view))
  }

  #scoresOf(view: ShownView): ScoreBoard {
    return kept(this.#scores, view.name, () => new ScoreBoard(view))
  }

  #sources(): SourceState[] {
    const status = this.#status
    const isStill = status === undefined || Date.now() - Date.parse(status.at) > STILL_MS
    return this.#options.project.streams.map(({ name }) => {
      const one = status?.sources[name]
      return {
        name,
        lines: one?.lines ?? 0,
        decoded: one?.decoded ?? 0,
        dead_letters: one?.dead_letters ?? 0,
        reasons: { ...one?.reasons },
        lines_per_second: isStill ? 0 : (one?.lines_per_second ?? 0),
        watermark: one?.watermark ?? null,
        lag_ms: isStill ? null : status.lag_ms,
        positions: this.#options.positions(name),
      }
    })
  }

  #assets(): AssetState[] {
    const { features, models } = this.#options.project
    return [...features, ...models].map(({ name, kind }) => {
      const counted = this.#status?.views[name]
      const windows = this.#windows.get(name)
      const rows = windows?.rows ?? 0
      return {
        name,
        kind,
        rows_in: counted?.rows_in ?? rows,
        rows_counted: counted?.rows_counted ?? rows,
        late: counted?.late ?? 0,
        rows,
        latest_window_end: windows?.latest.at(-1)?.window_end ?? null,
      }
    })
  }

  #modelState(model: ModelAsset): ModelState {
    const facts = this.#options.scoring(model.name) ?? NO_SCORING
    const before = this.#models.get(model.name)
    if (before !== undefined && !this.#changed.has(model.name) && sameFacts(before, facts)) return before
    this.#changed.delete(model.name)
    const counts =
      this.#scores.get(model.name)?.counts ?? new ScoreBoard({ name: model.name, entity: [], fields: [], busyBy: undefined }).counts
    const state: ModelState = { model: model.name, on: model.input.name, ...facts, ...counts }
    this.#models = new Map([...this.#models, [model.name, state]])
    return state
  }
}

function sameFacts(a: ScoringFacts, b: ScoringFacts): boolean {
  return (
    a.version === b.version &&
    a.deployed_at === b.deployed_at &&
    a.failures === b.failures &&
    a.scoring_ms?.p50 === b.scoring_ms?.p50 &&
    a.scoring_ms?.p99 === b.scoring_ms?.p99
  )
}

function kept<T>(map: Map<string, T>, name: string, make: () => T): T {
  let value = map.get(name)
  if (value === undefined) {
    value = make()
    map.set(name, value)
  }
  return value
}
