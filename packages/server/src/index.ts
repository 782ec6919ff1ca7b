export { openApiDocument } from './http/open-api-document.ts'
export { type RunningServer, type ServerOptions, startServer } from './http/start-server.ts'
export { type ParityFinding, ParityMeters } from './metrics/parity-meters.ts'
export { Timing } from './metrics/timing.ts'
export type { Alert } from './schema/alert.ts'
export type { IngestAnswer } from './schema/ingest.ts'
export {
  type AssetState,
  type DecisionMinute,
  HISTOGRAM_BINS,
  type LiveState,
  type ModelState,
  type OutletState,
  type SourceState,
  type WindowState,
} from './schema/live-state.ts'
export type { Deployment, ModelDetail, ModelSummary, ModelVersion } from './schema/model-record.ts'
export type { ScoreAnswer, ScoreRequest } from './schema/score.ts'
export type { AlertQuery, AlertView } from './view/alert-view.ts'
export type { IngestRequest, IngestView } from './view/ingest-view.ts'
export type { LiveEvent, LiveView } from './view/live-view.ts'
export type { Meters, MeterView, TimingCounts } from './view/meter-view.ts'
export type { ModelView } from './view/model-view.ts'
export type { ReadyView } from './view/ready-view.ts'
export type { LatestRow, ScoredModel, ScoredRows, ScoringView } from './view/scoring-view.ts'
