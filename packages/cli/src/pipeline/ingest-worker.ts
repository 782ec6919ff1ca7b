import type { Readable } from 'node:stream'
import { parentPort, workerData } from 'node:worker_threads'
import {
  addTotals,
  type DecoderState,
  digestPrefixes,
  IngestSession,
  type IngestStream,
  type InputTotals,
  type LineBlock,
  NO_TOTALS,
  openBoundedInput,
  type PreparedBlock,
  recordEndOf,
  type StamperState,
} from '@millrace/connect'
import { type EventLog, userError } from '@millrace/core'
import { openLog } from '@millrace/log-lmdb'
import { type Backlog, roomIn } from './backlog.ts'
import { LeaveFlag } from './leave-flag.ts'
import { failureMessage } from './message.ts'
import { standardInput } from './standard-input.ts'
import { closingTopic } from './table-spec.ts'

export interface IngestWorkerData {
  readonly logDir: string
  readonly stream: IngestStream
  readonly path: string
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
const CHUNK_BYTES = 8 * 1024 * 1024

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
  const input = await openBoundedInput({
    path: data.path,
    chunkBytes: CHUNK_BYTES,
    recordEnd: recordEndOf(data.stream.format),
    ...inputStream(data.path),
    ...(await resumePoint(data.path, totals)),
  })
  const session = new IngestSession(data.stream, before?.stamper, before?.decoder)
  if (before === undefined) session.stamper.openSplit(SPLIT)
  const topics = { rows: data.stream.topic, deadLetters: data.stream.deadLetterTopic }
  let flushing: Promise<unknown> = Promise.resolve()
  let tail: { prepared: PreparedBlock; totals: InputTotals } | undefined
  for await (const block of input.blocks()) {
    const prepared = prepare(session, block, totals)
    const after = addTotals(totals, prepared, { bytes: block.end, sha256: input.sha256() })
    if (block.tail) {
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
let pipe: Readable | undefined

function inputStream(path: string): { stdin?: Readable } {
  if (path !== '-') return {}
  pipe = standardInput()
  return { stdin: pipe }
}

function prepare(session: IngestSession, block: LineBlock, totals: InputTotals): PreparedBlock {
  return session.prepare(block, { split: SPLIT, firstLine: totals.lines + 1, ingestedAt: Date.now() })
}

/** Checks that the file still begins with what was consumed of it. */
async function resumePoint(path: string, totals: InputTotals): Promise<{ after?: { bytes: number; hash: import('node:crypto').Hash } }> {
  if (totals.bytes === 0) return {}
  const [digest] = await digestPrefixes(path, [totals.bytes])
  if (digest?.sha256 === totals.sha256) return { after: { bytes: digest.bytes, hash: digest.hash } }
  throw userError('input/changed', `\`${path}\` no longer begins with the ${totals.bytes} bytes that were read of it.`, {
    asked: path,
    found: digest === undefined ? 'a shorter file' : 'other content',
    do: 'Use `--replace` to start over with the file as it is now.',
  })
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
