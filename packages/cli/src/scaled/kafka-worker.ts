import { parentPort, workerData } from 'node:worker_threads'
import { type Batch, type Column, columnOf, type Field, type TimestampColumn } from '@millrace/columnar'
import type { EventLog } from '@millrace/core'
import { type ForwardedTopic, Forwarder, type KafkaConnection, Relay } from '@millrace/log-kafka'
import { openLog } from '@millrace/log-lmdb'
import { LeaveFlag } from '../pipeline/leave-flag.ts'
import { runThread } from '../pipeline/message.ts'
import { ClosingTimes } from './closing-times.ts'
import { jobShare } from './job-share.ts'
import { type JobsState, jobsState, roleOf } from './jobs-state.ts'
import type { CarrierFigures, KafkaMessage, KafkaRequest } from './kafka-message.ts'
import { logIdentity } from './log-identity.ts'
import type { RelayedTopic } from './relayed-topic.ts'

export interface KafkaWorkerData {
  readonly logDir: string
  readonly connection: KafkaConnection
  /** Project and environment: names positions on Kafka. */
  readonly name: string
  readonly streams: readonly ForwardedTopic[]
  readonly relays: readonly RelayedTopic[]
}

/** How often figures are told. */
const TELL_MS = 500
const FORWARDER = 'streams to Kafka'
const AVAILABLE_AT = '_available_at'
/** What tells relays of one table apart, by what their jobs are. */
const ROLES = { current: '', next: ', changed', ending: ', previous' } as const

const data = workerData as KafkaWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const leaving = new AbortController()
port.on('message', (_: KafkaRequest) => leaving.abort())

/** Carries streams to Kafka, and what other engines made of them back, until told to leave. */
async function work(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const { connection, name, streams: topics } = data
  const forwarder = new Forwarder({ log, logId: await logIdentity(log), connection, name, topics })
  const closings = new Map(data.streams.map(({ topic }) => [topic, new ClosingTimes(log, topic)]))
  const relays = data.relays.map((relayed) => ({ relayed, relay: relayOf(log, relayed, closings), leaving: new AbortController() }))
  const relayFigures = (state: JobsState | undefined): readonly CarrierFigures[] =>
    relays.flatMap(({ relayed, relay, leaving }) => {
      const role = roleIn(state, relayed)
      if (role !== undefined) return [{ name: `${relayed.to} from Kafka${ROLES[role]}`, ...relay.status }]
      leaving.abort()
      return []
    })
  const tell = (): void => {
    if (flag.raised) leaving.abort()
    for (const closing of closings.values()) closing.readOn()
    const carriers = [{ name: FORWARDER, ...forwarder.status }, ...relayFigures(jobsState(log))]
    port.postMessage({ kind: 'carriers', carriers } satisfies KafkaMessage)
  }
  const timer = setInterval(tell, TELL_MS)
  await Promise.all([
    forwarder.run(leaving.signal),
    ...relays.map((one) => one.relay.run(AbortSignal.any([leaving.signal, one.leaving.signal]))),
  ])
  if (!leaving.signal.aborted) await new Promise((resolve) => leaving.signal.addEventListener('abort', resolve))
  clearInterval(timer)
  tell()
  await log.close()
  port.postMessage({ kind: 'left' } satisfies KafkaMessage)
  port.close()
}

/** What a job is now whose rows are relayed; undefined once nothing of it is wanted any more. */
function roleIn(state: JobsState | undefined, { job }: RelayedTopic): keyof typeof ROLES | undefined {
  const role = state === undefined ? undefined : roleOf(state, job)
  return role === 'leaving' ? undefined : role
}

function relayOf(log: EventLog, relayed: RelayedTopic, known: ReadonlyMap<string, ClosingTimes>): Relay {
  const { from, to, form, partitions, fields, key, kind, streams } = relayed
  const isAdded = fields.some(({ name }) => name === AVAILABLE_AT)
  const closings = form === 'changes' ? [] : streams.map((stream) => known.get(stream) as ClosingTimes)
  return new Relay({
    ...{ log, connection: data.connection, from, form, to, partitions, key },
    fields: fields.filter(({ name }) => name !== AVAILABLE_AT),
    share: jobShare(relayed),
    ...(kind === 'rows' ? { eventTime: '_event_time' } : {}),
    ...(isAdded ? { complete: (batch) => withAvailability(batch, closings, fields) } : {}),
  })
}

/**
 * Rows with the time from which they were there: a window's event time is its last millisecond, and the watermarks of all its streams must be
 * behind it. Changes wait for no watermark; they are there from now on.
 */
function withAvailability(batch: Batch, closings: readonly ClosingTimes[], fields: readonly Field[]): Batch {
  const times = columnOf(batch, '_event_time') as TimestampColumn
  const now = Date.now()
  const values = times.values.map((time) =>
    closings.length === 0 ? now : Math.max(...closings.map((closing) => closing.at(time + 1) ?? now)),
  )
  const added: TimestampColumn = { kind: 'timestamp', values: values as Float64Array<ArrayBuffer>, nulls: null }
  const columns = fields.map(({ name }) => (name === AVAILABLE_AT ? added : (columnOf(batch, name) as Column)))
  return { rows: batch.rows, fields, columns }
}

runThread(port, work)
