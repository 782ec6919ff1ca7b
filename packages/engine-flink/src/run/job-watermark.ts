import { callServer } from './http-call.ts'

interface JobDetail {
  readonly plan: { readonly nodes: readonly { readonly id: string; readonly parallelism: number; readonly inputs?: readonly unknown[] }[] }
}

/**
 * The least event time, epoch ms, that every task of a running job has come to which reads of another. What is complete by then has left the job
 * when a checkpoint is completed that began later. Undefined where tasks do not tell yet; Flink tells some seconds later than it is.
 *
 * @throws operating `engine/no-server`, `engine/server-refused`
 */
export async function jobWatermark(jobManager: string, job: string): Promise<number | undefined> {
  const get = (path: string): Promise<unknown> =>
    callServer({ method: 'GET', url: `${jobManager.replace(/\/+$/, '')}/jobs/${job}${path}`, server: 'Flink JobManager' })
  const { plan } = (await get('')) as JobDetail
  const reading = plan.nodes.filter(({ inputs = [] }) => inputs.length > 0)
  let least: number | undefined
  for (const { id, parallelism } of reading) {
    const found = (await get(`/vertices/${id}/watermarks`)) as readonly { readonly value: string }[]
    if (found.length < parallelism) return undefined
    for (const { value } of found) least = Math.min(least ?? Number.POSITIVE_INFINITY, Number(value))
  }
  return least
}
