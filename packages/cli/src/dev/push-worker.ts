import { parentPort, workerData } from 'node:worker_threads'
import { type IngestStream, PUSH_SPLIT, PushIntake } from '@millrace/connect'
import type { HttpPushDeclaration } from '@millrace/core'
import { openLog } from '@millrace/log-lmdb'
import { type Backlog, roomIn } from '../pipeline/backlog.ts'
import { LeaveFlag } from '../pipeline/leave-flag.ts'
import { failureMessage, runThread } from '../pipeline/message.ts'
import { WakeableSleep } from '../pipeline/wakeable-sleep.ts'
import { LiveIntake } from './live-intake.ts'
import type { PushMessage, PushTask } from './push-message.ts'

export interface PushWorkerData {
  readonly logDir: string
  readonly stream: IngestStream
  readonly declaration: Omit<HttpPushDeclaration, 'signature'>
  readonly backlogs: readonly Backlog[]
}

/** Requests, and bytes of their bodies, that are committed together: those that wait while the commit before is made durable. */
const GROUP_REQUESTS_MAX = 64
const GROUP_BYTES_MAX = 8 * 1024 * 1024
const IDLE_MS = 1_000

const data = workerData as PushWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const post = (message: PushMessage): void => port.postMessage(message)
const idle = new WakeableSleep()
/** As many as `waitingMax` of the declaration lets in. */
const waiting: PushTask[] = []
port.on('message', (message: PushTask | { readonly kind: 'leave' }) => {
  if (message.kind === 'push') waiting.push(message)
  idle.wake()
})

function nextGroup(): PushTask[] {
  let bytes = 0
  let count = 0
  while (count < waiting.length && count < GROUP_REQUESTS_MAX && (count === 0 || bytes + waiting[count].body.length <= GROUP_BYTES_MAX))
    bytes += waiting[count++].body.length
  return waiting.splice(0, count)
}

/** Takes requests in until it is asked to leave; those that have come by then are answered. */
async function takeIn(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const { stream, declaration, backlogs } = data
  const intake = new LiveIntake({ log, stream, split: PUSH_SPLIT, post })
  const { idempotency, csv, limits } = declaration
  const push = new PushIntake({ log, stream, session: intake.session, csv, bodyBytesMax: limits.bodyBytesMax, idempotency })
  while (!flag.raised || waiting.length > 0) {
    if (waiting.length === 0) {
      await idle.sleep(IDLE_MS)
      continue
    }
    await roomIn(log, backlogs, flag)
    const group = nextGroup()
    const now = Date.now()
    const prepared = push.prepare(group, { firstLine: intake.nextLine, now })
    await intake.commit(prepared.block, { ingestedAt: now, also: prepared.writeKeys })
    for (const [i, outcome] of prepared.outcomes.entries())
      post({ kind: 'pushed', id: group[i].id, outcome: 'error' in outcome ? failureMessage(outcome.error) : outcome.answer })
  }
  await log.close()
  post({ kind: 'left' })
  port.close()
}

runThread(port, takeIn)
