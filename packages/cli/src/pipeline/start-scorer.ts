import type { ModelAsset } from '@millrace/core'
import type { Pace } from '@millrace/engine-stream'
import type { Scope } from '../scope/scope.ts'
import { fallbackPlan } from './fallback-rule.ts'
import type { ScoreMessage, ScoreRequest } from './score-message.ts'
import type { ScoreWorkerData } from './score-worker.ts'
import { WorkerLink } from './worker-link.ts'

export type ScoreLink = WorkerLink<ScoreRequest, ScoreMessage>

export interface ScorerOptions {
  readonly scope: Scope
  readonly stateDir: string
  readonly databaseUrl: string
  readonly project: string
  readonly models: readonly ModelAsset[]
  readonly pace: Pace
  readonly heapMax: number
  readonly onMessage: (message: ScoreMessage) => void
}

/** Starts the thread that scores; undefined where there is nothing to score. */
export function startScorer(options: ScorerOptions): ScoreLink | undefined {
  const { scope, stateDir, databaseUrl, project, models, pace } = options
  if (models.length === 0) return undefined
  const data: ScoreWorkerData = {
    logDir: scope.logDir,
    stateDir,
    databaseUrl,
    project,
    env: scope.env,
    models: models.map((model) => ({ model: model.name, view: model.input.name, entity: model.entity, fallback: fallbackPlan(model) })),
    pace,
  }
  return new WorkerLink({
    url: new URL('./score-worker.ts', import.meta.url),
    name: 'score',
    data,
    heapMax: options.heapMax,
    onMessage: options.onMessage,
  })
}
