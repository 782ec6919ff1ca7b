import { FlinkJobs } from '@millrace/engine-flink'

const { MILLRACE_KAFKA: BROKERS = '', MILLRACE_FLINK_GATEWAY: GATEWAY = '', MILLRACE_FLINK_REST: JOB_MANAGER = '' } = process.env

/** Variables that `scaledConfig` takes the servers from. */
export const SERVERS = { BROKERS, GATEWAY, JOB_MANAGER }

export interface ScaledSettings {
  readonly checkpointEvery: string
  readonly parallelism: number
  /** Of stamped records; the default when left out. */
  readonly format?: string
}

/** `millrace.config.ts` of a project whose environment `scaled` is on Kafka and Flink. */
export function scaledConfig(project: string, { checkpointEvery, parallelism, format }: ScaledSettings): string {
  return `import { defineProject, env } from 'millrace'
export default defineProject({
  name: '${project}',
  environments: {
    scaled: {
      kafka: { brokers: env('BROKERS')${format === undefined ? '' : `, format: '${format}'`} },
      flink: { gateway: env('GATEWAY'), jobManager: env('JOB_MANAGER'), checkpointEvery: '${checkpointEvery}', parallelism: ${parallelism} },
    },
  },
})
`
}

/** Ends the jobs of a project: they outlive the sessions that began them. */
export async function cancelJobs(project: string): Promise<void> {
  const flink = new FlinkJobs(JOB_MANAGER)
  for (const { id, name, state } of await flink.jobs()) if (name.includes(project) && state === 'RUNNING') await flink.cancel(id)
}
