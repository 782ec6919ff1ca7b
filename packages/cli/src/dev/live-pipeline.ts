import { type StreamAsset, streamOf, streamsOf } from '@millrace/core'
import { forwardConsumer } from '@millrace/log-kafka/names'
import type { LakeMessage, LakeRequest, LakeWorkerData } from '../pipeline/lake-worker.ts'
import { ingestStream, streamConsumer } from '../pipeline/scope-log.ts'
import type { ScoreMessage } from '../pipeline/score-message.ts'
import { scoreConsumer } from '../pipeline/score-run.ts'
import { type ScoreLink, startScorer } from '../pipeline/start-scorer.ts'
import { topicPartitions } from '../pipeline/topic-partitions.ts'
import type { ViewMessage } from '../pipeline/view-message.ts'
import { WorkerLink } from '../pipeline/worker-link.ts'
import type { Environment } from '../project/environment-rules.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { upkeepRules } from '../project/upkeep-rules.ts'
import type { FlinkViews } from '../scaled/flink-views.ts'
import type { CarrierFigures, KafkaMessage } from '../scaled/kafka-message.ts'
import { type RelayedTopic, relayedTopics } from '../scaled/relayed-topic.ts'
import { carrierName, type KafkaLink, startKafka } from '../scaled/start-kafka.ts'
import type { Control } from '../share/control-record.ts'
import { startViews, type ViewLink } from '../share/start-views.ts'
import { viewsCameToEnd } from '../share/views-end.ts'
import type { FollowMessage } from './follow-message.ts'
import type { LiveScope } from './live-scope.ts'
import type { PushLine } from './push-line.ts'
import { type RunningSource, startSource } from './start-source.ts'
import { watchConsumer } from './view-watch.ts'
import { within } from './within.ts'

const WORKER_HEAP_MIB = 768
/** Waiting rows are committed to the lake this often. */
const COMMIT_EVERY_MS = 5_000
/** Time that draining may take, of which the views may use the first part. */
const DRAIN_MS_MAX = 1_800
const DRAIN_VIEWS_MS_MAX = 1_000

export interface LivePipelineOptions {
  readonly live: LiveScope
  readonly loaded: LoadedProject
  readonly stateDir: string
  readonly databaseUrl: string
  /** Workers for the views; 0: other processes compute them. */
  readonly workers: number
  readonly control: Control
  readonly environment: Environment
  /** Files to follow instead of those that the one stream declares. */
  readonly from?: string
  readonly onFollow: (stream: StreamAsset, message: FollowMessage) => void
  readonly onStream: (stream: StreamAsset, message: ViewMessage) => void
  readonly onLake: (message: LakeMessage) => void
  readonly onScore: (message: ScoreMessage) => void
  readonly onKafka: (message: KafkaMessage) => void
}

type LakeLink = WorkerLink<LakeRequest, LakeMessage>

interface StreamThreads {
  readonly stream: StreamAsset
  readonly source: RunningSource
}

/** The threads of a live scope: per stream a follower, workers for its views (or none), one scorer and one lake writer. */
export class LivePipeline {
  readonly #options: LivePipelineOptions
  readonly #streams: readonly StreamThreads[]
  readonly #views: readonly ViewLink[]
  readonly #lake: LakeLink
  readonly #score: ScoreLink | undefined
  readonly #kafka: KafkaLink | undefined
  readonly #flink: FlinkThread | undefined

  constructor(options: LivePipelineOptions) {
    this.#options = options
    this.#streams = options.loaded.project.streams.map((stream) => ({
      stream,
      source: sourceOf(options, stream),
    }))
    const { live, stateDir, databaseUrl, loaded } = options
    this.#flink = startFlink(options)
    this.#views = options.workers === 0 || this.#flink !== undefined ? [] : startViews({ ...options, logDir: live.scope.logDir })
    this.#score = startScorer({
      scope: live.scope,
      stateDir,
      databaseUrl,
      project: loaded.project.name,
      models: loaded.project.models,
      pace: 'live',
      heapMax: WORKER_HEAP_MIB,
      onMessage: options.onScore,
    })
    this.#lake = startLake(options)
    this.#kafka = startCarriers(options, this.#flink?.relays ?? [])
  }

  /** Where requests go, by the stream that takes them. */
  get pushes(): ReadonlyMap<string, PushLine> {
    return new Map(this.#streams.flatMap(({ stream, source }) => (source.push === undefined ? [] : [[stream.name, source.push]])))
  }

  /** How the jobs on Flink fare; empty where there are none. */
  get jobs(): readonly CarrierFigures[] {
    return this.#flink?.figures() ?? []
  }

  /** Whether Flink computes the views. */
  get isOnFlink(): boolean {
    return this.#flink !== undefined
  }

  /** Fails when a thread fails; fulfilled when every follower has come to the end of what it should read. */
  get ended(): Promise<void> {
    const failures = [...this.#views, ...this.#scorers, ...this.#carriers, this.#lake].map((link) =>
      link.ended.then(() => new Promise<never>(() => {})),
    )
    if (this.#flink !== undefined) failures.push(this.#flink.done.then(() => new Promise<never>(() => {})))
    return Promise.race([Promise.all(this.#streams.map(({ source }) => source.link.ended)).then(() => {}), ...failures])
  }

  /** Stops reading, brings views and lake up to the log's end as far as time allows, and leaves. Says whether it came to the end. */
  async drain(showRest: () => Promise<void>): Promise<boolean> {
    const deadline = performance.now() + DRAIN_MS_MAX
    await Promise.all(this.#streams.map(({ source }) => source.link.leave()))
    const viewsDone = await this.#finishViews()
    await Promise.all(this.#views.map((link) => link.leave()))
    const scored = await doneBy(deadline, this.#finishScores())
    const shown = await doneBy(deadline, showRest())
    const finished = this.#lake.next('finished')
    this.#lake.send({ kind: 'finish' })
    const lakeDone = await doneBy(deadline, finished)
    await Promise.all([this.#lake, ...this.#carriers].map((link) => link.leave()))
    await this.#leaveFlink()
    return viewsDone && scored && shown && lakeDone
  }

  /** Leaves without bringing anything to an end: everything committed is where the next start goes on. */
  async leave(): Promise<void> {
    const links = this.#streams.map(({ source }) => source.link)
    await Promise.all([...links, ...this.#views, ...this.#scorers, ...this.#carriers, this.#lake].map((link) => link.leave()))
    await this.#leaveFlink()
  }

  /** The job goes on by itself. */
  async #leaveFlink(): Promise<void> {
    this.#flink?.leaving.abort()
    await this.#flink?.done
  }

  get #scorers(): readonly ScoreLink[] {
    return this.#score === undefined ? [] : [this.#score]
  }

  get #carriers(): readonly KafkaLink[] {
    return this.#kafka === undefined ? [] : [this.#kafka]
  }

  async #finishScores(): Promise<void> {
    for (const link of this.#scorers) {
      const finished = link.next('finished')
      link.send({ kind: 'finish' })
      await finished
      await link.leave()
    }
  }

  /** Whether the views came to the end in the time for that, here and in other processes. */
  async #finishViews(): Promise<boolean> {
    const { live, loaded, control } = this.#options
    await control.drain()
    if (this.#flink !== undefined) return true
    for (const link of this.#views) link.send({ kind: 'hurry', on: true })
    const late = AbortSignal.timeout(DRAIN_VIEWS_MS_MAX)
    const failures = this.#views.map((link) => link.ended.then(() => new Promise<never>(() => {})))
    await Promise.race([viewsCameToEnd(live.log, loaded, late), ...failures])
    return !late.aborted
  }
}

/** Whether the work was done by `deadline`, as `performance.now()` tells time; its failure passes through. */
async function doneBy(deadline: number, work: Promise<unknown>): Promise<boolean> {
  const done = work.then(() => true)
  return (await within(deadline - performance.now(), done)) ?? false
}

function sourceOf(options: LivePipelineOptions, asset: StreamAsset): RunningSource {
  const { live, loaded, environment } = options
  const stream = ingestStream(asset, loaded.partitions)
  const { project } = loaded
  const carriers = environment.kafka === undefined ? [] : [forwardConsumer(carrierName(loaded, live.scope.env))]
  const views = project.computed.filter((view) => streamsOf(view).includes(asset))
  const watched = project.features.filter((view) => view.input === asset)
  const models = loaded.project.models.filter((model) => streamOf(model) === asset)
  const assets = new Set([asset, ...views, ...models].map(({ name }) => name))
  const tables = live.tables.filter(({ spec }) => assets.has(spec.asset))
  const partitionsOf = (topic: string): number => topicPartitions(live.log, topic)
  const backlogs = [
    ...tables.map(({ spec, partitions }) => ({ topic: spec.name, partitions, consumer: `lake:${spec.name}` })),
    ...(environment.flink === undefined ? views : []).map((view) => ({
      topic: asset.name,
      partitions: stream.partitions,
      consumer: streamConsumer(view.name),
    })),
    ...carriers.map((consumer) => ({ topic: asset.name, partitions: stream.partitions, consumer })),
    ...watched.map((view) => ({ topic: view.name, partitions: partitionsOf(view.name), consumer: watchConsumer(view.name) })),
    ...models.flatMap((model) => [
      { topic: model.input.name, partitions: partitionsOf(model.input.name), consumer: scoreConsumer(model.name) },
      { topic: model.name, partitions: partitionsOf(model.name), consumer: watchConsumer(model.name) },
    ]),
  ]
  return startSource(asset, {
    logDir: live.scope.logDir,
    partitions: loaded.partitions,
    projectDir: loaded.directory,
    backlogs,
    from: options.from,
    onMessage: (message) => options.onFollow(asset, message),
  })
}

interface FlinkThread {
  /** Empty until clients are loaded. */
  readonly figures: () => readonly CarrierFigures[]
  readonly relays: readonly RelayedTopic[]
  readonly leaving: AbortController
  readonly done: Promise<void>
}

function startFlink({ live, loaded, environment }: LivePipelineOptions): FlinkThread | undefined {
  const { kafka: connection, flink } = environment
  const { flink: project } = live
  if (flink === undefined || connection === undefined || project === undefined || project.job.views.length === 0) return undefined
  const leaving = new AbortController()
  let views: FlinkViews | undefined
  const run = async (): Promise<void> => {
    const { FlinkViews: Views } = await import('../scaled/flink-views.ts')
    views = new Views({
      ...{ log: live.log, flink, connection },
      servers: project.job,
      carrier: carrierName(loaded, live.scope.env),
      partitions: loaded.partitions,
    })
    await views.run(leaving.signal)
  }
  return { figures: () => views?.figures ?? [], relays: relayedTopics(live.log, project), leaving, done: run() }
}

function startCarriers(
  { live, loaded, environment, onKafka }: LivePipelineOptions,
  relays: readonly RelayedTopic[],
): KafkaLink | undefined {
  const { kafka: connection, format } = environment
  return connection === undefined ? undefined : startKafka({ scope: live.scope, loaded, connection, format, relays, onMessage: onKafka })
}

function startLake({ live, loaded, stateDir, databaseUrl, onLake }: LivePipelineOptions): LakeLink {
  const { scope, tables } = live
  const upkeep = Object.fromEntries(tables.map(({ spec }) => [spec.name, upkeepRules(loaded.lake, spec.name)]))
  const data: LakeWorkerData = { stateDir, databaseUrl, scope, tables, commitEveryMs: COMMIT_EVERY_MS, upkeep }
  return new WorkerLink({
    url: new URL('../pipeline/lake-worker.ts', import.meta.url),
    name: 'lake',
    data,
    heapMax: WORKER_HEAP_MIB,
    onMessage: onLake,
  })
}
