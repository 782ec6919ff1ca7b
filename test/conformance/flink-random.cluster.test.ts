import { flinkRunner, kafkaExchange } from '@millrace/engine-flink'
import { KafkaBoundedTopics } from '@millrace/log-kafka'
import { describeTogether, type Gaps, GRAPH_KINDS } from '@millrace/testkit'
import { afterAll } from 'vitest'

const brokers = process.env.MILLRACE_KAFKA as string
const topics = new KafkaBoundedTopics({ brokers: brokers.split(',') })
/** Backfills run in batch mode: MILLRACE_FLINK_MODE=batch takes the plans through it. */
const MODE = process.env.MILLRACE_FLINK_MODE === 'batch' ? 'batch' : 'streaming'
const runner = flinkRunner(
  {
    gateway: process.env.MILLRACE_FLINK_GATEWAY as string,
    rest: process.env.MILLRACE_FLINK_REST as string,
    exchange: kafkaExchange({ brokers, topics }),
  },
  {
    settings: { 'execution.runtime-mode': MODE },
    onJob: ({ jobId, cases, seconds, parallelism }) =>
      console.log(`Flink job ${jobId}: ${cases} random plans at parallelism ${parallelism}, ${seconds.toFixed(1)} s`),
  },
)

/** What Flink does not do, by what plans hold. */
const GAPS: Gaps = { 'node map': 'a function of TypeScript runs in our own processes only' }

/** A plan takes the gateway about a second: few of them, unless MILLRACE_RUNS or MILLRACE_LONG_TESTS=1 says otherwise. */
const isLong = process.env.MILLRACE_LONG_TESTS === '1'
const seed = Number(process.env.MILLRACE_SEED ?? 1)
console.info(`MILLRACE_SEED=${seed}`)
const common = { runner, seed, workers: [2, 1], gaps: GAPS, timeoutMs: 40 * 60_000, shrinkMs: 120_000 } as const

describeTogether({ ...common, runs: isLong ? 300 : 5, features: { graph: GRAPH_KINDS } })
describeTogether({ ...common, runs: isLong ? 150 : 2, features: { all: true, cascade: true, exchange: true, join: true } })

afterAll(() => topics.close())
