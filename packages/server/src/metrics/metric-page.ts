import { Counter, Gauge, Registry } from 'prom-client'
import type { LiveState } from '../schema/live-state.ts'
import type { LiveView } from '../view/live-view.ts'
import type { Meters, MeterView } from '../view/meter-view.ts'
import { FedHistogram } from './fed-histogram.ts'
import type { ServerFigures } from './server-figures.ts'

interface Taken {
  readonly state: LiveState
  readonly meters: Meters
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null]

interface MetricSpec {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  /** Null: not known, no sample. */
  readonly samples: (taken: Taken) => readonly Sample[]
}

const seconds = (instant: string | null): number | null => (instant === null ? null : Date.parse(instant) / 1000)

const COUNTERS: readonly MetricSpec[] = [
  {
    name: 'millrace_lines_total',
    help: 'Lines read from a source.',
    labels: ['source'],
    samples: ({ state }) => state.sources.map((one) => [{ source: one.name }, one.lines]),
  },
  {
    name: 'millrace_records_decoded_total',
    help: 'Records that passed decoding and contract.',
    labels: ['source'],
    samples: ({ state }) => state.sources.map((one) => [{ source: one.name }, one.decoded]),
  },
  {
    name: 'millrace_dead_letters_total',
    help: 'Records put aside, by reason.',
    labels: ['source', 'reason'],
    samples: ({ state }) =>
      state.sources.flatMap((one) => Object.entries(one.reasons).map(([reason, n]): Sample => [{ source: one.name, reason }, n])),
  },
  {
    name: 'millrace_rows_in_total',
    help: 'Rows that reached an asset.',
    labels: ['asset'],
    samples: ({ state }) => state.assets.map((one) => [{ asset: one.name }, one.rows_in]),
  },
  {
    name: 'millrace_rows_out_total',
    help: 'Rows an asset gave out.',
    labels: ['asset'],
    samples: ({ state }) => state.assets.map((one) => [{ asset: one.name }, one.rows]),
  },
  {
    name: 'millrace_late_rows_total',
    help: 'Rows refused by every window.',
    labels: ['asset'],
    samples: ({ state }) => state.assets.map((one) => [{ asset: one.name }, one.late]),
  },
  {
    name: 'millrace_feature_rows_total',
    help: 'Rows that went through a feature view.',
    labels: ['asset'],
    samples: ({ meters }) => meters.features.map((one) => [{ asset: one.asset }, one.rows]),
  },
  {
    name: 'millrace_feature_seconds_total',
    help: 'Time spent in the operators of a feature view; what views share counts for each.',
    labels: ['asset'],
    samples: ({ meters }) => meters.features.map((one) => [{ asset: one.asset }, one.seconds]),
  },
  {
    name: 'millrace_decisions_total',
    help: 'Scored rows by decision.',
    labels: ['model', 'decision'],
    samples: ({ state }) =>
      state.models.flatMap((one): Sample[] => [
        [{ model: one.model, decision: 'true' }, one.positive],
        [{ model: one.model, decision: 'false' }, one.negative],
      ]),
  },
  {
    name: 'millrace_decided_rows_total',
    help: 'Scored rows by what decided: the model or the fallback rule.',
    labels: ['model', 'decided_by'],
    samples: ({ state }) =>
      state.models.flatMap((one): Sample[] => [
        [{ model: one.model, decided_by: 'model' }, one.by_model],
        [{ model: one.model, decided_by: 'fallback' }, one.by_fallback],
      ]),
  },
  {
    name: 'millrace_scoring_failures_total',
    help: 'Batches whose scoring failed.',
    labels: ['model'],
    samples: ({ state }) => state.models.map((one) => [{ model: one.model }, one.failures]),
  },
  {
    name: 'millrace_alerts_total',
    help: 'Alerts raised.',
    labels: ['asset'],
    samples: ({ meters }) => meters.alerts.map((one) => [{ asset: one.asset }, one.raised]),
  },
  {
    name: 'millrace_outlet_delivered_total',
    help: 'Rows that a sink, messages that a webhook took, repeats included.',
    labels: ['outlet', 'kind'],
    samples: ({ state }) => state.outlets.map((one) => [{ outlet: one.name, kind: one.kind }, one.delivered]),
  },
  {
    name: 'millrace_outlet_failed_total',
    help: 'Rows that a sink was passed over with, messages that were given up.',
    labels: ['outlet', 'kind'],
    samples: ({ state }) => state.outlets.map((one) => [{ outlet: one.name, kind: one.kind }, one.failed]),
  },
  {
    name: 'millrace_outbox_delivered_total',
    help: 'Messages that a receiver has confirmed.',
    labels: [],
    samples: ({ meters }) => [[{}, meters.outbox.delivered]],
  },
  {
    name: 'millrace_outbox_failed_attempts_total',
    help: 'Messages that were given up.',
    labels: [],
    samples: ({ meters }) => [[{}, meters.outbox.failedAttempts]],
  },
]

const GAUGES: readonly MetricSpec[] = [
  {
    name: 'millrace_lines_per_second',
    help: 'Lines read a second, lately.',
    labels: ['source'],
    samples: ({ state }) => state.sources.map((one) => [{ source: one.name }, one.lines_per_second]),
  },
  {
    name: 'millrace_lag_seconds',
    help: "Longest time from a line's ingest into the views' state, lately.",
    labels: ['source'],
    samples: ({ state }) => state.sources.map((one) => [{ source: one.name }, one.lag_ms === null ? null : one.lag_ms / 1000]),
  },
  {
    name: 'millrace_watermark_timestamp_seconds',
    help: 'Event time up to which a source is complete.',
    labels: ['source'],
    samples: ({ state }) => state.sources.map((one) => [{ source: one.name }, seconds(one.watermark)]),
  },
  {
    name: 'millrace_latest_window_end_timestamp_seconds',
    help: 'End of the latest closed window of an asset, event time.',
    labels: ['asset'],
    samples: ({ state }) => state.assets.map((one) => [{ asset: one.name }, seconds(one.latest_window_end)]),
  },
  {
    name: 'millrace_model_version',
    help: 'Version of a model that is deployed.',
    labels: ['model'],
    samples: ({ state }) => state.models.map((one) => [{ model: one.model }, one.version]),
  },
  {
    name: 'millrace_outlet_waiting',
    help: 'Records or messages that an outlet does not have yet.',
    labels: ['outlet', 'kind'],
    samples: ({ state }) => state.outlets.map((one) => [{ outlet: one.name, kind: one.kind }, one.waiting]),
  },
  {
    name: 'millrace_outlet_failures',
    help: 'Failed tries in a row; 0 when the outlet takes what it gets.',
    labels: ['outlet', 'kind'],
    samples: ({ state }) => state.outlets.map((one) => [{ outlet: one.name, kind: one.kind }, one.failures]),
  },
  {
    name: 'millrace_outbox_pending',
    help: 'Messages that wait for their receiver.',
    labels: [],
    samples: ({ meters }) => [[{}, meters.outbox.pending]],
  },
  {
    name: 'millrace_outbox_oldest_pending_seconds',
    help: 'Age of the oldest message that waits.',
    labels: [],
    samples: ({ meters }) => [[{}, meters.outbox.oldestPendingMs === null ? 0 : meters.outbox.oldestPendingMs / 1000]],
  },
]

/** The text of /metrics, in Prometheus' exposition format. */
export class MetricPage {
  readonly contentType: string
  readonly #registry = new Registry()
  readonly #takers: ((taken: Taken) => void)[] = []
  readonly #sources: { readonly live: LiveView; readonly meters: MeterView }
  #taken: Taken | undefined

  constructor(sources: { readonly live: LiveView; readonly meters: MeterView }, figures: ServerFigures) {
    this.contentType = this.#registry.contentType
    this.#sources = sources
    for (const spec of COUNTERS) this.#addCounter(spec)
    for (const spec of GAUGES) this.#addGauge(spec)
    this.#addServer(figures)
  }

  async text(): Promise<string> {
    const taken = { state: this.#sources.live.snapshot(), meters: this.#sources.meters.snapshot() }
    this.#taken = taken
    for (const take of this.#takers) take(taken)
    return this.#registry.metrics()
  }

  #addCounter({ name, help, labels, samples }: MetricSpec): void {
    const counter = new Counter({ name, help, labelNames: [...labels], registers: [this.#registry] })
    this.#takers.push((taken) => {
      counter.reset()
      for (const [values, value] of samples(taken)) if (value !== null) counter.inc(values, value)
    })
  }

  #addGauge({ name, help, labels, samples }: MetricSpec): void {
    const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [this.#registry] })
    this.#takers.push((taken) => {
      gauge.reset()
      if (labels.length === 0) gauge.remove()
      for (const [values, value] of samples(taken)) if (value !== null) gauge.set(values, value)
    })
  }

  #addServer(figures: ServerFigures): void {
    const registry = this.#registry
    new FedHistogram({
      name: 'millrace_scoring_seconds',
      help: 'Time of scoring a batch in the stream.',
      labels: ['model'],
      registry,
      take: () => (this.#taken?.meters.scoring ?? []).map(({ model, timing }) => ({ labels: { model }, timing })),
    })
    new FedHistogram({
      name: 'millrace_score_request_seconds',
      help: 'Time of POST /api/score, from the whole body to the answer.',
      labels: ['model'],
      registry,
      take: () => [...figures.scoreRequests].map(([model, timing]) => ({ labels: { model }, timing: timing.counts() })),
    })
    this.#addCounter({
      name: 'millrace_http_answers_total',
      help: 'Answers by route and status.',
      labels: ['route', 'status'],
      samples: () =>
        [...figures.answers].flatMap(([route, byStatus]) =>
          [...byStatus].map(([status, count]): Sample => [{ route, status: String(status) }, count]),
        ),
    })
    this.#addCounter({
      name: 'millrace_event_clients_dropped_total',
      help: 'Browsers that did not read their events and were dropped.',
      labels: [],
      samples: () => [[{}, figures.eventClientsDropped]],
    })
    this.#addGauge({
      name: 'millrace_event_clients',
      help: 'Browsers that follow the events.',
      labels: [],
      samples: () => [[{}, figures.eventClients]],
    })
    this.#addGauge({
      name: 'millrace_event_loop_lag_seconds',
      help: 'How late the event loop came since the last scrape.',
      labels: ['quantile'],
      samples: () => {
        const { p50, p99, max } = figures.takeLoopLag()
        return [
          [{ quantile: '0.5' }, p50],
          [{ quantile: '0.99' }, p99],
          [{ quantile: '1' }, max],
        ]
      },
    })
  }
}
