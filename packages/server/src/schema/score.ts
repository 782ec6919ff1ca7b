import Type, { type Static } from 'typebox'
import { IntegerOrNull, NumberOrNull, ref, Scalar, TextOrNull } from './scalar.ts'

/** Rows of one request. */
export const SCORE_ROWS_MAX = 1000

const Features = Type.Record(Type.String(), Scalar)

/** Exactly one of the three. */
export const ScoreRequest = Type.Object(
  {
    key: Type.Optional(Type.Record(Type.String(), Scalar, { description: 'The latest row of this key' })),
    features: Type.Optional(Type.Record(Type.String(), Scalar, { description: 'Every feature of the model; null where unknown' })),
    rows: Type.Optional(Type.Array(Features, { description: `At most ${SCORE_ROWS_MAX} rows of features` })),
  },
  { $id: 'ScoreRequest', additionalProperties: false },
)
export type ScoreRequest = Static<typeof ScoreRequest>

const DecidedBy = Type.Unsafe<'model' | 'fallback'>({ type: 'string', enum: ['model', 'fallback'] })

export const ScoredRow = Type.Object({ score: NumberOrNull, decision: Type.Boolean(), decided_by: DecidedBy }, { $id: 'ScoredRow' })
export type ScoredRow = Static<typeof ScoredRow>

/** Of one row: its fields. Of many: `rows`, in their order. Score, threshold and version are null where the fallback decided. */
export const ScoreAnswer = Type.Object(
  {
    model: Type.String(),
    version: IntegerOrNull,
    threshold: NumberOrNull,
    score: Type.Optional(NumberOrNull),
    decision: Type.Optional(Type.Boolean()),
    decided_by: Type.Optional(DecidedBy),
    staleness_ms: Type.Optional(
      Type.Unsafe<number | null>({
        type: ['number', 'null'],
        description:
          "By key: event time the stream has reached minus the end of the row's window; null when the features came with the request",
      }),
    ),
    features_at: Type.Optional(TextOrNull),
    rows: Type.Optional(Type.Array(ref(ScoredRow))),
  },
  { $id: 'ScoreAnswer' },
)
export type ScoreAnswer = Static<typeof ScoreAnswer>
