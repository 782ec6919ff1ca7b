import { type StreamAsset, streamOf, streamsOf } from '@millrace/core'
import type { LakeMessage, LakeRequest, LakeWorkerData } from '../pipeline/lake-worker.ts'
import { ingestStream, streamConsumer } from '../pipeline/scope-log.ts'
import type { ScoreMessage } from '../pipeline/score-message.ts'
import { scoreConsumer } from '../pipeline/score-run.ts'
import { type ScoreLink, startScorer } from '../pipeline/start-scorer.ts'
import type { StreamMessage, StreamRequest } from '../pipeline/stream-message.ts'
import type { StreamWorkerData } from '../pipeline/stream-worker.ts'
import { topicEnds, topicPartitions } from '../pipeline/topic-partitions.ts'
import { viewJob, viewsOf } from '../pipeline/view-job.ts'
import { WorkerLink } from '../pipeline/worker-link.ts'
import type { LoadedProject } from '../project/load-project.ts'
import type { FollowMessage } from './follow-message.ts'
import type { LiveScope } from './live-scope.ts'
import type { PushLine } from './push-line.ts'
import { type RunningSource, startSource } from './start-source.ts'
import { watchConsumer } from './view-watch.ts'

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
  readonly workers: number
  /** Files to follow instead of those that the one stream declares. */
  readonly from?: string
  readonly onFollow: (stream: StreamAsset, message: FollowMessage) => void
  readonly onStream: (stream: StreamAsset, message: StreamMessage) => void
  readonly onLake: (message: LakeMessage) => void
  readonly onScore: (message: ScoreMessage) => void
}

type StreamLink = WorkerLink<StreamRequest, StreamMessage>
type LakeLink = WorkerLink<LakeRequest, LakeMessage>

interface StreamThreads {
  readonly stream: StreamAsset
  readonly source: RunningSource
  readonly views: readonly StreamLink[]
}

/** The threads of a live scope: per stream a follower and workers for its views, one scorer and one lake writer. */
export class LivePipeline {
  readonly #options: LivePipelineOptions
  readonly #streams: readonly StreamThreads[]
  readonly #lake: LakeLink
  readonly #score: ScoreLink | undefined

  constructor(options: LivePipelineOptions) {
    this.#options = options
    this.#streams = options.loaded.project.streams.map((stream) => ({
      stream,
      source: sourceOf(options, stream),
      views: startViews(options, stream),
    }))
    const { live, stateDir, databaseUrl, loaded } = options
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
  }

  /** Where requests go, by the stream that takes them. */
  get pushes(): ReadonlyMap<string, PushLine> {
    return new Map(this.#streams.flatMap(({ stream, source }) => (source.push === undefined ? [] : [[stream.name, source.push]])))
  }

  /** Fails when a thread fails; fulfilled when every follower has come to the end of what it should read. */
  get ended(): Promise<void> {
    const failures = [...this.#streams.flatMap(({ views }) => views), ...this.#scorers, this.#lake].map((link) =>
      link.ended.then(() => new Promise<never>(() => {})),
    )
    return Promise.race([Promise.all(this.#streams.map(({ source }) => source.link.ended)).then(() => {}), ...failures])
  }

  /** Stops reading, brings views and lake up to the log's end as far as time allows, and leaves. Says whether it came to the end. */
  async drain(showRest: () => Promise<void>): Promise<boolean> {
    const deadline = performance.now() + DRAIN_MS_MAX
    await Promise.all(this.#streams.map(({ source }) => source.link.leave()))
    const viewsDone = await within(DRAIN_VIEWS_MS_MAX, Promise.all(this.#streams.flatMap((threads) => this.#finishViews(threads))))
    await Promise.all(this.#streams.flatMap(({ views }) => views).map((link) => link.leave()))
    const scored = await within(deadline - performance.now(), this.#finishScores())
    const shown = await within(deadline - performance.now(), showRest())
    const finished = this.#lake.next('finished')
    this.#lake.send({ kind: 'finish' })
    const lakeDone = await within(deadline - performance.now(), finished)
    await this.#lake.leave()
    return viewsDone && scored && shown && lakeDone
  }

  /** Leaves without bringing anything to an end: everything committed is where the next start goes on. */
  async leave(): Promise<void> {
    const links = this.#streams.flatMap(({ source, views }) => [source.link, ...views])
    await Promise.all([...links, ...this.#scorers, this.#lake].map((link) => link.leave()))
  }

  get #scorers(): readonly ScoreLink[] {
    return this.#score === undefined ? [] : [this.#score]
  }

  async #finishScores(): Promise<void> {
    for (const link of this.#scorers) {
      const finished = link.next('finished')
      link.send({ kind: 'finish' })
      await finished
      await link.leave()
    }
  }

  #finishViews({ stream, views }: StreamThreads): readonly Promise<unknown>[] {
    const { live, loaded } = this.#options
    const read = viewsOf(loaded.project, stream).flatMap(streamsOf)
    const ends = topicEnds(
      live.log,
      read.map(({ name }) => name),
    )
    return views.map((link) => {
      const done = link.next('caught-up')
      link.send({ kind: 'finish', ends })
      return done
    })
  }
}

/** Whether the work was done in time; its failure passes through. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms))
  })
  work.catch(() => {})
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

function sourceOf(options: LivePipelineOptions, asset: StreamAsset): RunningSource {
  const { live, loaded } = options
  const stream = ingestStream(asset, loaded.partitions)
  const { project } = loaded
  const views = project.computed.filter((view) => streamsOf(view).includes(asset))
  const watched = project.features.filter((view) => view.input === asset)
  const models = loaded.project.models.filter((model) => streamOf(model) === asset)
  const assets = new Set([asset, ...views, ...models].map(({ name }) => name))
  const tables = live.tables.filter(({ spec }) => assets.has(spec.asset))
  const partitionsOf = (topic: string): number => topicPartitions(live.log, topic)
  const backlogs = [
    ...tables.map(({ spec, partitions }) => ({ topic: spec.name, partitions, consumer: `lake:${spec.name}` })),
    ...views.map((view) => ({ topic: asset.name, partitions: stream.partitions, consumer: streamConsumer(view.name) })),
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

function startViews(options: LivePipelineOptions, asset: StreamAsset): readonly StreamLink[] {
  const { live, loaded } = options
  const job = viewJob(loaded.project, asset)
  if (job.assets.length === 0) return []
  const count = topicPartitions(live.log, asset.name)
  const workers = Math.min(options.workers, ingestStream(asset, loaded.partitions).partitions)
  return Array.from({ length: workers }, (_, worker): StreamLink => {
    const partitions = Array.from({ length: count }, (_unused, partition) => partition).filter(
      (partition) => partition % workers === worker,
    )
    const data: StreamWorkerData = { logDir: live.scope.logDir, job, partitions, pace: 'live' }
    return new WorkerLink({
      url: new URL('../pipeline/stream-worker.ts', import.meta.url),
      name: `stream ${asset.name} ${worker}`,
      data,
      heapMax: WORKER_HEAP_MIB * 2,
      onMessage: (message) => options.onStream(asset, message),
    })
  })
}

function startLake({ live, stateDir, databaseUrl, onLake }: LivePipelineOptions): LakeLink {
  const data: LakeWorkerData = { stateDir, databaseUrl, scope: live.scope, tables: live.tables, commitEveryMs: COMMIT_EVERY_MS }
  return new WorkerLink({
    url: new URL('../pipeline/lake-worker.ts', import.meta.url),
    name: 'lake',
    data,
    heapMax: WORKER_HEAP_MIB,
    onMessage: onLake,
  })
}
