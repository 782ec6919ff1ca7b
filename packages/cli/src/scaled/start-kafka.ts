import { compileAsset, type StampedFormat } from '@millrace/core'
import type { KafkaConnection } from '@millrace/log-kafka'
import { ingestStream } from '../pipeline/scope-log.ts'
import { WorkerLink } from '../pipeline/worker-link.ts'
import type { LoadedProject } from '../project/load-project.ts'
import type { Scope } from '../scope/scope.ts'
import type { KafkaMessage, KafkaRequest } from './kafka-message.ts'
import type { KafkaWorkerData } from './kafka-worker.ts'
import type { RelayedTopic } from './relayed-topic.ts'
import { stampedTopicName } from './topic-name.ts'

export type KafkaLink = WorkerLink<KafkaRequest, KafkaMessage>

export interface KafkaThreadOptions {
  readonly scope: Scope
  readonly loaded: LoadedProject
  readonly connection: KafkaConnection
  /** How records of stamped topics are written. */
  readonly format: StampedFormat
  /** What another engine makes of the streams. */
  readonly relays?: readonly RelayedTopic[]
  readonly onMessage: (message: KafkaMessage) => void
}

const HEAP_MIB = 768

/** The name under which an environment's positions stand on Kafka. */
export function carrierName({ project }: LoadedProject, env: string): string {
  return `${project.name}.${env}`
}

/** Starts the thread that carries an environment's streams to Kafka, and what is made of them back. */
export function startKafka({ scope, loaded, connection, format, relays = [], onMessage }: KafkaThreadOptions): KafkaLink {
  const place = { project: loaded.project.name, env: scope.env }
  const data: KafkaWorkerData = {
    logDir: scope.logDir,
    connection,
    name: carrierName(loaded, scope.env),
    relays,
    streams: loaded.project.streams.map((stream) => {
      const { topic, partitions, key } = ingestStream(stream, loaded.partitions)
      const columns = format === 'avro' ? { avro: compileAsset(stream).plan.sources[0].fields } : {}
      return { topic, to: stampedTopicName(place, topic), partitions, key, ...columns }
    }),
  }
  return new WorkerLink({ url: new URL('./kafka-worker.ts', import.meta.url), name: 'kafka', data, heapMax: HEAP_MIB, onMessage })
}
