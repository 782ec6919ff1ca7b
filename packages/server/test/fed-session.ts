import { operatingError } from '@millrace/core'
import type {
  Alert,
  AlertQuery,
  AlertView,
  DecisionMinute,
  IngestAnswer,
  IngestRequest,
  IngestView,
  LiveEvent,
  LiveState,
  LiveView,
  Meters,
  MeterView,
  ModelDetail,
  ModelState,
  ModelView,
  OutletState,
  ReadyView,
  ScoredRows,
  ScoringView,
  SourceState,
  WindowState,
} from '@millrace/server'
import { HISTOGRAM_BINS, Timing } from '@millrace/server'

const START = Date.UTC(2026, 2, 2, 9, 0)
const MINUTE = 60_000
const FEATURES = ['hits', 'errors', 'failed_logins', 'distinct_paths', 'response_bytes', 'pace', 'error_ratio', 'site_share']
const SEGMENTS = ['products', 'search', 'login', 'images', 'cart']
const DECISIONS_MAX = 120
const WINDOWS_MAX = 24
const ALERTS_MAX = 200

/** Numbers in [0, 1) by seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A session that is fed minute by minute, for tests of what shows it: a shop's traffic with an attack every quarter of an hour. */
export class FedSession {
  readonly #random: () => number
  readonly #listeners = new Set<(event: LiveEvent) => void>()
  readonly #timing = new Timing()
  #minute = 0
  #source: SourceState
  #models: ModelState[]
  #windows: WindowState[] = []
  #alerts: Alert[] = []
  notReady: string[] = []
  outlets: OutletState[] = [outlet('scores_to_pg', 'sink'), outlet('attacks/ALERT_URL', 'webhook')]

  constructor(seed = 1) {
    this.#random = randomOf(seed)
    this.#source = {
      name: 'requests',
      lines: 0,
      decoded: 0,
      dead_letters: 0,
      reasons: {},
      lines_per_second: 0,
      watermark: null,
      lag_ms: null,
      positions: { 'logs/access.log': 0 },
    }
    this.#models = [modelState('suspicious_ip', 'ip_signals', 3), modelState('suspicious_site', 'site_activity', 1)]
  }

  get clock(): number {
    return START + this.#minute * MINUTE
  }

  /** One more minute of event time. */
  advance(minutes = 1): void {
    for (let i = 0; i < minutes; i++) this.#advance()
    for (const listener of this.#listeners) for (const event of ['status', 'windows', 'scores'] as const) listener(event)
  }

  /** Adds an alert of the latest minute. */
  raise(ip = '10.7.3.19'): Alert {
    const alert = this.#alert(ip)
    this.#alerts = [alert, ...this.#alerts].slice(0, ALERTS_MAX)
    for (const listener of this.#listeners) listener('alerts')
    return alert
  }

  #advance(): void {
    const random = this.#random
    this.#minute++
    const hour = 0.6 + 0.4 * Math.sin(this.#minute / 40)
    const underAttack = this.#minute % 15 >= 12
    const lines = Math.round(900 * hour + 200 * random() + (underAttack ? 1400 : 0))
    const bad = random() < 0.3 ? 1 + Math.floor(3 * random()) : 0
    const source = this.#source
    const reason = random() < 0.7 ? 'decode/not-this-format' : 'contract/out-of-range'
    this.#source = {
      ...source,
      lines: source.lines + lines,
      decoded: source.decoded + lines - bad,
      dead_letters: source.dead_letters + bad,
      reasons: bad === 0 ? source.reasons : { ...source.reasons, [reason]: (source.reasons[reason] ?? 0) + bad },
      lines_per_second: Math.round(lines * (0.9 + 0.2 * random())),
      watermark: new Date(this.clock - 30_000).toISOString(),
      lag_ms: Math.round(25 + 40 * random() + (underAttack ? 60 : 0)),
      positions: { 'logs/access.log': source.lines + lines },
    }
    this.#windows = [...this.#newWindows(underAttack), ...this.#windows].slice(0, WINDOWS_MAX)
    this.#models = this.#models.map((model, i) => this.#score(model, i === 0 ? 120 : 5, underAttack))
    if (underAttack && this.#minute % 15 === 13) this.raise(`10.7.${this.#minute % 7}.${10 + Math.floor(200 * random())}`)
  }

  #newWindows(underAttack: boolean): WindowState[] {
    const random = this.#random
    const window = (asset: string, size: number, top: WindowState['top']): WindowState => ({
      asset,
      window_start: new Date(this.clock - size).toISOString(),
      window_end: new Date(this.clock).toISOString(),
      rows: top.length * (asset === 'site_activity' ? 1 : 31),
      top,
    })
    const ips = Array.from({ length: 4 }, (_, i) => ({
      key: { ip: `10.${i}.${Math.floor(9 * random())}.${Math.floor(250 * random())}` },
      values: { hits: Math.round((underAttack && i === 0 ? 900 : 60) / (i + 1)), errors: Math.round(8 * random()), failed_logins: 0 },
    }))
    const sites = SEGMENTS.map((segment) => ({
      key: { segment },
      values: { hits: Math.round(400 * random()), error_ratio: Math.round(100 * random()) / 1000, distinct_ips: Math.round(90 * random()) },
    }))
    return [window('ip_signals', 5 * MINUTE, ips), window('site_activity', MINUTE, sites)]
  }

  #score(model: ModelState, rows: number, underAttack: boolean): ModelState {
    const histogram = [...model.histogram]
    let positive = 0
    for (let i = 0; i < rows; i++) {
      const attacker = underAttack && i < Math.max(1, rows / 30)
      const score = attacker ? 0.93 + 0.07 * this.#random() : this.#random() ** 6
      histogram[Math.min(HISTOGRAM_BINS - 1, Math.floor(score * HISTOGRAM_BINS))]++
      if (score >= 0.9 && attacker) positive++
      this.#timing.observe(0.0002 + 0.001 * this.#random())
    }
    const fallback = this.#minute < 6 ? rows : 0
    const minute: DecisionMinute = {
      minute: new Date(this.clock - MINUTE).toISOString(),
      by_model: rows - fallback,
      by_fallback: fallback,
      positive,
      negative: rows - positive,
    }
    return {
      ...model,
      by_model: model.by_model + minute.by_model,
      by_fallback: model.by_fallback + fallback,
      positive: model.positive + positive,
      negative: model.negative + minute.negative,
      histogram,
      decisions: [...model.decisions, minute].slice(-DECISIONS_MAX),
      scoring_ms: { p50: 0.42, p99: 1.8 },
    }
  }

  #alert(ip: string): Alert {
    const random = this.#random
    const hits = 400 + Math.round(700 * random())
    const failed = Math.round(hits * 0.8)
    return {
      id: `attacks:${ip}:${this.clock}`,
      asset: 'attacks',
      key: { ip },
      window_start: new Date(this.clock - 5 * MINUTE).toISOString(),
      window_end: new Date(this.clock).toISOString(),
      raised_at: new Date().toISOString(),
      score: 0.95 + 0.05 * random(),
      threshold: 0.9,
      model: 'suspicious_ip',
      version: 3,
      decided_by: 'model',
      evidence: {
        hits,
        errors: failed,
        failed_logins: failed,
        distinct_paths: 3,
        response_bytes: 184_220,
        pace: 7.4,
        error_ratio: 0.81,
        site_share: null,
      },
      usual: {
        hits: [1, 14, 220],
        errors: [0, 0, 9],
        failed_logins: [0, 0, 3],
        distinct_paths: [1, 6, 74],
        response_bytes: [312, 48_000, 2_400_000],
        pace: [0.2, 1, 3.1],
        error_ratio: [0, 0, 0.25],
        site_share: [0, 0.002, 0.04],
      },
      contributions: [
        { feature: 'failed_logins', value: 3.12 },
        { feature: 'error_ratio', value: 1.74 },
        { feature: 'pace', value: 0.96 },
        { feature: 'distinct_paths', value: -0.41 },
        { feature: 'response_bytes', value: -0.12 },
      ],
      sample_offsets: [120_331, 120_340, 120_352, 120_377],
      runbook: 'runbooks/attack.md',
      delivered: true,
    }
  }

  snapshot(): LiveState {
    const rows = this.#windows.reduce((sum, one) => sum + one.rows, 0)
    const latest = this.#windows[0]?.window_end ?? null
    const asset = (name: string, kind: string, out: number) => ({
      name,
      kind,
      rows_in: this.#source.decoded,
      rows_counted: this.#source.decoded - this.#minute,
      late: this.#minute,
      rows: out,
      latest_window_end: latest,
    })
    return {
      project: 'weblogs',
      env: 'dev',
      since: new Date(START).toISOString(),
      sources: [this.#source],
      assets: [
        asset('ip_signals', 'joined', rows * 20),
        asset('site_activity', 'features', rows),
        asset('suspicious_ip', 'model', rows * 20),
      ],
      windows: this.#windows,
      models: this.#models,
      outlets: this.outlets,
      alerts: this.#alerts,
    }
  }

  get views(): {
    live: LiveView
    alerts: AlertView
    registry: ModelView
    scoring: ScoringView
    meters: MeterView
    ready: ReadyView
    ingest: IngestView
    pageFolder: null
  } {
    return {
      live: {
        snapshot: () => this.snapshot(),
        subscribe: (listener) => {
          this.#listeners.add(listener)
          return () => this.#listeners.delete(listener)
        },
      },
      alerts: {
        alerts: async (query) => this.#find(query),
        runbook: async (asset) => (asset === 'attacks' ? '# An attack\n\nBlock it.\n' : undefined),
      },
      registry: {
        models: async () =>
          this.#models.map(({ model, on, version, deployed_at }) => ({ model, on, versions: 3, deployed: version, deployed_at })),
        model: async (name) => (name === 'suspicious_ip' ? modelDetail() : undefined),
      },
      scoring: linearScoring(() => this.clock),
      meters: { snapshot: () => this.#meters() },
      ready: { reasons: () => this.notReady },
      ingest: { bodyBytesMax: 1024, push: (stream, request) => this.ingest(stream, request) },
      pageFolder: null,
    }
  }

  /** Answers with the bytes that came as the number of records; `busy` refuses for three seconds. */
  async ingest(stream: string, { body }: IngestRequest): Promise<IngestAnswer> {
    if (stream === 'busy')
      throw operatingError('ingest/queue-full', 'Too many wait.', { do: 'Try again.', details: { retry_after_seconds: 3 } })
    return { stream, accepted: body.length, dead_letters: 0, reasons: {} }
  }

  #find({ asset, from, to, alertsMax }: AlertQuery): Alert[] {
    return this.#alerts
      .filter((one) => asset === undefined || one.asset === asset)
      .filter((one) => from === undefined || Date.parse(one.window_end) >= from)
      .filter((one) => to === undefined || Date.parse(one.window_end) < to)
      .slice(0, alertsMax)
  }

  #meters(): Meters {
    return {
      features: [{ asset: 'ip_signals', rows: this.#source.decoded, seconds: this.#source.decoded / 1e6 }],
      scoring: [{ model: 'suspicious_ip', timing: this.#timing.counts() }],
      alerts: [{ asset: 'attacks', raised: this.#alerts.length }],
      outbox: { pending: 1, delivered: this.#alerts.length, failedAttempts: 2, oldestPendingMs: 1200 },
    }
  }
}

function modelState(model: string, on: string, version: number): ModelState {
  return {
    model,
    on,
    version,
    deployed_at: new Date(START - 3_600_000).toISOString(),
    threshold: 0.9,
    by_model: 0,
    by_fallback: 0,
    positive: 0,
    negative: 0,
    failures: 0,
    histogram: new Array(HISTOGRAM_BINS).fill(0),
    decisions: [],
    scoring_ms: null,
  }
}

function outlet(name: string, kind: OutletState['kind']): OutletState {
  return { name, kind, state: 'running', delivered: 12, waiting: 0, failed: 0, failures: 0, last_error: null }
}

function modelDetail(): ModelDetail {
  const at = new Date(START).toISOString()
  const range = { from: at, to: at, rows: 90_000, positives: 400 }
  return {
    model: 'suspicious_ip',
    on: 'ip_signals',
    deployed: 1,
    versions: [
      {
        version: 1,
        source: 'trained',
        created_at: at,
        artifact_sha256: 'ab'.repeat(32),
        features: FEATURES,
        threshold: 0.9,
        train: range,
        test: { ...range, roc_auc: 0.993, pr_auc: 0.9 },
        gates: [{ name: 'roc_auc', value: 0.993, limit: 0.97, passed: true }],
      },
    ],
    deployments: [{ version: 1, deployed_at: at, by: 'ada', reason: 'deploy' }],
  }
}

/** Scores by a fixed linear rule, another weight for each feature, with a logistic end; NaN counts as zero, and a row without `hits` is the fallback's. */
function linearScoring(clock: () => number): ScoringView {
  const model = { name: 'suspicious_ip', features: FEATURES, keys: ['ip'] }
  return {
    names: () => [model.name],
    model: (name) => (name === model.name ? model : undefined),
    score: async (_name, rows, count): Promise<ScoredRows> => {
      const scores = new Float64Array(count)
      const fallback = new Uint8Array(count)
      for (let row = 0; row < count; row++) {
        let sum = -4
        for (let i = 0; i < FEATURES.length; i++) sum += ((rows[row * FEATURES.length + i] || 0) * (FEATURES.length - i)) / 1000
        fallback[row] = Number.isNaN(rows[row * FEATURES.length]) ? 1 : 0
        scores[row] = fallback[row] === 1 ? Number.NaN : 1 / (1 + Math.exp(-sum))
      }
      return { version: 3, threshold: 0.9, scores, decisions: Array.from(scores, (score) => (score >= 0.9 ? 1 : 0)), fallback }
    },
    latest: async (_name, key) =>
      key.ip === '10.7.3.19' ? { row: Float32Array.from(FEATURES, () => 200), featuresAt: clock(), stalenessMs: 1500 } : undefined,
  }
}
