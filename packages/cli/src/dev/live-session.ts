import { type AlertAsset, type LogTransaction, type StreamAsset, sourcePlaces, streamOf } from '@millrace/core'
import type { LakeMessage } from '../pipeline/lake-worker.ts'
import { ingestStream } from '../pipeline/scope-log.ts'
import type { ScoreMessage } from '../pipeline/score-message.ts'
import { topicPartitions } from '../pipeline/topic-partitions.ts'
import type { ViewMessage } from '../pipeline/view-message.ts'
import { WakeableSleep } from '../pipeline/wakeable-sleep.ts'
import type { LoadedProject } from '../project/load-project.ts'
import type { AlertExplainer } from '../query/alert-explainer.ts'
import type { RaisedAlert } from '../query/raised-alerts.ts'
import { alertBatch } from './alert-batch.ts'
import type { AlertLedger } from './alert-ledger.ts'
import type { DevOutput } from './dev-event.ts'
import type { FollowMessage } from './follow-message.ts'
import { LiveFigures } from './live-figures.ts'
import { type LiveScope, sunkAlerts } from './live-scope.ts'
import { ViewWatch, type WatchedRound } from './view-watch.ts'

/** Views are looked at after this time even when no thread told of news. */
const LOOK_MS = 1_000
const STATUS_MS = 1_000
/** Rounds whose alerts may be under way while further rows are shown. */
const ROUNDS_MAX = 16

export interface LiveSessionOptions {
  readonly live: LiveScope
  readonly loaded: LoadedProject
  readonly ledger: AlertLedger
  readonly output: DevOutput
  readonly explainer: AlertExplainer
}

/** Turns what the threads tell and what views hold into events for the output. */
export class LiveSession {
  readonly #options: LiveSessionOptions
  readonly #figures: LiveFigures
  readonly #watches: readonly ViewWatch[]
  /** Watermark that each partition's views have durably come to, by stream. */
  readonly #watermarks = new Map<string, number[]>()
  /** Alerts are finished and rounds committed one after the other, beside the showing of rows. */
  #finishing: Promise<void> = Promise.resolve()
  #rounds = 0
  #fail: (reason: unknown) => void = () => {}
  readonly #failure: Promise<never>
  #news = true
  readonly #idle = new WakeableSleep()
  #stopping = false

  constructor(options: LiveSessionOptions) {
    const { project, partitions } = options.loaded
    this.#options = options
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.#failure.catch(() => {})
    this.#figures = new LiveFigures(project.streams.map((stream) => stream.name))
    for (const stream of project.streams) {
      const count = ingestStream(stream, partitions).partitions
      this.#watermarks.set(stream.name, new Array<number>(count).fill(Number.NEGATIVE_INFINITY))
    }
    this.#watches = [...project.features, ...project.models].map(
      (view) =>
        new ViewWatch(options.live.log, view, {
          partitions: topicPartitions(options.live.log, view.name),
          alerts: project.alerts.filter((alert) => alert.input === view),
        }),
    )
  }

  onFollow(stream: StreamAsset, message: FollowMessage): void {
    const { output, loaded } = this.#options
    const of = { stream: stream.name }
    if (message.kind === 'ingested') this.#figures.ingested(stream.name, message)
    else if (message.kind === 'file') void output.show({ kind: 'file', ...of, event: message.event, path: message.path })
    else if (message.kind === 'waiting')
      void output.show({ kind: 'waiting', ...of, patterns: sourcePlaces(stream.from, stream.name), folder: loaded.directory })
    else if (message.kind === 'problem')
      void output.show({ kind: 'problem', ...of, path: message.path, code: message.code, message: message.message, do: message.todo })
  }

  onStream(stream: StreamAsset, message: ViewMessage): void {
    if (message.kind === 'applied') this.#figures.applied(message.lagMs)
    if (message.kind !== 'moved') return
    this.#figures.moved(message.partition, message.counters)
    const watermarks = this.#watermarks.get(stream.name)
    if (watermarks !== undefined && message.partition < watermarks.length) watermarks[message.partition] = message.watermark
    this.#news = true
    this.#idle.wake()
  }

  /** Says of a stream how far its slowest view is, epoch ms. */
  watermarkOf(stream: string): number {
    return Math.min(...(this.#watermarks.get(stream) ?? []))
  }

  onScore(message: ScoreMessage): void {
    if (message.kind === 'switched') void this.#options.output.show({ ...message, kind: 'model' })
    if (message.kind === 'trouble')
      void this.#options.output.show({ kind: 'problem', model: message.model, code: message.code, message: message.message, do: undefined })
    if (message.kind !== 'scored') return
    this.#news = true
    this.#idle.wake()
  }

  onLake(message: LakeMessage): void {
    if (message.kind === 'trouble') {
      const { table, code } = message
      void this.#options.output.show({ kind: 'problem', table, code, message: `Table \`${table}\`: ${message.message}`, do: undefined })
    }
    if (message.kind === 'committed' && message.rows > 0)
      void this.#options.output.show({ kind: 'committed', table: message.table, rows: message.rows })
  }

  /** Shows what comes until `stop`; fails when an alert cannot be recorded. */
  async run(): Promise<void> {
    await Promise.race([this.#showing(), this.#failure])
  }

  async #showing(): Promise<void> {
    const status = setInterval(() => this.showStatus(), STATUS_MS)
    try {
      while (!this.#stopping) {
        this.#news = false
        await this.#showNews()
        if (!this.#news && !this.#stopping) await this.#idle.sleep(LOOK_MS)
      }
    } finally {
      clearInterval(status)
    }
  }

  stop(): void {
    this.#stopping = true
    this.#idle.wake()
  }

  /** Shows the rows and alerts that are there now, to their end. */
  async finish(): Promise<void> {
    await this.#showNews()
    await this.#finishing
  }

  async #showNews(): Promise<void> {
    for (const watch of this.#watches) {
      const reached = this.watermarkOf(streamOf(watch.view).name)
      await watch.catchUp((watched) => this.#handOn(watch, watched))
      const until = reached > Number.NEGATIVE_INFINITY ? reached : endedBefore(watch)
      if (until > Number.NEGATIVE_INFINITY) await this.#options.output.show({ kind: 'closed', view: watch.shown, until })
    }
  }

  async #handOn(watch: ViewWatch, round: WatchedRound): Promise<void> {
    const now = Date.now()
    for (const ingestedAt of round.ingestedAt) this.#figures.shown(watch.view.kind === 'model' ? 'score' : 'window', now - ingestedAt)
    if (round.rows.length > 0)
      await this.#options.output.show({ kind: watch.view.kind === 'model' ? 'scores' : 'windows', view: watch.shown, rows: round.rows })
    this.#rounds += 1
    this.#finishing = this.#finishing.then(async () => {
      const alerts = round.alerts.length > 0 ? await this.#showAlerts(round.alerts) : []
      if (alerts.length > 0) {
        this.#figures.shown('alert', Date.now() - now)
      }
      await round.commit((transaction) => this.#appendAlerts(transaction, alerts))
      this.#rounds -= 1
    })
    this.#finishing.catch(this.#fail)
    if (this.#rounds >= ROUNDS_MAX) await this.#finishing
  }

  /** Alerts that a sink takes go into their topic, in the transaction that notes them as raised. */
  #appendAlerts(transaction: LogTransaction, alerts: readonly RaisedAlert[]): void {
    const ingestedAt = Date.now()
    for (const asset of sunkAlerts(this.#options.loaded.project)) {
      const own = alerts.filter((alert) => alert.asset === asset.name)
      if (own.length > 0)
        transaction.append({ topic: asset.name, partition: 0, batch: alertBatch(asset, own), watermarkAfter: 0, ingestedAt })
    }
  }

  async #showAlerts(alerts: readonly RaisedAlert[]): Promise<readonly RaisedAlert[]> {
    const { output, ledger, loaded, explainer } = this.#options
    const sampled: RaisedAlert[] = []
    for (const asset of loaded.project.alerts)
      sampled.push(
        ...(await this.#sampled(
          asset,
          alerts.filter((alert) => alert.asset === asset.name),
        )),
      )
    const explained = await explainer.explained(sampled)
    for (const alert of explained) await output.show({ kind: 'alert', alert })
    await ledger.record(explained)
    return explained
  }

  async #sampled(asset: AlertAsset, alerts: readonly RaisedAlert[]): Promise<readonly RaisedAlert[]> {
    return alerts.length === 0 ? [] : this.#options.ledger.sampled(asset, alerts)
  }

  /** Shows the figures, when they have changed. */
  showStatus(): void {
    const status = this.#figures.take()
    if (status !== undefined) void this.#options.output.show({ kind: 'status', status })
  }
}

/** Of a view that is computed elsewhere the watermark is not known here: a window has ended when rows of a later one have come. */
function endedBefore({ latestEnd }: ViewWatch): number {
  return latestEnd - 1
}
