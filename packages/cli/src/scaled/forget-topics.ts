import { LiveJobs } from '@millrace/engine-flink'
import { PositionTopic, positionKey, withAdmin } from '@millrace/log-kafka'
import type { Environment } from '../project/environment-rules.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { carrierName } from './start-kafka.ts'
import { isMadeTopic, jobsName, stampedTopicName } from './topic-name.ts'

/** Ends the jobs of an environment and deletes its topics: what follows begins anew. */
export async function forgetTopics(loaded: LoadedProject, env: string, { kafka, flink }: Environment): Promise<void> {
  const place = { project: loaded.project.name, env }
  if (flink !== undefined) {
    const jobs = new LiveJobs(flink)
    for (const job of await jobs.running(jobsName(place))) await jobs.cancel(job.id)
  }
  if (kafka === undefined) return
  const streams = loaded.project.streams.map(({ name }) => name)
  const stamped = streams.map((stream) => stampedTopicName(place, stream))
  await withAdmin(kafka, async (admin) => {
    const there = await admin.named(stampedTopicName(place, ''))
    for (const topic of there) if (stamped.includes(topic) || isMadeTopic(topic)) await admin.remove(topic)
  })
  await new PositionTopic(kafka).forget(streams.map((stream) => positionKey(carrierName(loaded, env), stream)))
}
