import { parentPort, workerData } from 'node:worker_threads'
import { encodeBatch } from '@millrace/columnar'
import type { EventLog } from '@millrace/core'
import {
  type BatchSource,
  encodedSource,
  rowFunctions,
  runPartitions,
  type StreamJob,
  type StreamRun,
  type TopicBatch,
} from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { pickCounters } from '../run/asset-counters.ts'
import { LeaveFlag } from './leave-flag.ts'
import { loadedFunctions } from './loaded-functions.ts'
import { runThread } from './message.ts'
import type { StreamMessage, StreamRequest } from './stream-message.ts'
import { closingTopic } from './table-spec.ts'

export interface StreamWorkerData {
  readonly logDir: string
  readonly job: StreamJob
  /** Partitions of the source that this worker owns. */
  readonly partitions: readonly number[]
  /** The folder of the project, where views have maps: their functions are loaded from it. */
  readonly functionsFrom?: string
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

/** Runs the views of a bounded run over the worker's partitions, and closes them aside when asked. */
async function work(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const functions = await loadedFunctions(data.functionsFrom)
  const run = await runPartitions({
    log,
    functionOf: rowFunctions(functions),
    job: data.job,
    partitions: data.partitions,
    pace: 'bulk',
    signal: leaving.signal,
    until: () => ends,
    onProgress: () => {
      if (flag.raised) leaving.abort()
    },
  })
  if (!leaving.signal.aborted) post({ kind: 'caught-up' })
  const request = await nextRequest
  if (request.kind === 'close') {
    await close(log, run, request.from[data.job.topic])
    post({ kind: 'closed', counters: pickCounters(run.counters) })
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

runThread(port, work)
