// node bench/nexmark-ours.ts QUERY LOG [--digest]: runs a query over a log to its end, on two threads; a JSON document to stdout.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { decodeBatch } from '@millrace/columnar'
import { checkPlan, type EventLog } from '@millrace/core'
import { changesIn, lowerPlan, type StreamJob } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { QUERIES } from '../examples/nexmark/query/index.ts'
import { cpuSecondsSince } from './measure/cpu-seconds.ts'
import { RowDigest } from './nexmark/row-digest.ts'
import { PARTITIONS, type ThreadJob } from './nexmark/thread-job.ts'

const THREADS = 2
const READ_BYTES = 8 * 1024 * 1024

const [name, path, flag] = process.argv.slice(2)
const plan = checkPlan(QUERIES.find((query) => query.name === name)?.plan as Parameters<typeof checkPlan>[0])
const sources = [...plan.sources.keys()]
const job: StreamJob = {
  topic: sources[0],
  topics: Object.fromEntries(sources.map((source) => [source, source])),
  assets: [{ name, plan: lowerPlan(plan) }],
}

const log = openLog({ path })
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
const ends = Object.fromEntries(sources.map((topic) => [topic, partitions.map((partition) => log.range(topic, partition).next)]))
const threads = Array.from({ length: THREADS }, (_, thread) => {
  const workerData: ThreadJob = { path, job, partitions: partitions.filter((partition) => partition % THREADS === thread), ends }
  return new Worker(join(import.meta.dirname, 'nexmark-thread.ts'), { workerData })
})
const exits = threads.map((thread) => once(thread, 'exit'))
await Promise.all(threads.map((thread) => once(thread, 'message')))
const started = performance.now()
const cpu = process.cpuUsage()
for (const thread of threads) thread.postMessage('go')
await Promise.all(threads.map((thread) => once(thread, 'message')))
const seconds = (performance.now() - started) / 1000
const cpuSeconds = cpuSecondsSince(cpu)
await Promise.all(exits)
const written = partitions.reduce((sum, partition) => sum + log.range(name, partition).next, 0)
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, written, digest: flag === '--digest' ? digestOf(log).text : null }))
await log.close()

function digestOf(from: EventLog): RowDigest {
  const digest = new RowDigest()
  for (const partition of partitions) {
    for (let next = 0; next < from.range(name, partition).next; ) {
      for (const entry of from.read({ topic: name, partition, from: next, bytesMax: READ_BYTES })) {
        next = entry.offset + entry.span
        for (const { op, values } of changesIn(decodeBatch(entry.bytes).batch, plan.output.fields)) {
          digest.add(values, op === '+I' || op === '+U' ? 1 : -1)
        }
      }
    }
  }
  return digest
}
