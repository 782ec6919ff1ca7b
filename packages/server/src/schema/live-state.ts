import Type, { type Static } from 'typebox'
import { Alert } from './alert.ts'
import { Count, Instant, IntegerOrNull, NumberOrNull, ref, Scalar, TextOrNull } from './scalar.ts'

/** Bins of a score distribution: equal widths over [0, 1]. */
export const HISTOGRAM_BINS = 20

/** A stream and where its lines went: lines = blank + decoded + dead letters. */
export const SourceState = Type.Object(
  {
    name: Type.String(),
    lines: Count,
    decoded: Count,
    dead_letters: Count,
    reasons: Type.Record(Type.String(), Count, { description: 'Dead letters by reason' }),
    lines_per_second: Type.Number({ minimum: 0 }),
    watermark: TextOrNull,
    lag_ms: Type.Unsafe<number | null>({
      type: ['number', 'null'],
      description: "Longest time from a line's ingest into the views' state lately; null when nothing came",
    }),
    positions: Type.Record(Type.String(), Count, { description: 'Next offset by split or file' }),
  },
  { $id: 'SourceState' },
)
export type SourceState = Static<typeof SourceState>

export const AssetState = Type.Object(
  {
    name: Type.String(),
    kind: Type.String({ description: 'features, joined, model, table …' }),
    rows_in: Count,
    rows_counted: Count,
    late: Type.Integer({ minimum: 0, description: 'Rows refused by every window' }),
    rows: Count,
    latest_window_end: TextOrNull,
  },
  { $id: 'AssetState' },
)
export type AssetState = Static<typeof AssetState>

export const WindowTop = Type.Object(
  { key: Type.Record(Type.String(), Scalar), values: Type.Record(Type.String(), Scalar) },
  { $id: 'WindowTop' },
)

/** A closed window of a view: how many rows, and its busiest keys, greatest first. */
export const WindowState = Type.Object(
  { asset: Type.String(), window_start: Instant, window_end: Instant, rows: Count, top: Type.Array(ref(WindowTop)) },
  { $id: 'WindowState' },
)
export type WindowState = Static<typeof WindowState>

/** Decisions about the rows whose window ends within one minute of event time. */
export const DecisionMinute = Type.Object(
  { minute: Instant, by_model: Count, by_fallback: Count, positive: Count, negative: Count },
  { $id: 'DecisionMinute' },
)
export type DecisionMinute = Static<typeof DecisionMinute>

export const Percentiles = Type.Object({ p50: Type.Number(), p99: Type.Number() }, { $id: 'Percentiles' })

export const ModelState = Type.Object(
  {
    model: Type.String(),
    on: Type.String({ description: 'The view whose rows are scored' }),
    version: IntegerOrNull,
    deployed_at: TextOrNull,
    threshold: NumberOrNull,
    by_model: Count,
    by_fallback: Count,
    positive: Count,
    negative: Count,
    failures: Type.Integer({ minimum: 0, description: 'Batches whose scoring failed; the fallback decided their rows' }),
    histogram: Type.Array(Count, {
      minItems: HISTOGRAM_BINS,
      maxItems: HISTOGRAM_BINS,
      description: 'Rows by score, in equal bins over [0, 1]',
    }),
    decisions: Type.Array(ref(DecisionMinute), { description: 'Oldest first' }),
    scoring_ms: Type.Unsafe<Static<typeof Percentiles> | null>(Type.Union([ref(Percentiles), Type.Null()])),
  },
  { $id: 'ModelState' },
)
export type ModelState = Static<typeof ModelState>

/** A place outside that rows or messages go to. */
export const OutletState = Type.Object(
  {
    name: Type.String(),
    kind: Type.Union([Type.Literal('sink'), Type.Literal('webhook'), Type.Literal('carrier'), Type.Literal('job')], {
      description: '`carrier`: takes streams to Kafka, or views from it; `job`: computes views on Flink',
    }),
    state: Type.Union(
      [Type.Literal('starting'), Type.Literal('running'), Type.Literal('retrying'), Type.Literal('refused'), Type.Literal('stopped')],
      { description: '`refused`: it cannot take these rows until it is mended and the session is started anew' },
    ),
    delivered: Type.Integer({ minimum: 0, description: 'Rows or messages since the start, repeats included; checkpoints of a job' }),
    waiting: Count,
    failed: Type.Integer({ minimum: 0, description: 'Rows that were passed over, messages that were given up' }),
    failures: Type.Integer({ minimum: 0, description: 'Failed tries in a row' }),
    last_error: TextOrNull,
  },
  { $id: 'OutletState' },
)
export type OutletState = Static<typeof OutletState>

/** What a live session holds at a moment. */
export const LiveState = Type.Object(
  {
    project: Type.String(),
    env: Type.String(),
    since: Instant,
    sources: Type.Array(ref(SourceState)),
    assets: Type.Array(ref(AssetState)),
    windows: Type.Array(ref(WindowState), { description: 'The latest of each view' }),
    models: Type.Array(ref(ModelState)),
    alerts: Type.Array(ref(Alert), { description: 'The latest' }),
    outlets: Type.Array(ref(OutletState)),
  },
  { $id: 'LiveState' },
)
export type LiveState = Static<typeof LiveState>
