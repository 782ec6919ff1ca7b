import { parentPort, workerData } from 'node:worker_threads'
import { rowFunctions, runShared, type StreamJob } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { pickCounters } from '../run/asset-counters.ts'
import { isGone, ownMark } from '../share/process-mark.ts'
import { sameDefinitions } from '../share/same-definitions.ts'
import { withAppliedLag } from './applied-lag.ts'
import { LeaveFlag } from './leave-flag.ts'
import { loadedFunctions } from './loaded-functions.ts'
import { runThread } from './message.ts'
import type { ViewMessage, ViewRequest } from './view-message.ts'

export interface ViewWorkerData {
  readonly logDir: string
  readonly job: StreamJob
  /** Its number in this process. */
  readonly worker: number
  /** Hashes of the project's plans: it works only while the scope's are these. */
  readonly plans: Readonly<Record<string, string>>
  /** The folder of the project, where views have maps: their functions are loaded from it. */
  readonly functionsFrom?: string
}

const data = workerData as ViewWorkerData & { readonly leave: SharedArrayBuffer }
const flag = new LeaveFlag(data.leave)
const port = parentPort as NonNullable<typeof parentPort>
const post = (message: ViewMessage): void => port.postMessage(message)
const leaving = new AbortController()
let isHurried = false
let appliedLagMs = 0

port.on('message', (request: ViewRequest) => {
  if (request.kind === 'hurry') isHurried = request.on
  else leaving.abort()
})

/** Runs the views of a live scope over the partitions that fall to this worker among all, in this process and in others. */
async function work(): Promise<void> {
  const log = openLog({ path: data.logDir })
  const measured = withAppliedLag(log, (lagMs) => {
    appliedLagMs = lagMs
    post({ kind: 'applied', lagMs })
  })
  const functions = await loadedFunctions(data.functionsFrom)
  const process = ownMark()
  await runShared({
    log: measured,
    job: data.job,
    pace: 'live',
    functionOf: rowFunctions(functions),
    share: {
      member: { id: `${process.pid}-${process.start}-${process.boot}-${data.worker}`, process, worker: data.worker },
      isGone,
      mayWrite: sameDefinitions(data.plans),
      facts: () => ({ appliedLagMs }),
    },
    signal: leaving.signal,
    isHurried: () => isHurried,
    onProgress: ({ partition, watermark, counters, times }) => {
      if (flag.raised) leaving.abort()
      post({ kind: 'moved', partition, watermark, counters: pickCounters(counters), times })
    },
  })
  await log.close()
  post({ kind: 'left' })
  port.close()
}

runThread(port, work)
