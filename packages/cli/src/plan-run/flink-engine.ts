import { resolve } from 'node:path'
import type { PlanRunner } from '@millrace/core'
import { checkSharedFolder, fileExchange, flinkRunner, kafkaExchange, type SharedFolder } from '@millrace/engine-flink'
import { KafkaBoundedTopics } from '@millrace/log-kafka'

/** Where `npm run kafka:up` and `npm run flink:up` serve when nothing else is said. */
const USUAL = { kafka: '127.0.0.1:9092', gateway: 'http://127.0.0.1:8082', rest: 'http://127.0.0.1:8081' }

/** A runner of plans, and what has to be let go behind the last run. */
export interface OpenRunner {
  readonly runner: PlanRunner
  readonly close: () => Promise<void>
}

/**
 * Runs plans on a Flink cluster, which MILLRACE_FLINK_GATEWAY and MILLRACE_FLINK_REST name: over topics of their own on the Kafka at MILLRACE_KAFKA (`host:port`, several with
 * commas between), or over files in the folder MILLRACE_FLINK_FOLDER, which the cluster sees as MILLRACE_FLINK_FOLDER_URL, or by the same path.
 */
export function openFlinkRunner(variables: NodeJS.ProcessEnv = process.env): OpenRunner {
  const place = {
    gateway: variables.MILLRACE_FLINK_GATEWAY ?? USUAL.gateway,
    rest: variables.MILLRACE_FLINK_REST ?? USUAL.rest,
  }
  const path = variables.MILLRACE_FLINK_FOLDER
  if (path !== undefined && path !== '')
    return overFiles(place, { path: resolve(path), url: variables.MILLRACE_FLINK_FOLDER_URL || undefined })
  const brokers = variables.MILLRACE_KAFKA ?? USUAL.kafka
  const topics = new KafkaBoundedTopics({ brokers: brokers.split(',').map((broker) => broker.trim()) })
  return { runner: flinkRunner({ ...place, exchange: kafkaExchange({ brokers, topics }) }), close: () => topics.close() }
}

/** The folder is tried before the first run: what a job reads or writes elsewhere would be missing without a word. */
function overFiles(place: { readonly gateway: string; readonly rest: string }, folder: SharedFolder): OpenRunner {
  const runner = flinkRunner({ ...place, exchange: fileExchange(folder) })
  let checked: Promise<void> | undefined
  const run: PlanRunner['run'] = async (...asked) => {
    checked ??= checkSharedFolder(place, folder)
    await checked
    return runner.run(...asked)
  }
  return { runner: { ...runner, run }, close: async () => {} }
}
