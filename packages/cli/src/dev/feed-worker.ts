import { parentPort, workerData } from 'node:worker_threads'
import type { IngestStream, RecordFeed } from '@millrace/connect'
import { openLog } from '@millrace/log-lmdb'
import { type Backlog, roomIn } from '../pipeline/backlog.ts'
import { LeaveFlag } from '../pipeline/leave-flag.ts'
import { runThread } from '../pipeline/message.ts'
import { type FeedOrder, openFeed } from './feed-order.ts'
import type { FollowMessage } from './follow-message.ts'
import { keptKey, readFollowState, readKept } from './follow-state.ts'
import { LiveIntake } from './live-intake.ts'

export interface FeedWorkerData {
  readonly logDir: string
  readonly stream: IngestStream
  readonly order: FeedOrder
  readonly backlogs: readonly Backlog[]
}

const data = workerData as FeedWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const post = (message: FollowMessage): void => port.postMessage(message)
const leaving = new AbortController()
port.on('message', () => leaving.abort())

/** Takes in what the feed hands over, each part one transaction with what the feed must know. */
async function takeIn(): Promise<void> {
  const { logDir, stream, order, backlogs } = data
  const log = openLog({ path: logDir })
  const feed: RecordFeed = await openFeed(order, {
    stream,
    state: readFollowState(log, stream.topic)?.source,
    kept: () => readKept(log, stream.topic),
  })
  const intake = new LiveIntake({ log, stream, split: feed.split, post })
  for await (const part of feed.parts(leaving.signal)) {
    if (part.kind === 'problem') {
      const { code, message, facts } = part.error
      post({ kind: 'problem', path: feed.place, code, message, todo: facts.do })
      continue
    }
    if (part.kind === 'splits') {
      intake.openSplits(part.opened)
      continue
    }
    const ingestedAt = Date.now()
    const split = part.split ?? (feed.split as string)
    const decoded = part.decode?.(intake.nextLine)
    const block = decoded === undefined ? undefined : intake.session.prepareDecoded(decoded, { split, ingestedAt })
    if (part.isIdle === true) intake.session.stamper.idleSplit(split)
    await intake.commit(block, {
      ingestedAt,
      source: part.state,
      also: (transaction) => {
        for (const { key, value } of part.entries ?? []) transaction.put(keptKey(stream.topic, key), Buffer.from(JSON.stringify(value)))
      },
    })
    await roomIn(log, backlogs, flag)
    if (flag.raised) break
  }
  await log.close()
  post({ kind: 'left' })
  port.close()
}

runThread(port, takeIn)
