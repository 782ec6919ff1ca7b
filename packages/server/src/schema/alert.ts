import Type, { type Static } from 'typebox'
import { BooleanOrNull, Count, Instant, IntegerOrNull, NumberOrNull, ref, Scalar, TextOrNull } from './scalar.ts'

export const Contribution = Type.Object(
  {
    feature: Type.String(),
    value: Type.Number({ description: 'Share of the score before the logistic function; positive: towards an alert' }),
  },
  { $id: 'Contribution' },
)

/** An alert with its evidence. Times are event time, `raised_at` is the wall clock. */
export const Alert = Type.Object(
  {
    id: Type.String({ description: 'The same wherever the alert is seen or delivered' }),
    asset: Type.String(),
    key: Type.Record(Type.String(), Scalar),
    window_start: Instant,
    window_end: Instant,
    raised_at: Instant,
    score: NumberOrNull,
    threshold: NumberOrNull,
    model: TextOrNull,
    version: IntegerOrNull,
    decided_by: Type.Unsafe<'model' | 'fallback' | 'rule'>({ type: 'string', enum: ['model', 'fallback', 'rule'] }),
    evidence: Type.Record(Type.String(), Scalar, { description: 'Features of the row, in the order of the view' }),
    usual: Type.Record(Type.String(), Type.Array(Type.Number(), { minItems: 3, maxItems: 3 }), {
      description: 'By feature: p01, p50 and p99 of the training set',
    }),
    contributions: Type.Array(ref(Contribution), { description: 'Greatest first, by magnitude' }),
    sample_offsets: Type.Array(Count, { description: 'Offsets of sample lines in the log' }),
    runbook: TextOrNull,
    delivered: BooleanOrNull,
  },
  { $id: 'Alert' },
)
export type Alert = Static<typeof Alert>

export const AlertList = Type.Object({ alerts: Type.Array(ref(Alert)), truncated: Type.Boolean() }, { $id: 'AlertList' })
