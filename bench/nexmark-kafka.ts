// node bench/nexmark-kafka.ts QUERY BROKER [--digest | --sums]: the stream engine runs a query over topics of JSON, without a log; a JSON document to stdout.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { decodeBatch } from '@millrace/columnar'
import { checkPlan, type PlanSource } from '@millrace/core'
import { QUERIES } from '../examples/nexmark/query/index.ts'
import { Stamper } from '../packages/connect/src/stamp/stamper.ts'
import { cpuSecondsSince } from './measure/cpu-seconds.ts'
import { CountedRun, stampedSource, type Told } from './nexmark/counted-run.ts'
import { TOPIC_PARTITIONS } from './nexmark/kafka-events.ts'
import type { DecodedPart, KafkaThread } from './nexmark/kafka-part.ts'

const [name, broker, flag] = process.argv.slice(2)
const plan = checkPlan(QUERIES.find((query) => query.name === name)?.plan as Parameters<typeof checkPlan>[0])
const run = new CountedRun(name, plan, { partitions: TOPIC_PARTITIONS, told: flag as Told })
const partitions = Array.from({ length: TOPIC_PARTITIONS }, (_, partition) => partition)
const stampers = new Map([...plan.sources.values()].map((source) => [source.name, stamperOf(source)]))

const threads = partitions.map((partition) => {
  const sources = [...plan.sources.values()].map((source) => ({ ...source, fields: wanted(source) }))
  const workerData: KafkaThread = { brokers: [broker], partition, sources }
  return new Worker(join(import.meta.dirname, 'nexmark-kafka-thread.ts'), { workerData })
})
await Promise.all(threads.map((thread) => once(thread, 'message')))
const started = performance.now()
const cpu = process.cpuUsage()
/** Parts are taken one after another, in the order in which they come. */
let taking = Promise.resolve()
const ended = threads.map(
  (thread) =>
    new Promise<void>((resolve) => {
      thread.on('message', (part: DecodedPart | 'done') => {
        if (part === 'done') resolve()
        else
          taking = taking.then(async () => {
            await take(part)
            thread.postMessage('taken')
          })
      })
    }),
)
for (const thread of threads) thread.postMessage('go')
await Promise.all(ended)
await taking
await run.finish()
const seconds = (performance.now() - started) / 1000
const cpuSeconds = cpuSecondsSince(cpu)
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, written: run.written, ...run.told }))
process.exit()

function wanted({ name: source, event_time, fields }: PlanSource): PlanSource['fields'] {
  const columns = run.columnsOf(source)
  return fields.filter((field) => columns.has(field.name) || field.name === event_time)
}

function stamperOf({ name: source, watermark_delay_ms }: PlanSource): Stamper {
  const stamper = new Stamper({ watermarkDelayMs: watermark_delay_ms })
  for (const partition of partitions) stamper.openSplit(`${source}/${partition}`)
  return stamper
}

async function take({ source, partition, bytes, offsets, isLast }: DecodedPart): Promise<void> {
  const stamper = stampers.get(source) as Stamper
  const split = `${source}/${partition}`
  const eventTime = (plan.sources.get(source) as PlanSource).event_time
  const { batch, watermarkAfter } = stamper.stampBatch(decodeBatch(bytes).batch, {
    split,
    eventTime,
    offsets,
    ingestedAt: 0,
    schemaVersion: 1,
    producer: 'bench',
  })
  if (isLast) stamper.endSplit(split)
  await run.push(source, partition, stampedSource(batch, watermarkAfter, 0))
}
