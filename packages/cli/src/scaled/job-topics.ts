import type { EventLog } from '@millrace/core'
import { liveGroup } from '@millrace/engine-flink'
import { forwardConsumer, groupReach, hasRecordsBetween, type KafkaConnection, relayProgress, withAdmin } from '@millrace/log-kafka'
import { relayPlaces, type StoredJob, writtenTopics } from './stored-job.ts'

/** How far the stamped topics of a job go, by topic and partition. */
export type TopicEnds = ReadonlyMap<string, readonly number[]>

/** What is to be known on Kafka of the jobs that read stamped topics and write topics of rows. */
export class JobTopics {
  readonly #connection: KafkaConnection

  constructor(connection: KafkaConnection) {
    this.#connection = connection
  }

  /** Creates the topics that a job writes, of so many partitions, and looks whether those are there that it reads. */
  ready(job: StoredJob, partitions: number): Promise<void> {
    return withAdmin(this.#connection, async (admin) => {
      for (const topic of writtenTopics(job)) await admin.ensure({ topic, partitions, settings: { 'retention.ms': '-1' } })
      for (const [, { topic }] of job.sources) await admin.partitions(topic)
    })
  }

  /** Records of the stamped topics, about, that a job has not read and another one has, as of their last checkpoints. */
  behind(job: StoredJob, other: StoredJob): Promise<number> {
    return withAdmin(this.#connection, async (admin) => {
      let records = 0
      for (const topic of sharedTopics(job, other)) {
        const ahead = await groupReach(admin, liveGroup(other.jobName), topic)
        const own = await groupReach(admin, liveGroup(job.jobName), topic)
        records += ahead.reduce((sum, offset, partition) => sum + Math.max(0, offset - (own[partition] ?? 0)), 0)
      }
      return records
    })
  }

  /** Where the stamped topics of a job end now. */
  ends(job: StoredJob): Promise<TopicEnds> {
    return withAdmin(this.#connection, async (admin) => {
      const ends = new Map<string, readonly number[]>()
      for (const [, { topic }] of job.sources) ends.set(topic, await admin.offsets(topic, 'latest'))
      return ends
    })
  }

  /** Whether a checkpoint of the job has read all that stands before these ends. */
  hasRead(job: StoredJob, ends: TopicEnds): Promise<boolean> {
    return withAdmin(this.#connection, async (admin) => {
      for (const [topic, to] of ends) {
        const from = await groupReach(admin, liveGroup(job.jobName), topic)
        if (await hasRecordsBetween(this.#connection, { topic, from, to })) return false
      }
      return true
    })
  }

  /** Whether all rows of a job are in the log that no transaction holds back, and none does. Only a job that has ended says no more. */
  areRelayed(job: StoredJob, views: readonly string[], log: Pick<EventLog, 'get'>): Promise<boolean> {
    return withAdmin(this.#connection, async (admin) => {
      for (const place of relayPlaces(job, views)) {
        const to = await admin.offsets(place.from, 'latest')
        const next = relayProgress(log, place)?.next ?? []
        const from = to.map((_, partition) => next[partition] ?? 0)
        if (await hasRecordsBetween(this.#connection, { topic: place.from, from, to })) return false
      }
      return true
    })
  }

  /** Deletes what only a job has on Kafka. */
  forget(job: StoredJob): Promise<void> {
    return withAdmin(this.#connection, async (admin) => {
      for (const topic of writtenTopics(job)) if (await admin.exists(topic)) await admin.remove(topic)
      await admin.removeGroup(liveGroup(job.jobName))
    })
  }
}

function sharedTopics(job: StoredJob, other: StoredJob): readonly string[] {
  const known = new Set(other.sources.map(([, { topic }]) => topic))
  return job.sources.map(([, { topic }]) => topic).filter((topic) => known.has(topic))
}

/** How far streams go in the log now, by stream and partition. */
export function streamEnds(log: Pick<EventLog, 'range'>, { sources }: StoredJob): TopicEnds {
  return new Map(
    sources.map(([stream, { partitions }]) => [
      stream,
      Array.from({ length: partitions }, (_, partition) => log.range(stream, partition).next),
    ]),
  )
}

/** Whether everything that stands before these ends of the log is on Kafka. */
export function isForwarded(log: Pick<EventLog, 'position'>, carrier: string, ends: TopicEnds): boolean {
  return [...ends].every(([stream, offsets]) =>
    offsets.every((end, partition) => (log.position(forwardConsumer(carrier), stream, partition) ?? 0) >= end),
  )
}
