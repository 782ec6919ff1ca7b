import { flinkRunner, kafkaExchange } from '@millrace/engine-flink'
import { KafkaBoundedTopics } from '@millrace/log-kafka'
import { describeFunctions } from '@millrace/testkit'
import { afterAll } from 'vitest'

const brokers = process.env.MILLRACE_KAFKA as string
const topics = new KafkaBoundedTopics({ brokers: brokers.split(',') })
const runner = flinkRunner(
  {
    gateway: process.env.MILLRACE_FLINK_GATEWAY as string,
    rest: process.env.MILLRACE_FLINK_REST as string,
    exchange: kafkaExchange({ brokers, topics }),
  },
  {
    onJob: ({ jobId, cases, seconds, parallelism }) =>
      console.log(`Flink job ${jobId}: ${cases} calls at parallelism ${parallelism}, ${seconds.toFixed(1)} s`),
  },
)

/** A run takes a share of the calls, MILLRACE_SEED says which; all with MILLRACE_LONG_TESTS=1. */
const EVERY = process.env.MILLRACE_LONG_TESTS === '1' ? 1 : 60
/** What is computed of literals alone is a join of its own in Flink's plan, and so is each of its parts. */
const LITERAL_CALLS = 4

describeFunctions(runner, { concurrent: true, timeoutMs: 40 * 60_000, every: EVERY, literalCalls: LITERAL_CALLS })

afterAll(() => topics.close())
