import Type, { type Static } from 'typebox'
import { Count, Instant, IntegerOrNull, NumberOrNull, ref, TextOrNull } from './scalar.ts'

const RANGE = { from: TextOrNull, to: TextOrNull, rows: Count, positives: Count }

export const GateResult = Type.Object(
  { name: Type.String(), value: NumberOrNull, limit: Type.Number(), passed: Type.Boolean() },
  { $id: 'GateResult' },
)

/** A registered version. `train` and `test` are null for one that was registered from a file. */
export const ModelVersion = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    source: Type.Unsafe<'trained' | 'registered'>({ type: 'string', enum: ['trained', 'registered'] }),
    created_at: Instant,
    artifact_sha256: Type.String(),
    features: Type.Array(Type.String()),
    threshold: NumberOrNull,
    train: Type.Union([Type.Object(RANGE), Type.Null()]),
    test: Type.Union([Type.Object({ ...RANGE, roc_auc: NumberOrNull, pr_auc: NumberOrNull }), Type.Null()]),
    gates: Type.Array(ref(GateResult)),
  },
  { $id: 'ModelVersion' },
)
export type ModelVersion = Static<typeof ModelVersion>

export const Deployment = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    deployed_at: Instant,
    by: Type.String(),
    reason: Type.Unsafe<'deploy' | 'rollback'>({ type: 'string', enum: ['deploy', 'rollback'] }),
  },
  { $id: 'Deployment' },
)
export type Deployment = Static<typeof Deployment>

export const ModelSummary = Type.Object(
  { model: Type.String(), on: Type.String(), versions: Count, deployed: IntegerOrNull, deployed_at: TextOrNull },
  { $id: 'ModelSummary' },
)
export type ModelSummary = Static<typeof ModelSummary>

export const ModelList = Type.Object({ models: Type.Array(ref(ModelSummary)) }, { $id: 'ModelList' })

/** A model with its versions (newest first) and what was deployed when (newest first). */
export const ModelDetail = Type.Object(
  {
    model: Type.String(),
    on: Type.String(),
    deployed: IntegerOrNull,
    versions: Type.Array(ref(ModelVersion)),
    deployments: Type.Array(ref(Deployment)),
  },
  { $id: 'ModelDetail' },
)
export type ModelDetail = Static<typeof ModelDetail>
