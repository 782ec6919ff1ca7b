import { setTimeout as sleep } from 'node:timers/promises'
import { type EventLog, operatingError, type StreamAsset, streamsOf, WATERMARK_FLOOR } from '@millrace/core'
import { FlinkJobs, jobWatermark, LiveJobs } from '@millrace/engine-flink'
import { type KafkaConnection, type RelayPlace, relayProgress, withAdmin } from '@millrace/log-kafka'
import { openLog } from '@millrace/log-lmdb'
import { recordsPassed, recordsSettled, type Settled } from '../backfill/settled.ts'
import type { ComputedAsset } from '../pipeline/view-job.ts'
import { environmentOf, type FlinkPlace } from '../project/environment-rules.ts'
import { flinkProject } from '../scaled/flink-job.ts'
import { jobsState } from '../scaled/jobs-state.ts'
import { relayedTopics } from '../scaled/relayed-topic.ts'
import type { ReadContext } from '../scope/open-scope.ts'

const SECOND_MS = 1_000
const LOOK_MS = 200
/** Checkpoints after which one that began later is complete: the first may have been under way. */
const CHECKPOINTS = 2
/** A job, or a relay, that does not move for so long is not being worked on. */
const STILL_MS_MAX = 300_000

/**
 * As `settled`, where a cluster makes the view's rows: waits until those that are complete by the job's watermark have come out with a checkpoint, through
 * Kafka and the log, into the lake. So the job adds no row that a slice before it would hold.
 * @throws operating `backfill/behind` where nothing moves, `engine/no-server`
 */
export async function settledOnFlink(context: ReadContext, view: ComputedAsset): Promise<Settled> {
  const { loaded, scope } = context
  const servers = environmentOf(loaded, scope.env)
  const [kafka, flink] = [servers.kafka as KafkaConnection, servers.flink as FlinkPlace]
  const project = flinkProject(loaded, { env: scope.env, flink, connection: kafka, format: servers.format })
  const streams = streamsOf(view).map(({ name }: StreamAsset) => name)
  const log = openLog({ path: scope.logDir, readOnly: true })
  let complete = Number.NEGATIVE_INFINITY
  try {
    const records = await recordsSettled(context, streams, async () => {
      await recordsPassed(log, streams, () => false)
      const giving = givingJobs(log)
      complete = await cameOut(flink, { name: project.job.name, giving })
      for (const relay of relayedTopics(log, project))
        if (relay.to === view.name && giving.includes(relay.job)) await relayed(log, kafka, relay)
      await recordsPassed(log, [view.name], () => false)
    })
    const whole = Math.max(WATERMARK_FLOOR, Math.floor(complete / SECOND_MS) * SECOND_MS)
    return { ...records, watermark: Math.min(records.watermark, whole) }
  } finally {
    await log.close()
  }
}

/** The jobs whose rows are those of now; one that is to take over gives none yet. */
function givingJobs(log: EventLog): readonly string[] {
  const state = jobsState(log)
  return state === undefined ? [] : [state.current, state.ending].filter((id) => id !== null)
}

/** The watermark of the jobs that give rows, once a checkpoint is complete that began after they had come to it. */
async function cameOut(
  flink: FlinkPlace,
  { name, giving }: { readonly name: string; readonly giving: readonly string[] },
): Promise<number> {
  const running = (await new LiveJobs(flink).running(name)).filter((job) => giving.some((id) => job.name === `${name} ${id}`))
  if (running.length === 0) throw behind(`no job ${name} runs`)
  const marks: number[] = []
  for (const { id } of running) {
    const mark = await moving(`the job ${id} tells no watermark`, () => jobWatermark(flink.jobManager, id))
    const jobs = new FlinkJobs(flink.jobManager)
    const { completed } = await jobs.checkpoints(id)
    await moving(`the job ${id} completes no checkpoint`, async () =>
      (await jobs.checkpoints(id)).completed >= completed + CHECKPOINTS ? true : undefined,
    )
    marks.push(mark)
  }
  return Math.min(...marks)
}

/** Waits until what stands in a topic now is in the log. */
async function relayed(log: EventLog, connection: KafkaConnection, relay: RelayPlace): Promise<void> {
  const ends = await withAdmin(connection, (admin) => admin.offsets(relay.from, 'latest'))
  await moving(`nothing carries ${relay.from} on`, async () => {
    const next = relayProgress(log, relay)?.next ?? []
    return ends.every((end, partition) => end === 0 || (next[partition] ?? 0) >= end) ? true : undefined
  })
}

/** What a look gives at last. */
async function moving<T>(complaint: string, look: () => Promise<T | undefined>): Promise<T> {
  const started = performance.now()
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() - started > STILL_MS_MAX) throw behind(complaint)
    await sleep(LOOK_MS)
  }
}

function behind(found: string): Error {
  return operatingError('backfill/behind', `How far the views on Flink are cannot be told: ${found}.`, {
    asked: 'the rows that are complete',
    found,
    do: 'Start `millrace up`, which begins the job or goes on with it, and try again beside it.',
  })
}
