import { flinkRunner, kafkaExchange } from '@millrace/engine-flink'
import { KafkaBoundedTopics } from '@millrace/log-kafka'
import type { Gaps } from '@millrace/testkit'
import { afterAll } from 'vitest'

/** What Flink does not do, by what plans hold. */
export const PLAN_GAPS: Gaps = { 'node map': 'a function of TypeScript runs in our own processes only' }

/** The same, and scenarios that it fails, by name. */
export const GAPS: Gaps = {
  ...PLAN_GAPS,
  'json_path gives text, null for a JSON null and where nothing stands':
    'of members of the same name Flink gives the last, and we the first',
}

/** Backfills run in batch mode: MILLRACE_FLINK_MODE=batch takes all through it. */
const MODE = process.env.MILLRACE_FLINK_MODE === 'batch' ? 'batch' : 'streaming'

/** A runner on the cluster of the tests, over topics of its Kafka; tells of each job, whose cases are called `what`. */
export function clusterRunner(what: string): ReturnType<typeof flinkRunner> {
  const brokers = process.env.MILLRACE_KAFKA as string
  const topics = new KafkaBoundedTopics({ brokers: brokers.split(',') })
  afterAll(() => topics.close())
  return flinkRunner(
    {
      gateway: process.env.MILLRACE_FLINK_GATEWAY as string,
      rest: process.env.MILLRACE_FLINK_REST as string,
      exchange: kafkaExchange({ brokers, topics }),
    },
    {
      settings: { 'execution.runtime-mode': MODE },
      onJob: ({ jobId, cases, seconds, parallelism }) =>
        console.log(`Flink job ${jobId}: ${cases} ${what} at parallelism ${parallelism}, ${seconds.toFixed(1)} s`),
    },
  )
}
