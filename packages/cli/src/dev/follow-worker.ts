import { parentPort, workerData } from 'node:worker_threads'
import {
  followFiles,
  type IngestStream,
  isReadWhole,
  recordEndOf,
  WholeFileFollower,
  type WholeReader,
  wholeTextReader,
} from '@millrace/connect'
import type { ArchiveLimits, EventLog } from '@millrace/core'
import { openLog } from '@millrace/log-lmdb'
import { type Backlog, roomIn } from '../pipeline/backlog.ts'
import { LeaveFlag } from '../pipeline/leave-flag.ts'
import { runThread } from '../pipeline/message.ts'
import { parquetReader } from '../pipeline/parquet-reader.ts'
import { FileIntake } from './file-intake.ts'
import type { FollowMessage } from './follow-message.ts'

export interface FollowWorkerData {
  readonly logDir: string
  readonly stream: IngestStream
  /** Globs, relative to `folder`. */
  readonly patterns: readonly string[]
  readonly folder: string
  /** Whether to wait for more lines once everything is read. */
  readonly follow: boolean
  readonly limits: ArchiveLimits
  readonly backlogs: readonly Backlog[]
}

/** After this long without any file, it is said that none matches. */
const WAITING_AFTER_MS = 1_000
/** Lines that come within this time of a commit wait for the next one. */
const STEP_MS_MIN = 20
/** Blocks of this size are on their way of catching up, and nothing waits. */
const SMALL_STEP_BYTES_MAX = 256 * 1024

const data = workerData as FollowWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const post = (message: FollowMessage): void => port.postMessage(message)
const leaving = new AbortController()
port.on('message', () => leaving.abort())

const { patterns, folder: cwd, stream } = data
const isParquet = stream.format.kind === 'parquet'
/** What there is of files that are read whole was read. */
let wholesThrough = false
/** Files that grow were looked for. */
let linesLooked = isParquet

/** Waits until readers have caught up, and leaves when that is asked, or when all is read that should be. */
async function pause(log: EventLog, intake: FileIntake): Promise<void> {
  await roomIn(log, data.backlogs, flag)
  if (flag.raised || (!data.follow && wholesThrough && linesLooked && intake.isThrough)) leaving.abort()
}

/** Files that grow line by line. */
async function followLines(log: EventLog, intake: FileIntake): Promise<void> {
  const recordEnd = recordEndOf(stream.format)
  const { signal } = leaving
  for await (const step of followFiles({ patterns, cwd, from: intake.positions, recordEnd, excludes: isReadWhole, signal })) {
    const began = performance.now()
    const bytes = await intake.take(step)
    linesLooked = true
    await pause(log, intake)
    const rest = STEP_MS_MIN - (performance.now() - began)
    if (rest > 0 && bytes < SMALL_STEP_BYTES_MAX) await new Promise((resolve) => setTimeout(resolve, rest))
  }
}

/** Compressed files, archives and Parquet. */
async function followWholes(log: EventLog, intake: FileIntake): Promise<void> {
  const read: WholeReader = isParquet
    ? parquetReader(stream)
    : wholeTextReader({ limits: data.limits, recordEnd: recordEndOf(stream.format) })
  const accepts = isParquet ? () => true : isReadWhole
  const follower = new WholeFileFollower({ patterns, cwd, accepts, known: intake.wholeFiles(), read, signal: leaving.signal })
  for await (const event of follower.events()) {
    wholesThrough = event.kind === 'through'
    if (event.kind !== 'through') {
      const file = await intake.takeWhole(event)
      if (file !== undefined) follower.keep(file)
    }
    await pause(log, intake)
  }
}

async function follow(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const intake = new FileIntake({ log, stream, post })
  const waiting = setTimeout(() => {
    linesLooked = true
    if (!intake.found) post({ kind: 'waiting' })
  }, WAITING_AFTER_MS)
  await Promise.all([followWholes(log, intake), ...(isParquet ? [] : [followLines(log, intake)])])
  clearTimeout(waiting)
  await log.close()
  post({ kind: 'left' })
  port.close()
}

runThread(port, follow)
