import type { PlanRunner } from '@millrace/core'
import { flinkRunner, kafkaExchange } from '@millrace/engine-flink'
import { KafkaBoundedTopics } from '@millrace/log-kafka'

/** Where `npm run kafka:up` and `npm run flink:up` serve when nothing else is said. */
const USUAL = { kafka: '127.0.0.1:9092', gateway: 'http://127.0.0.1:8082', rest: 'http://127.0.0.1:8081' }

/** A runner of plans, and what has to be let go behind the last run. */
export interface OpenRunner {
  readonly runner: PlanRunner
  readonly close: () => Promise<void>
}

/**
 * Runs plans on a Flink cluster over topics of their own on a Kafka: those that MILLRACE_KAFKA (`host:port`, several with commas between),
 * MILLRACE_FLINK_GATEWAY and MILLRACE_FLINK_REST name.
 */
export function openFlinkRunner(variables: NodeJS.ProcessEnv = process.env): OpenRunner {
  const brokers = variables.MILLRACE_KAFKA ?? USUAL.kafka
  const topics = new KafkaBoundedTopics({ brokers: brokers.split(',').map((broker) => broker.trim()) })
  const runner = flinkRunner({
    gateway: variables.MILLRACE_FLINK_GATEWAY ?? USUAL.gateway,
    rest: variables.MILLRACE_FLINK_REST ?? USUAL.rest,
    exchange: kafkaExchange({ brokers, topics }),
  })
  return { runner, close: () => topics.close() }
}
