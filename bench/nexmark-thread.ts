// A thread of the stream engine: says that it is ready, waits for the start, runs to the end of its partitions, and says so.
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { runPartitions } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import type { ThreadJob } from './nexmark/thread-job.ts'

const { path, job, partitions, ends } = workerData as ThreadJob
const main = parentPort as NonNullable<typeof parentPort>
const log = openLog({ path })
main.postMessage('ready')
await once(main, 'message')
await runPartitions({ log, job, partitions, pace: 'bulk', until: () => ends })
main.postMessage('done')
await log.close()
