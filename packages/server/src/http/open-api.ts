import { fastifySwagger } from '@fastify/swagger'
import { Alert, AlertList, Contribution } from '../schema/alert.ts'
import { Failure } from '../schema/failure.ts'
import { IngestAnswer } from '../schema/ingest.ts'
import {
  AssetState,
  DecisionMinute,
  LiveState,
  ModelState,
  OutletState,
  Percentiles,
  SourceState,
  WindowState,
  WindowTop,
} from '../schema/live-state.ts'
import { Deployment, GateResult, ModelDetail, ModelList, ModelSummary, ModelVersion } from '../schema/model-record.ts'
import { ScoreAnswer, ScoredRow, ScoreRequest } from '../schema/score.ts'
import { Pulse, StateChange, WatchState } from '../schema/watch-state.ts'
import type { App } from './app.ts'

/** Every named schema; a schema stands behind those it refers to. */
const SCHEMAS = [
  Contribution,
  Alert,
  AlertList,
  SourceState,
  AssetState,
  WindowTop,
  WindowState,
  DecisionMinute,
  Percentiles,
  ModelState,
  OutletState,
  LiveState,
  Pulse,
  WatchState,
  StateChange,
  GateResult,
  ModelVersion,
  Deployment,
  ModelSummary,
  ModelList,
  ModelDetail,
  ScoreRequest,
  ScoredRow,
  ScoreAnswer,
  IngestAnswer,
  Failure,
]

/** Collects the routes that are added afterwards into one OpenAPI document. */
export async function addOpenApi(app: App): Promise<void> {
  for (const schema of SCHEMAS) app.addSchema(schema)
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Millrace', version: '1', description: 'State, alerts, models and scores of a running project.' },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json.$id === 'string' ? json.$id : `def-${i}`) },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
