import { StreamFault } from '../operator/stream-fault.ts'
import { type GroupGraph, groupGraph, stagePartitions, viewGroups } from './job-graph.ts'
import type { RunLog } from './run-log.ts'
import {
  consumerOf,
  deadTopicOf,
  exchangeConsumerOf,
  exchangeTopicOf,
  GROUP_PREFIX,
  lateTopicOf,
  type StreamJob,
  sourceTopic,
} from './stream-job.ts'

/** Partitions that a topic may have. */
const TOPIC_PARTITIONS_MAX = 1024

/** A group of views with the partitions of its stages. */
export interface OpenGroup {
  readonly graph: GroupGraph
  /** By stage. */
  readonly partitions: readonly number[]
}

export interface OpenJob {
  readonly groups: readonly OpenGroup[]
  /** Partitions of the source's topic: a worker that owns one owns those of all stages that fall to it. */
  readonly partitions: number
}

/**
 * Groups the views of a job and sees to it that every topic and consumer is there.
 *
 * @throws StreamFault `stream/no-topic`, `stream/partitions-differ`, `stream/exchange-too-wide`
 */
export async function openJob(log: RunLog, job: StreamJob): Promise<OpenJob> {
  const partitions = partitionsOf(log, job.topic)
  await openViewTopics(log, job, partitions)
  const groups = viewGroups(job.assets, await recordedGroups(log, job)).map((group): OpenGroup => {
    return openedGroup(log, job, groupGraph(group))
  })
  for (const group of groups) await openExchanges(log, group)
  return { groups, partitions }
}

/** A group's graph with the partitions that its stages have over this log. @throws StreamFault `stream/partitions-differ`, `stream/no-topic` */
export function openedGroup(log: Pick<RunLog, 'topics'>, job: Pick<StreamJob, 'topic' | 'topics'>, graph: GroupGraph): OpenGroup {
  const keyed = new Map(graph.assets.flatMap(({ plan }) => plan.sources.map((source) => [source.name, source.keyed])))
  const ofSource = (source: string): number => (keyed.get(source) === true ? partitionsOf(log, sourceTopic(job, source)) : 1)
  checkSources(graph, ofSource)
  return { graph, partitions: stagePartitions(graph, { ofSource, most: partitionsOf(log, job.topic) }) }
}

function partitionsOf(log: Pick<RunLog, 'topics'>, topic: string): number {
  const found = log.topics().find((one) => one.topic === topic)
  if (found === undefined) throw new StreamFault('stream/no-topic', `The log has no topic \`${topic}\`.`)
  return found.partitions
}

/** Rows of several sources that meet without an exchange must lie in partitions of one kind. */
function checkSources(graph: GroupGraph, ofSource: (source: string) => number): void {
  for (const { sources } of graph.stages) {
    const differs = sources.find((source) => ofSource(source) !== ofSource(sources[0]))
    if (differs === undefined) continue
    const found = `\`${sources[0]}\` lies in ${ofSource(sources[0])} partitions, \`${differs}\` in ${ofSource(differs)}`
    throw new StreamFault(
      'stream/partitions-differ',
      `Views of ${graph.name} join two sources, but ${found}; put an exchange before the join.`,
    )
  }
}

/** By view: the group whose state holds it. Views that have none are put into groups now, once for all workers and restarts. */
async function recordedGroups(log: RunLog, job: StreamJob): Promise<ReadonlyMap<string, string>> {
  const recorded = new Map<string, string>()
  for (const { key, value } of log.entries(GROUP_PREFIX)) recorded.set(key.slice(GROUP_PREFIX.length), new TextDecoder().decode(value))
  if (job.assets.every(({ name }) => recorded.has(name))) return recorded
  const groups = viewGroups(job.assets, recorded)
  await log.transact((transaction) => {
    for (const { name, assets } of groups) {
      for (const asset of assets) transaction.put(GROUP_PREFIX + asset.name, new TextEncoder().encode(name))
    }
  })
  for (const { name, assets } of groups) for (const asset of assets) recorded.set(asset.name, name)
  return recorded
}

async function openViewTopics(log: RunLog, job: StreamJob, partitions: number): Promise<void> {
  for (const { name, plan } of job.assets) {
    await log.openTopic(name, { partitions })
    if (plan.late !== null) await log.openTopic(lateTopicOf(name), { partitions })
    if (plan.dead.length > 0) await log.openTopic(deadTopicOf(name), { partitions })
    for (const source of plan.sources) await log.registerConsumer(consumerOf(name), sourceTopic(job, source.name))
  }
}

async function openExchanges(log: RunLog, { graph, partitions }: OpenGroup): Promise<void> {
  for (const { ordinal, from, to } of graph.exchanges) {
    const topic = exchangeTopicOf(graph.name, ordinal)
    const count = partitions[from] * partitions[to]
    if (count > TOPIC_PARTITIONS_MAX) {
      const message = `An exchange of ${graph.name} goes from ${partitions[from]} to ${partitions[to]} partitions`
      throw new StreamFault('stream/exchange-too-wide', `${message}; the product may be at most ${TOPIC_PARTITIONS_MAX}.`)
    }
    await log.openTopic(topic, { partitions: count })
    await log.registerConsumer(exchangeConsumerOf(graph.name), topic)
  }
}
