import { parentPort, workerData } from 'node:worker_threads'
import { encodeBatch } from '@millrace/columnar'
import type { EventLog } from '@millrace/core'
import {
  type BatchSource,
  encodedSource,
  type Pace,
  runPartitions,
  type StreamJob,
  type StreamRun,
  type TopicBatch,
  type WindowCounters,
} from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import type { AssetCounters } from '../run/asset-counters.ts'
import { withAppliedLag } from './applied-lag.ts'
import { LeaveFlag } from './leave-flag.ts'
import { failureMessage } from './message.ts'
import type { StreamMessage, StreamRequest } from './stream-message.ts'
import { closingTopic } from './table-spec.ts'

export interface StreamWorkerData {
  readonly logDir: string
  readonly job: StreamJob
  /** Partitions of the source that this worker owns. */
  readonly partitions: readonly number[]
  readonly pace: Pace
}

/** Bytes of closing rows in one transaction. */
const CLOSING_BYTES_MAX = 8 * 1024 * 1024

const data = workerData as StreamWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const post = (message: StreamMessage): void => port.postMessage(message)
const leaving = new AbortController()
let ends: Readonly<Record<string, readonly number[]>> | undefined
let asked: (request: Extract<StreamRequest, { kind: 'close' | 'leave' }>) => void = () => {}
const nextRequest = new Promise<Extract<StreamRequest, { kind: 'close' | 'leave' }>>((resolve) => {
  asked = resolve
})

port.on('message', (request: StreamRequest) => {
  if (request.kind === 'finish') ends = request.ends
  else {
    if (request.kind === 'leave') leaving.abort()
    asked(request)
  }
})

/** Runs the views over the worker's partitions; in a bounded run, closes them aside when asked. */
async function work(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const measured = data.pace === 'live' ? withAppliedLag(log, (lagMs) => post({ kind: 'applied', lagMs })) : log
  const run = await runPartitions({
    log: measured,
    job: data.job,
    partitions: data.partitions,
    pace: data.pace,
    signal: leaving.signal,
    until: () => ends,
    onProgress: ({ partition, watermark, counters, times }) => {
      if (flag.raised) leaving.abort()
      post({ kind: 'moved', partition, watermark, counters: pick(counters), times })
    },
  })
  if (!leaving.signal.aborted) post({ kind: 'caught-up' })
  const request = await nextRequest
  if (request.kind === 'close') {
    await close(log, run, request.from[data.job.topic])
    post({ kind: 'closed', counters: pick(run.counters) })
  }
  await log.close()
  post({ kind: 'left' })
  port.close()
}

async function close(log: EventLog, run: StreamRun, from: readonly number[] | undefined): Promise<void> {
  let waiting: TopicBatch[] = []
  let bytes = 0
  const write = async (): Promise<void> => {
    const encoded = waiting.map(({ topic, partition, batch }) => ({
      topic: closingTopic(topic),
      partition,
      span: batch.rows,
      bytes: encodeBatch(batch, { watermarkAfter: 0, ingestedAt: Date.now() }),
    }))
    waiting = []
    bytes = 0
    await log.transact((transaction) => {
      for (const one of encoded) transaction.appendEncoded(one.topic, one.partition, one)
    })
  }
  await run.closeAside({
    provisional: (partition) => provisional(log, partition, from?.[partition]),
    onBatch: async (batch) => {
      waiting.push(batch)
      bytes += batch.batch.rows * batch.batch.fields.length * 8
      if (bytes >= CLOSING_BYTES_MAX) await write()
    },
  })
  if (waiting.length > 0) await write()
}

/** A last line without newline: it counts for the closing only. */
function provisional(log: EventLog, partition: number, from: number | undefined): BatchSource[] {
  const topic = closingTopic(data.job.topic)
  if (from === undefined || from >= log.range(topic, partition).next) return []
  const entries = log.read({ topic, partition, from, bytesMax: CLOSING_BYTES_MAX })
  return entries.map((entry) => encodedSource(new Uint8Array(entry.bytes), []))
}

function pick(counters: Readonly<Record<string, Readonly<WindowCounters>>>): Record<string, AssetCounters> {
  return Object.fromEntries(
    Object.entries(counters).map(([name, { rowsIn, rowsCounted, lateAll, lateMemberships }]) => [
      name,
      { rowsIn, rowsCounted, lateAll, lateMemberships },
    ]),
  )
}

work().catch((error: unknown) => {
  port.postMessage(failureMessage(error))
  port.close()
})
