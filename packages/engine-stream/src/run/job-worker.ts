import type { FunctionSource } from '../operator/ordered/map-operator.ts'
import { addCounters, newWindowCounters, type WindowCounters } from '../operator/window-counters.ts'
import { hasExchange } from './job-graph.ts'
import { type OpenGroup, type OpenJob, openJob } from './open-job.ts'
import type { Clock } from './operator-times.ts'
import type { RunLog } from './run-log.ts'
import type { RunProgress } from './run-progress.ts'
import { SourceFeed } from './source-feed.ts'
import type { RunMode } from './stage-runner.ts'
import { type Channel, StageTask } from './stage-task.ts'
import { consumerOf, exchangeConsumerOf, exchangeTopicOf, type StreamJob, sourceTopic } from './stream-job.ts'

/** Ends of a bounded input by partition: of the job's topic, or by topic. */
export type SourceEnds = readonly number[] | Readonly<Record<string, readonly number[]>>

/** Least time between two looks at what waits in exchanges. */
const BLOCKED_MS = 100

export interface JobWorkerOptions {
  readonly log: RunLog
  readonly job: StreamJob
  readonly open: OpenJob
  /** Partitions of the source's topic that this worker owns at first. */
  readonly owned: readonly number[]
  readonly mode: RunMode
  readonly clock?: Clock
  readonly functionOf?: FunctionSource
}

/** What a worker owns of a job: its partitions of the sources, and of every stage behind an exchange those that fall to them. */
export class JobWorker {
  readonly options: JobWorkerOptions
  #owned: readonly number[] = []
  #tasks: readonly StageTask[] = []
  #feeds: readonly SourceFeed[] = []
  #blocked = false
  #lookedAt = 0

  constructor(options: JobWorkerOptions) {
    this.options = options
    this.own(options.owned)
  }

  /** Partitions of the source's topic that this worker owns. */
  get owned(): readonly number[] {
    return this.#owned
  }

  get tasks(): readonly StageTask[] {
    return this.#tasks
  }

  get feeds(): readonly SourceFeed[] {
    return this.#feeds
  }

  /** Takes further partitions of the source, from where their last commit left them. */
  own(partitions: readonly number[]): void {
    if (partitions.length === 0) return
    const { log, job, open, mode, clock, functionOf } = this.options
    const tasks = open.groups.flatMap((group) =>
      group.partitions.flatMap((count, stage) =>
        Array.from({ length: count }, (_, partition) => partition)
          .filter((partition) => partitions.includes(partition % open.partitions))
          .map((partition) => new StageTask({ log, job, group, stage, partition, mode, clock, functionOf })),
      ),
    )
    const readers = tasks.flatMap((task) =>
      task.runner.ports.flatMap(({ source }, port) => (source === null ? [] : [{ topic: sourceTopic(job, source), task, port }])),
    )
    const feeds = [...Map.groupBy(readers, ({ topic, task }) => `${task.partition} ${topic}`).values()].map(
      (one) => new SourceFeed(log, { topic: one[0].topic, partition: one[0].task.partition, readers: one, stateBytes: job.stateBytes }),
    )
    this.#owned = [...this.#owned, ...partitions]
    this.#tasks = [...this.#tasks, ...tasks]
    this.#feeds = [...this.#feeds, ...feeds]
  }

  /** Drops partitions of the source with everything that is not committed. */
  disown(partitions: readonly number[]): void {
    const isKept = (partition: number): boolean => !partitions.includes(partition % this.options.open.partitions)
    this.#owned = this.#owned.filter(isKept)
    this.#tasks = this.#tasks.filter((task) => isKept(task.partition))
    this.#feeds = this.#feeds.filter((feed) => isKept(feed.partition))
  }

  /** Whether a view of the job goes through an exchange. */
  get hasExchange(): boolean {
    return this.options.open.groups.some(({ graph }) => hasExchange(graph))
  }

  /** The source's partition by which a task is owned and reported. */
  ownerOf(task: StageTask): number {
    return task.partition % this.options.open.partitions
  }

  /** Reads on everywhere, giving way after each; false when nothing was there. Ends early when giving way changed what is owned. */
  async readOn(giveWay: () => Promise<void>): Promise<boolean> {
    const owned = this.#owned
    let moved = false
    for (const task of this.#tasks) {
      const { passing } = task.runner
      if (passing) task.runner.goOn()
      moved = passing || task.readExchanges() || moved
      await giveWay()
      if (this.#owned !== owned) return true
    }
    if (this.#isBlocked()) return moved
    for (const feed of this.#feeds) {
      if (feed.isHeldUp) continue
      moved = feed.readOn() || moved
      await giveWay()
      if (this.#owned !== owned) return true
    }
    return moved
  }

  /** Lets operators take up what they put off until there is nothing else to do; false when there is nothing. */
  catchUp(): boolean {
    let found = false
    for (const { runner } of this.#tasks) found = runner.catchUp() || found
    return found
  }

  #isBlocked(): boolean {
    if (!this.hasExchange || performance.now() - this.#lookedAt < BLOCKED_MS) return this.#blocked
    this.#lookedAt = performance.now()
    this.#blocked = this.#tasks.some((task) => task.blocked)
    return this.#blocked
  }

  /** Whether everything up to the ends has come through all stages that this worker owns; everything is committed. */
  isReached(ends: SourceEnds): boolean {
    if (!this.#feeds.every((feed) => feed.next >= endsOf(ends, this.options.job, feed.topic)[feed.partition])) return false
    return this.#tasks.every((task) => isThrough(task, { ...this.options, ends }))
  }

  /** Figures of each view in some partitions of the source. */
  counters(partitions: readonly number[] = this.#owned): Record<string, WindowCounters> {
    const sums: Record<string, WindowCounters> = {}
    for (const task of this.#tasks) {
      if (!partitions.includes(this.ownerOf(task))) continue
      for (const { name } of task.group.graph.assets) addCounters((sums[name] ??= newWindowCounters()), task.runner.countersOf(name))
    }
    return sums
  }

  /** How far a partition of the source has come in everything that falls to it. */
  progressOf(partition: number): RunProgress {
    const offsets = this.#feeds.filter((feed) => feed.partition === partition).map((feed) => feed.next)
    const mine = this.#tasks.filter((task) => this.ownerOf(task) === partition)
    const watermarks = mine.map(({ runner }) => runner.watermark).filter(Number.isFinite)
    return {
      partition,
      next: offsets.length === 0 ? 0 : Math.min(...offsets),
      watermark: watermarks.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...watermarks),
      counters: this.counters([partition]),
      times: this.times([partition]),
    }
  }

  /** Milliseconds that each view's operators have worked here, in some partitions of the source. */
  times(partitions: readonly number[]): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const task of this.#tasks) {
      if (!partitions.includes(this.ownerOf(task))) continue
      for (const { name } of task.group.graph.assets) sums[name] = (sums[name] ?? 0) + task.runner.msOf(name)
    }
    return sums
  }
}

interface Looking {
  readonly log: RunLog
  readonly job: StreamJob
  readonly ends: SourceEnds
}

/** Whether a task has taken in all that the stages before it will ever send it. */
function isThrough(task: StageTask, looking: Looking): boolean {
  return task.runner.ports.every(({ exchange }, port) => {
    if (exchange === null) return true
    const { from } = task.group.graph.exchanges[exchange]
    if (!isStageThrough(task.group, from, looking)) return false
    return task.channels[port].every((channel) => channel.next >= nextOf(looking.log, channel))
  })
}

/** Whether all that lies before the ends is committed in all stages, whoever runs them. */
export async function isJobThrough(looking: Looking): Promise<boolean> {
  const { groups } = await openJob(looking.log, looking.job)
  return groups.every((group) => group.graph.stages.every(({ ordinal }) => isStageThrough(group, ordinal, looking)))
}

/** Whether a stage has committed, in all its partitions, all that it will ever take in. */
function isStageThrough(group: OpenGroup, stage: number, looking: Looking): boolean {
  const { graph, partitions } = group
  const { log, job, ends } = looking
  const { sources, reads } = graph.stages[stage]
  for (let partition = 0; partition < partitions[stage]; partition++) {
    for (const source of sources) {
      const topic = sourceTopic(job, source)
      const [reader] = graph.assets.filter(({ plan }) => plan.sources.some(({ name }) => name === source))
      if (!isPast(log, { topic, partition, consumer: consumerOf(reader.name) }, endsOf(ends, job, topic)[partition])) return false
    }
    for (const exchange of reads) {
      if (!isStageThrough(group, exchange.from, looking)) return false
      const topic = exchangeTopicOf(graph.name, exchange.ordinal)
      for (let from = 0; from < partitions[exchange.from]; from++) {
        const place = { topic, partition: from * partitions[stage] + partition, consumer: exchangeConsumerOf(graph.name) }
        if (!isPast(log, place, nextOf(log, place))) return false
      }
    }
  }
  return true
}

function nextOf(log: RunLog, { topic, partition }: Pick<Channel, 'topic' | 'partition'>): number {
  return log.range(topic, partition).next
}

function isPast(log: RunLog, place: { topic: string; partition: number; consumer: string }, end: number): boolean {
  const { topic, partition, consumer } = place
  return (log.position(consumer, topic, partition) ?? log.range(topic, partition).first) >= end
}

function endsOf(ends: SourceEnds, job: StreamJob, topic: string): readonly number[] {
  if (!Array.isArray(ends)) return (ends as Readonly<Record<string, readonly number[]>>)[topic] ?? []
  return topic === job.topic ? ends : []
}
