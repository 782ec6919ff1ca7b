// Made from openapi.json by `npm run generate`.

export interface Contribution {
  readonly feature: string
  /** Share of the score before the logistic function; positive: towards an alert */
  readonly value: number
}

export interface Alert {
  /** The same wherever the alert is seen or delivered */
  readonly id: string
  readonly asset: string
  readonly key: Readonly<Record<string, string | number | boolean | null>>
  /** ISO 8601, UTC, milliseconds, Z */
  readonly window_start: string
  /** ISO 8601, UTC, milliseconds, Z */
  readonly window_end: string
  /** ISO 8601, UTC, milliseconds, Z */
  readonly raised_at: string
  readonly score: number | null
  readonly threshold: number | null
  readonly model: string | null
  readonly version: number | null
  readonly decided_by: 'model' | 'fallback' | 'rule'
  /** Features of the row, in the order of the view */
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
  /** By feature: p01, p50 and p99 of the training set */
  readonly usual: Readonly<Record<string, readonly number[]>>
  /** Greatest first, by magnitude */
  readonly contributions: readonly Contribution[]
  /** Offsets of sample lines in the log */
  readonly sample_offsets: readonly number[]
  readonly runbook: string | null
  readonly delivered: boolean | null
}

export interface AlertList {
  readonly alerts: readonly Alert[]
  readonly truncated: boolean
}

export interface SourceState {
  readonly name: string
  readonly lines: number
  readonly decoded: number
  readonly dead_letters: number
  /** Dead letters by reason */
  readonly reasons: Readonly<Record<string, number>>
  readonly lines_per_second: number
  readonly watermark: string | null
  /** Longest time from a line's ingest into the views' state lately; null when nothing came */
  readonly lag_ms: number | null
  /** Next offset by split or file */
  readonly positions: Readonly<Record<string, number>>
}

export interface AssetState {
  readonly name: string
  /** features, joined, model, table … */
  readonly kind: string
  readonly rows_in: number
  readonly rows_counted: number
  /** Rows refused by every window */
  readonly late: number
  readonly rows: number
  readonly latest_window_end: string | null
}

export interface WindowTop {
  readonly key: Readonly<Record<string, string | number | boolean | null>>
  readonly values: Readonly<Record<string, string | number | boolean | null>>
}

export interface WindowState {
  readonly asset: string
  /** ISO 8601, UTC, milliseconds, Z */
  readonly window_start: string
  /** ISO 8601, UTC, milliseconds, Z */
  readonly window_end: string
  readonly rows: number
  readonly top: readonly WindowTop[]
}

export interface DecisionMinute {
  /** ISO 8601, UTC, milliseconds, Z */
  readonly minute: string
  readonly by_model: number
  readonly by_fallback: number
  readonly positive: number
  readonly negative: number
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
}

export interface ModelState {
  readonly model: string
  /** The view whose rows are scored */
  readonly on: string
  readonly version: number | null
  readonly deployed_at: string | null
  readonly threshold: number | null
  readonly by_model: number
  readonly by_fallback: number
  readonly positive: number
  readonly negative: number
  /** Batches whose scoring failed; the fallback decided their rows */
  readonly failures: number
  /** Rows by score, in equal bins over [0, 1] */
  readonly histogram: readonly number[]
  /** Oldest first */
  readonly decisions: readonly DecisionMinute[]
  readonly scoring_ms: Percentiles | null
}

export interface OutletState {
  readonly name: string
  /** `carrier`: takes streams to Kafka, or views from it; `job`: computes views on Flink */
  readonly kind: 'sink' | 'webhook' | 'carrier' | 'job'
  /** `refused`: it cannot take these rows until it is mended and the session is started anew */
  readonly state: 'starting' | 'running' | 'retrying' | 'refused' | 'stopped'
  /** Rows or messages since the start, repeats included; checkpoints of a job */
  readonly delivered: number
  readonly waiting: number
  /** Rows that were passed over, messages that were given up */
  readonly failed: number
  /** Failed tries in a row */
  readonly failures: number
  readonly last_error: string | null
}

export interface LiveState {
  readonly project: string
  readonly env: string
  /** ISO 8601, UTC, milliseconds, Z */
  readonly since: string
  readonly sources: readonly SourceState[]
  readonly assets: readonly AssetState[]
  /** The latest of each view */
  readonly windows: readonly WindowState[]
  readonly models: readonly ModelState[]
  /** The latest */
  readonly alerts: readonly Alert[]
  readonly outlets: readonly OutletState[]
}

export interface Pulse {
  /** ISO 8601, UTC, milliseconds, Z */
  readonly at: string
  readonly lines_per_second: number
  readonly scored_per_second: number
  readonly lag_ms: number | null
}

export interface WatchState {
  readonly project: string
  readonly env: string
  /** ISO 8601, UTC, milliseconds, Z */
  readonly since: string
  readonly sources: readonly SourceState[]
  readonly assets: readonly AssetState[]
  /** The latest of each view */
  readonly windows: readonly WindowState[]
  readonly models: readonly ModelState[]
  /** The latest */
  readonly alerts: readonly Alert[]
  readonly outlets: readonly OutletState[]
  readonly seq: number
  /** ISO 8601, UTC, milliseconds, Z */
  readonly now: string
  /** One a second, oldest first */
  readonly history: readonly Pulse[]
}

export interface StateChange {
  readonly seq: number
  /** ISO 8601, UTC, milliseconds, Z */
  readonly now: string
  readonly sources?: {
    readonly set: readonly SourceState[]
    readonly drop: readonly string[]
  }
  readonly assets?: {
    readonly set: readonly AssetState[]
    readonly drop: readonly string[]
  }
  readonly windows?: {
    readonly set: readonly WindowState[]
    readonly drop: readonly string[]
  }
  readonly models?: {
    readonly set: readonly ModelState[]
    readonly drop: readonly string[]
  }
  readonly alerts?: {
    readonly set: readonly Alert[]
    readonly drop: readonly string[]
  }
  readonly outlets?: {
    readonly set: readonly OutletState[]
    readonly drop: readonly string[]
  }
  readonly history?: {
    readonly set: readonly Pulse[]
    readonly drop: readonly string[]
  }
}

export interface GateResult {
  readonly name: string
  readonly value: number | null
  readonly limit: number
  readonly passed: boolean
}

export interface ModelVersion {
  readonly version: number
  readonly source: 'trained' | 'registered'
  /** ISO 8601, UTC, milliseconds, Z */
  readonly created_at: string
  readonly artifact_sha256: string
  readonly features: readonly string[]
  readonly threshold: number | null
  readonly train: {
    readonly from: string | null
    readonly to: string | null
    readonly rows: number
    readonly positives: number
  } | null
  readonly test: {
    readonly from: string | null
    readonly to: string | null
    readonly rows: number
    readonly positives: number
    readonly roc_auc: number | null
    readonly pr_auc: number | null
  } | null
  readonly gates: readonly GateResult[]
}

export interface Deployment {
  readonly version: number
  /** ISO 8601, UTC, milliseconds, Z */
  readonly deployed_at: string
  readonly by: string
  readonly reason: 'deploy' | 'rollback'
}

export interface ModelSummary {
  readonly model: string
  readonly on: string
  readonly versions: number
  readonly deployed: number | null
  readonly deployed_at: string | null
}

export interface ModelList {
  readonly models: readonly ModelSummary[]
}

export interface ModelDetail {
  readonly model: string
  readonly on: string
  readonly deployed: number | null
  readonly versions: readonly ModelVersion[]
  readonly deployments: readonly Deployment[]
}

export interface ScoreRequest {
  /** The latest row of this key */
  readonly key?: Readonly<Record<string, string | number | boolean | null>>
  /** Every feature of the model; null where unknown */
  readonly features?: Readonly<Record<string, string | number | boolean | null>>
  /** At most 1000 rows of features */
  readonly rows?: readonly Readonly<Record<string, string | number | boolean | null>>[]
}

export interface ScoredRow {
  readonly score: number | null
  readonly decision: boolean
  readonly decided_by: 'model' | 'fallback'
}

export interface ScoreAnswer {
  readonly model: string
  readonly version: number | null
  readonly threshold: number | null
  readonly score?: number | null
  readonly decision?: boolean
  readonly decided_by?: 'model' | 'fallback'
  /** By key: event time the stream has reached minus the end of the row's window; null when the features came with the request */
  readonly staleness_ms?: number | null
  readonly features_at?: string | null
  readonly rows?: readonly ScoredRow[]
}

export interface IngestAnswer {
  readonly stream: string
  readonly accepted: number
  readonly dead_letters: number
  /** Dead letters by reason */
  readonly reasons: Readonly<Record<string, number>>
}

export interface Failure {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly asked?: unknown
    readonly found?: unknown
    readonly do?: string
    readonly [other: string]: unknown
  }
}
