import type { FeedDeclaration, FilesDeclaration, HttpPushDeclaration, StreamAsset } from '@millrace/core'
import type { Backlog } from '../pipeline/backlog.ts'
import { fileStream, ingestStream } from '../pipeline/scope-log.ts'
import { WorkerLink } from '../pipeline/worker-link.ts'
import { feedOrder } from './feed-order.ts'
import type { FeedWorkerData } from './feed-worker.ts'
import type { FollowMessage } from './follow-message.ts'
import type { FollowWorkerData } from './follow-worker.ts'
import { PushLine } from './push-line.ts'
import type { PushMessage, PushTask } from './push-message.ts'
import type { PushWorkerData } from './push-worker.ts'

const WORKER_HEAP_MIB = 768

export interface SourceOptions {
  readonly logDir: string
  readonly partitions: number
  /** Files are relative to it. */
  readonly projectDir: string
  readonly backlogs: readonly Backlog[]
  /** Files to follow instead of what the stream declares. */
  readonly from?: string
  readonly onMessage: (message: FollowMessage) => void
}

/** The thread that takes one stream's records in. */
export interface RunningSource {
  readonly link: Pick<WorkerLink<never, FollowMessage>, 'ended' | 'leave'>
  /** Where requests go, of a stream that takes them. */
  readonly push?: PushLine
}

/** Starts the thread of a stream's source. */
export function startSource(stream: StreamAsset, options: SourceOptions): RunningSource {
  const { from } = stream
  if (options.from !== undefined) return followFiles(stream, filesInstead(from, options.from), options)
  if (from.kind === 'files') return followFiles(stream, from, options)
  return from.kind === 'http-push' ? takeRequests(stream, from, options) : takeFeed(stream, from, options)
}

type Followed = Pick<FilesDeclaration, 'patterns' | 'follow' | 'limits'>

function filesInstead(from: StreamAsset['from'], pattern: string): Followed {
  return { patterns: [pattern], follow: from.kind === 'files' ? from.follow : true, limits: from.kind === 'files' ? from.limits : {} }
}

function followFiles(stream: StreamAsset, from: Followed, options: SourceOptions): RunningSource {
  const { logDir, projectDir: folder, backlogs, onMessage } = options
  const { patterns, follow, limits } = from
  const data: FollowWorkerData = {
    logDir,
    stream: fileStream(stream, options.partitions, patterns[0]),
    patterns,
    follow,
    limits,
    folder,
    backlogs,
  }
  const url = new URL('./follow-worker.ts', import.meta.url)
  const link = new WorkerLink<never, FollowMessage>({ url, name: `follow ${stream.name}`, data, heapMax: WORKER_HEAP_MIB, onMessage })
  return { link }
}

function takeRequests(stream: StreamAsset, from: HttpPushDeclaration, options: SourceOptions): RunningSource {
  const { logDir, backlogs, onMessage } = options
  const { signature: _, ...declaration } = from
  const data: PushWorkerData = { logDir, stream: ingestStream(stream, options.partitions), declaration, backlogs }
  const link: WorkerLink<PushTask, PushMessage> = new WorkerLink({
    url: new URL('./push-worker.ts', import.meta.url),
    name: `push ${stream.name}`,
    data,
    heapMax: WORKER_HEAP_MIB,
    onMessage: (message) => (message.kind === 'pushed' ? push.done(message) : onMessage(message)),
  })
  const push = new PushLine({ stream: stream.name, waitingMax: from.limits.waitingMax, send: (task) => link.send(task) })
  link.ended.then(
    () => push.end(),
    () => push.end(),
  )
  return { link, push }
}

function takeFeed(stream: StreamAsset, from: FeedDeclaration, options: SourceOptions): RunningSource {
  const { logDir, projectDir, backlogs, onMessage } = options
  const order = feedOrder(from, projectDir)
  if (order === undefined) return { link: NOTHING }
  const data: FeedWorkerData = { logDir, stream: ingestStream(stream, options.partitions), order, backlogs }
  const url = new URL('./feed-worker.ts', import.meta.url)
  const link = new WorkerLink<never, FollowMessage>({ url, name: `feed ${stream.name}`, data, heapMax: WORKER_HEAP_MIB, onMessage })
  return { link }
}

/** A source that lacks a setting, of which the start has told. */
const NOTHING: RunningSource['link'] = { ended: new Promise(() => {}), leave: async () => {} }
