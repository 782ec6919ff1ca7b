import { compileAsset, type StampedFormat, type StreamAsset, streamsOf } from '@millrace/core'
import { type LiveJob, type LiveSource, type LiveView, liveStatements } from '@millrace/engine-flink'
import { lateTopicOf } from '@millrace/engine-stream'
import type { KafkaConnection } from '@millrace/log-kafka'
import { ingestStream } from '../pipeline/scope-log.ts'
import { type TableSpec, tableSpecs } from '../pipeline/table-spec.ts'
import type { ComputedAsset } from '../pipeline/view-job.ts'
import type { Environment, FlinkPlace } from '../project/environment-rules.ts'
import type { LoadedProject } from '../project/load-project.ts'
import type { ViewTopic } from './relayed-topic.ts'
import { jobsName, madeTopicName, stampedTopicName, type TopicPlace } from './topic-name.ts'

/** What a project is on Flink: a job without an identity yet, the hash of all that it computes, and the topics that come back from it. */
export interface FlinkProject {
  readonly job: LiveJob
  readonly hash: string
  readonly topics: readonly ViewTopic[]
}

/** Rows that are records, and late rows, say when their record arrived. */
const ARRIVAL = '_arrival'

/** Where the views of an environment are computed, and of what. */
export interface FlinkServers {
  readonly env: string
  readonly flink: FlinkPlace
  readonly connection: KafkaConnection
  /** How records of stamped topics are written. */
  readonly format: StampedFormat
}

/** The views of a project as a job on Flink. */
export function flinkProject(loaded: LoadedProject, { env, flink, connection, format }: FlinkServers): FlinkProject {
  const place: TopicPlace = { project: loaded.project.name, env }
  const specs = new Map(tableSpecs(loaded.project).map((spec) => [spec.name, spec]))
  const streams = new Map(loaded.project.computed.flatMap(streamsOf).map((stream) => [stream.name, stream]))
  const views = loaded.project.computed.map((view) => viewOn(view, { specs, place }))
  const job: LiveJob = {
    name: jobsName(place),
    sources: new Map([...streams].map(([name, stream]) => [name, sourceOf(stream, { loaded, place, format })])),
    views,
    brokers: flink.brokers,
    properties: clientProperties(connection),
  }
  return {
    job,
    hash: liveStatements(job).hash,
    topics: loaded.project.computed.flatMap((view) => topicsOf(view, { specs, place, partitions: loaded.partitions })),
  }
}

/** As `flinkProject`, in an environment whose views are computed there; undefined in others. */
export function flinkOf(loaded: LoadedProject, env: string, { flink, kafka: connection, format }: Environment): FlinkProject | undefined {
  if (flink === undefined || connection === undefined) return undefined
  return flinkProject(loaded, { env, flink, connection, format })
}

interface StreamPlace {
  readonly loaded: LoadedProject
  readonly place: TopicPlace
  readonly format: StampedFormat
}

/** JSON goes unsaid, as jobs have it that were stored before there was another format. */
function sourceOf(stream: StreamAsset, { loaded, place, format }: StreamPlace): LiveSource {
  const [source] = compileAsset(stream).plan.sources
  const { partitions } = ingestStream(stream, loaded.partitions)
  return { source, topic: stampedTopicName(place, stream.name), partitions, ...(format === 'json' ? {} : { format }) }
}

interface ViewPlace {
  readonly specs: ReadonlyMap<string, TableSpec>
  readonly place: TopicPlace
}

function viewOn(view: ComputedAsset, { specs, place }: ViewPlace): LiveView {
  const { name } = view
  const late = specs.get(lateTopicOf(name))
  return {
    name,
    plan: compileAsset(view),
    topic: madeTopicName(place, name),
    ...(late === undefined ? {} : { late: { topic: madeTopicName(place, late.name), fields: late.fields } }),
  }
}

function topicsOf(view: ComputedAsset, { specs, place, partitions }: ViewPlace & { readonly partitions: number }): readonly ViewTopic[] {
  const rows = specs.get(view.name) as TableSpec
  const late = specs.get(lateTopicOf(view.name))
  const streams = streamsOf(view).map(({ name }) => name)
  const key = view.entity.length > 0 ? view.entity : (compileAsset(view).output.partitionedBy ?? [])
  const topic = ({ name: to, fields, corrected }: TableSpec, kind: ViewTopic['kind']): ViewTopic => ({
    view: view.name,
    kind,
    base: madeTopicName(place, to),
    to,
    form: corrected ? 'changes' : 'rows',
    placedBy: fields.some((field) => field.name === ARRIVAL) ? 'arrival' : 'time',
    partitions,
    fields,
    key: kind === 'rows' ? key : [],
    streams,
  })
  return [topic(rows, 'rows'), ...(late === undefined ? [] : [topic(late, 'late')])]
}

/** Settings of Java's Kafka clients for how brokers are entered. */
function clientProperties({ tls, sasl }: KafkaConnection): Readonly<Record<string, string>> {
  const protocol = `${sasl === undefined ? '' : 'SASL_'}${tls === undefined || tls === false ? 'PLAINTEXT' : 'SSL'}`
  if (protocol === 'PLAINTEXT') return {}
  const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  const module = sasl?.mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  return {
    'security.protocol': protocol,
    ...(sasl === undefined
      ? {}
      : {
          'sasl.mechanism': sasl.mechanism,
          'sasl.jaas.config': `org.apache.kafka.common.security.${module} required username=${quoted(sasl.username)} password=${quoted(sasl.password)};`,
        }),
    ...(typeof tls === 'object' && tls.ca !== undefined ? { 'ssl.truststore.type': 'PEM', 'ssl.truststore.certificates': tls.ca } : {}),
  }
}
