import type { JobFigures } from '../flink-watch.ts'
import { counted, type History, type TrainedModel } from '../history.ts'
import type { LiveFeed } from '../live-feed.ts'
import type { LiveTraffic } from '../live-session.ts'
import type { LawVerdict } from './law.ts'
import { type LiveEvidence, VIEWS } from './live-evidence.ts'
import { percentiles } from './percentile.ts'
import { type SingleThreshold, trySingleThresholds } from './single-threshold-trial.ts'
import { type AlertFigures, AttackIndex, type AttackVerdict, judgeAttacks, judgeQuiet } from './verdict.ts'

/** Everything that a demo has found. */
export interface DemoFindings {
  readonly seed: number
  readonly intensity: number
  readonly seconds: number
  readonly history: History
  readonly traffic: LiveTraffic
  readonly feed: LiveFeed
  readonly evidence: LiveEvidence
  readonly laws: readonly LawVerdict[]
  /** The job on Flink, where the views are computed there. */
  readonly job?: JobFigures | undefined
}

const FALSE_RATE_MAX = 0.001
const QUIET_ROWS_MIN = 50_000
/** From this strength down no single threshold may do. */
const FAINT_INTENSITY_MAX = 0.3

/** The document of `npm run demo -- --check`; `missed` names every expectation that does not hold, and is empty when `ok`. */
export function demoDocument(findings: DemoFindings) {
  const { seed, intensity, seconds, history, traffic, feed, evidence, laws } = findings
  const index = new AttackIndex({ labels: traffic.labels, touches: evidence.touches })
  const attacks = judgeAttacks({ labels: traffic.labels, alerts: evidence.alerts, touches: evidence.touches }, index)
  const alerts = judgeQuiet(evidence.alerts, { ip: evidence.scored.ip.rows, site: evidence.scored.site.rows }, index)
  const single = trySingleThresholds(evidence, index, { labels: traffic.labels, falseRateMax: FALSE_RATE_MAX })
  const missed = missedBy(findings, { attacks, alerts, single })
  const rows = [...evidence.scored.ip.rows, ...evidence.scored.site.rows]
  return {
    ok: missed.length === 0,
    missed,
    seed,
    intensity,
    seconds,
    history: historyFigures(history),
    model: modelFigures(history.models.find(({ name }) => name === VIEWS.ip.model)),
    models: history.models.map(modelFigures),
    live: {
      requests_sent: traffic.requestsSent,
      lines_written: traffic.linesWritten,
      lines_ingested: evidence.linesIngested,
      rows_scored: rows.filter(({ byModel }) => byModel).length,
      line_to_window_ms: percentiles(feed.latency.window),
      line_to_score_ms: percentiles(feed.latency.score),
      window_to_alert_ms: percentiles(feed.latency.alert),
    },
    attacks,
    alerts,
    single_threshold: single,
    laws,
    ...(findings.job === undefined ? {} : { job: findings.job }),
  }
}

function historyFigures({ days, run, models }: History) {
  const sum = (of: (model: TrainedModel) => number): number => models.reduce((total, model) => total + of(model), 0)
  return {
    days,
    lines: run.input.lines,
    feature_rows: [VIEWS.ip, VIEWS.site].reduce((total, { view }) => total + (run.assets[view]?.rows ?? 0), 0),
    positive_rows: sum(({ train, validate, test }) => train.positives + validate.positives + test.positives),
  }
}

function modelFigures(model: TrainedModel | undefined) {
  if (model === undefined) return null
  const { name, version, artifact_sha256, threshold, train, test, gates } = model
  return {
    name,
    version,
    artifact_sha256,
    threshold,
    train: { from: train.from, to: train.to, rows: train.rows, positives: train.positives },
    test: { from: test.from, to: test.to, rows: test.rows, positives: test.positives, roc_auc: test.roc_auc, pr_auc: test.pr_auc },
    gates: gates.map(({ name: gate, value, limit, passed }) => ({ name: gate, value, limit, passed })),
  }
}

interface Judged {
  readonly attacks: readonly AttackVerdict[]
  readonly alerts: AlertFigures
  readonly single: SingleThreshold
}

function missedBy(findings: DemoFindings, { attacks, alerts, single }: Judged): string[] {
  const { intensity, history, traffic, feed, evidence, laws, job } = findings
  const { requestsSent, linesWritten } = traffic
  const { linesIngested } = evidence
  const fallback = [...evidence.scored.ip.rows, ...evidence.scored.site.rows].filter(({ byModel }) => !byModel).length
  const expectations: readonly (readonly [boolean, string])[] = [
    ...[VIEWS.ip, VIEWS.site].map(({ model }) => {
      const trained = history.models.find(({ name }) => name === model)
      return [trained?.deployed != null && trained.gates.every(({ passed }) => passed), `${model} is deployed behind its gates`] as const
    }),
    [
      requestsSent > 0 && requestsSent === linesWritten && linesWritten === linesIngested,
      `every request is a line, and every line is ingested: ${requestsSent} sent, ${linesWritten} written, ${linesIngested} ingested`,
    ],
    [feed.drained === true, '`up` drains when it is stopped'],
    [fallback === 0, `the models decide on every row: ${fallback} were left to the fallback rules`],
    [attacks.length > 0, 'there are attacks'],
    ...attacks.map(
      (attack) =>
        [
          attack.detected,
          `${attack.id} is detected: ${attack.addresses_detected} of ${attack.addresses} addresses, ${attack.site_alerts} alerts of the site`,
        ] as const,
    ),
    [evidence.alertsWithoutLines === 0, `alerts on addresses point at lines of theirs: ${evidence.alertsWithoutLines} do not`],
    [alerts.quiet_rows >= QUIET_ROWS_MIN, `there are ${counted(QUIET_ROWS_MIN)} quiet rows: ${counted(alerts.quiet_rows)}`],
    [alerts.false_rate <= FALSE_RATE_MAX, `alerts on quiet rows are at most ${FALSE_RATE_MAX}: ${alerts.false_rate}`],
    [feed.latency.window.length > 0 && feed.latency.alert.length > 0, 'times from line to window and from window to alert are told'],
    [
      intensity > FAINT_INTENSITY_MAX || single.found_by.length === 0,
      `no threshold on one feature finds all kinds: ${single.found_by.join(', ')} does`,
    ],
    ...(job === undefined
      ? []
      : [[job.state === 'running' && job.waiting === 0, `the job on Flink runs, and nothing waits: ${JSON.stringify(job)}`] as const]),
    ...laws.map(({ law, passed }) => [passed, `law ${law} holds`] as const),
  ]
  return expectations.filter(([holds]) => !holds).map(([, text]) => text)
}
