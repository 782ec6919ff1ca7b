import { MillraceError } from '@millrace/core'
import { FlinkJobs, GatewaySession, LiveJobs } from '@millrace/engine-flink'
import { type KafkaConnection, TopicAdmin } from '@millrace/log-kafka'
import type { Store } from '@millrace/store'
import { ingestStream } from '../pipeline/scope-log.ts'
import type { Environment, FlinkPlace } from '../project/environment-rules.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { type FlinkServers, flinkProject } from '../scaled/flink-job.ts'
import { jobsName, stampedTopicName } from '../scaled/topic-name.ts'
import { type CatalogReport, catalogReport } from './catalog-report.ts'
import type { DoctorFinding } from './finding.ts'

/** How the servers of an environment fare. */
export interface EnvironmentReport {
  readonly env: string
  readonly kafka: {
    readonly brokers: readonly string[]
    readonly reachable: boolean
    /** Stamped topics of the project's streams; null where there is none yet. */
    readonly topics: readonly { readonly topic: string; readonly partitions: number | null; readonly records: number | null }[]
  } | null
  readonly flink: {
    readonly gateway: string
    readonly job_manager: string
    readonly reachable: boolean
    readonly version: string | null
    readonly task_managers: number
    readonly slots: number
    readonly free_slots: number
    /** The lake's catalog as the cluster sees it; null where there is none yet, or nobody answers. */
    readonly catalog: CatalogReport | null
    /** Jobs of the environment. */
    readonly jobs: readonly { readonly id: string; readonly state: string; readonly checkpoints: number; readonly restarts: number }[]
  } | null
}

export interface ServersRequest {
  readonly env: string
  readonly environment: Environment
  readonly findings: DoctorFinding[]
  /** Where the lake is, if there is one. */
  readonly lake?: { readonly store: Pick<Store, 'url'>; readonly stateDir: string } | undefined
}

/** Looks at the servers of an environment; undefined where it has none. */
export async function environmentReport(
  loaded: LoadedProject,
  { env, environment, findings, lake }: ServersRequest,
): Promise<EnvironmentReport | undefined> {
  const { kafka, format, flink } = environment
  if (kafka === undefined) return undefined
  const asked = { loaded, env, findings }
  return {
    env,
    kafka: await kafkaReport(kafka, asked),
    flink: flink === undefined ? null : await flinkReport(flink, { ...asked, connection: kafka, format, lake }),
  }
}

interface Asked {
  readonly loaded: LoadedProject
  readonly env: string
  readonly findings: DoctorFinding[]
}

async function kafkaReport(connection: KafkaConnection, { loaded, env, findings }: Asked): Promise<EnvironmentReport['kafka']> {
  const { brokers } = connection
  const admin = new TopicAdmin(connection)
  const topics: { topic: string; partitions: number | null; records: number | null }[] = []
  try {
    for (const stream of loaded.project.streams) {
      const { partitions } = ingestStream(stream, loaded.partitions)
      const topic = stampedTopicName({ project: loaded.project.name, env }, stream.name)
      if (!(await admin.exists(topic))) {
        topics.push({ topic, partitions: null, records: null })
        findings.push(noTopic(topic, env))
        continue
      }
      await noting(findings, () => admin.check({ topic, partitions }))
      const [first, stable] = [await admin.offsets(topic, 'first'), await admin.offsets(topic, 'stable')]
      topics.push({ topic, partitions: first.length, records: stable.reduce((sum, end, i) => sum + end - first[i], 0) })
    }
    return { brokers, reachable: true, topics }
  } catch (error) {
    note(findings, error)
    return { brokers, reachable: false, topics }
  } finally {
    await admin.close()
  }
}

async function flinkReport(
  flink: FlinkPlace,
  { loaded, env, findings, connection, format, lake }: Asked & Pick<ServersRequest, 'lake'> & Pick<FlinkServers, 'connection' | 'format'>,
): Promise<EnvironmentReport['flink']> {
  const place = { gateway: flink.gateway, job_manager: flink.jobManager }
  await noting(findings, async () => (await GatewaySession.open(flink.gateway)).close())
  await noting(findings, async () => void flinkProject(loaded, { env, flink, connection, format }))
  try {
    const { version, taskManagers, slots, freeSlots } = await new FlinkJobs(flink.jobManager).cluster()
    const running = new LiveJobs(flink)
    const found = await running.running(jobsName({ project: loaded.project.name, env }))
    const jobs = (await Promise.all(found.map((job) => running.status(job)))).map(({ id, state, checkpoints, restarts }) => ({
      ...{ id, state, checkpoints, restarts },
    }))
    const needed = Math.max(flink.parallelism, loaded.partitions)
    if (jobs.length === 0 && freeSlots < needed) findings.push(fewSlots({ needed, freeSlots, slots }))
    const catalog = lake === undefined ? null : await catalogReport(flink, { ...lake, findings })
    return { ...place, reachable: true, version, task_managers: taskManagers, slots, free_slots: freeSlots, catalog, jobs }
  } catch (error) {
    note(findings, error)
    return { ...place, reachable: false, version: null, task_managers: 0, slots: 0, free_slots: 0, catalog: null, jobs: [] }
  }
}

function fewSlots({ needed, freeSlots, slots }: Readonly<Record<'needed' | 'freeSlots' | 'slots', number>>): DoctorFinding {
  return {
    level: 'operating',
    code: 'engine/no-slots',
    message: `The views need ${needed} task slots on Flink; ${freeSlots} of ${slots} are free.`,
    do: 'Start more TaskManagers, stop other jobs, or lower `partitions` and `parallelism`.',
  }
}

function noTopic(topic: string, env: string): DoctorFinding {
  return {
    level: 'warning',
    code: 'kafka/no-topic-yet',
    message: `The topic ${topic} is not on Kafka yet.`,
    do: `It is created when \`millrace up --env ${env}\` first starts.`,
  }
}

async function noting(findings: DoctorFinding[], look: () => Promise<void>): Promise<void> {
  await look().catch((error: unknown) => note(findings, error))
}

/** A failure as a finding of its family; what is no failure of ours to name is thrown on. */
function note(findings: DoctorFinding[], error: unknown): void {
  if (!(error instanceof MillraceError) || error.family === 'bug') throw error
  findings.push({
    level: error.family,
    code: error.code,
    message: error.message,
    do: error.facts.do ?? 'See that the brokers are reached and the settings of the environment are right.',
  })
}
