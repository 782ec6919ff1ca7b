import { parentPort, workerData } from 'node:worker_threads'
import {
  addTotals,
  type DecoderState,
  IngestSession,
  type IngestStream,
  type InputTotals,
  NO_TOTALS,
  type PreparedBlock,
  type StamperState,
} from '@millrace/connect'
import type { ArchiveLimits, EventLog } from '@millrace/core'
import { openLog } from '@millrace/log-lmdb'
import { type Backlog, roomIn } from './backlog.ts'
import { type BoundedPart, openBoundedRecords } from './bounded-records.ts'
import { LeaveFlag } from './leave-flag.ts'
import { failureMessage } from './message.ts'
import { closingTopic } from './table-spec.ts'

export interface IngestWorkerData {
  readonly logDir: string
  readonly stream: IngestStream
  readonly path: string
  /** What a compressed file or an archive may come to. */
  readonly limits?: ArchiveLimits
  /** Topics and consumers whose backlog holds ingest back. */
  readonly backlogs: readonly Backlog[]
  /** Every topic that has a closing, with its partitions. */
  readonly closings: readonly { readonly topic: string; readonly partitions: number }[]
}

/** Data of a worker as it arrives there. */
type Started<T> = T & { readonly leave: SharedArrayBuffer }

export type IngestMessage =
  | { readonly kind: 'progress'; readonly read: number; readonly total: number | undefined; readonly totals: InputTotals }
  | { readonly kind: 'ingested'; readonly totals: InputTotals; readonly committed: InputTotals; readonly tail: boolean }

/** What ingest commits with every block, under `INGEST_KEY`. */
export interface IngestState {
  /** Up to the last line that has a newline. */
  readonly totals: InputTotals
  readonly stamper: StamperState
  readonly decoder?: DecoderState
}

export const INGEST_KEY = 'ingest'
/** Offsets from which the closing topics hold the present closing. */
export const CLOSING_FROM_KEY = 'closing-from'
/** Name of the one split of a bounded input: files may be renamed. */
const SPLIT = 'input'

export function readIngestState(log: Pick<EventLog, 'get'>): IngestState | undefined {
  const bytes = log.get(INGEST_KEY)
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as IngestState)
}

const encodeState = (state: IngestState): Uint8Array => Buffer.from(JSON.stringify(state))

/** Reads the input from where the last commit left it, block by block, each one transaction. */
async function ingest(data: Started<IngestWorkerData>, post: (message: IngestMessage) => void): Promise<void> {
  const leave = new LeaveFlag(data.leave)
  const log = openLog({ path: data.logDir })
  const before = readIngestState(log)
  let totals = before?.totals ?? NO_TOTALS
  const input = await openBoundedRecords({
    ...data,
    totals,
    onPipe: (opened) => {
      pipe = opened
    },
  })
  const session = new IngestSession(data.stream, before?.stamper, before?.decoder)
  if (before === undefined) session.stamper.openSplit(SPLIT)
  const topics = { rows: data.stream.topic, deadLetters: data.stream.deadLetterTopic }
  let flushing: Promise<unknown> = Promise.resolve()
  let tail: { prepared: PreparedBlock; totals: InputTotals } | undefined
  for await (const part of input.parts()) {
    const prepared = prepare(session, part, totals)
    const after = addTotals(totals, prepared, { bytes: part.bytes, sha256: input.sha256() })
    if (part.tail) {
      tail = { prepared, totals: after }
      break
    }
    totals = after
    const state = encodeState({ totals, stamper: session.stamper.state(), decoder: session.decoderState })
    await flushing
    flushing = log.transact((transaction) => {
      prepared.write(transaction, topics)
      transaction.put(INGEST_KEY, state)
    })
    flushing.catch(() => {})
    post({ kind: 'progress', ...input.progress, totals })
    await roomIn(log, data.backlogs, leave)
    if (leave.raised) break
  }
  await flushing
  if (leave.raised) {
    await input.close()
    return log.close()
  }
  const whole = tail?.totals ?? { ...totals, bytes: input.bytes, sha256: input.sha256() }
  await prepareClosing(log, data, tail?.prepared)
  await input.close()
  await log.close()
  post({ kind: 'ingested', totals: whole, committed: totals, tail: tail !== undefined })
}

/** Standard input while it is read: a worker that is asked to leave does not wait for more of it. */
let pipe: { destroy(): void } | undefined

function prepare(session: IngestSession, { records }: BoundedPart, totals: InputTotals): PreparedBlock {
  const at = { split: SPLIT, firstLine: totals.lines + 1, ingestedAt: Date.now() }
  return records.kind === 'block' ? session.prepare(records.block, at) : session.prepareDecoded(records.decoded, at)
}

/** Notes where the closing topics stand, and puts the last line without newline there. */
async function prepareClosing(log: EventLog, data: IngestWorkerData, tail: PreparedBlock | undefined): Promise<void> {
  await log.transact((transaction) => {
    const from = Object.fromEntries(
      data.closings.map(({ topic, partitions }) => [
        topic,
        Array.from({ length: partitions }, (_, partition) => log.range(closingTopic(topic), partition).next),
      ]),
    )
    transaction.put(CLOSING_FROM_KEY, Buffer.from(JSON.stringify(from)))
    tail?.write(transaction, { rows: closingTopic(data.stream.topic), deadLetters: closingTopic(data.stream.deadLetterTopic) })
  })
}

if (parentPort !== null) {
  const port = parentPort
  const data = workerData as Started<IngestWorkerData>
  port.on('message', () => pipe?.destroy())
  port.unref()
  ingest(data, (message) => port.postMessage(message)).catch((error: unknown) => {
    if (!new LeaveFlag(data.leave).raised) port.postMessage(failureMessage(error))
  })
}
