import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Batch, emptyBatch, keyPartitions, splitByPartition } from '@millrace/columnar'
import { type EventLog, type PlanSource, WATERMARK_END } from '@millrace/core'
import { openLog } from '@millrace/log-lmdb'
import { writeParquet } from '../../examples/nexmark/generator/parquet.ts'
import { SETTINGS } from '../../examples/nexmark/generator/settings.ts'
import { type StampedEvent, stampedEvents } from '../../examples/nexmark/generator/stamped-event.ts'
import { SOURCES } from '../../examples/nexmark/source.ts'
import { fieldsOf, INGESTED_AT, stampedBatch } from './stamped-batch.ts'
import { PARTITIONS } from './thread-job.ts'

/** Events of one write: some ten thousand bids a batch. */
const EVENTS_PER_WRITE = 50_000

/** The same events as Parquet and in a log, stamped alike. */
export interface EventFiles {
  readonly events: number
  /** Folder of `person.parquet`, `auction.parquet` and `bid.parquet`. */
  readonly parquet: string
  /** Folder of a log with a topic per source, up to the end of input. */
  readonly log: string
}

/** Makes the files of so many events where they are not there yet; they stay for the next time. */
export async function eventFiles(events: number): Promise<EventFiles> {
  const folder = join(tmpdir(), 'millrace-bench-input', `nexmark-${events}`)
  const files = { events, parquet: join(folder, 'parquet'), log: join(folder, 'log') }
  const whole = join(folder, 'whole')
  if (existsSync(whole)) return files
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(files.log, { recursive: true })
  await writeParquet(files.parquet, events, SETTINGS)
  await writeLog(files)
  writeFileSync(whole, '')
  return files
}

async function writeLog({ events, log: path }: EventFiles): Promise<void> {
  const log = openLog({ path })
  for (const name of Object.keys(SOURCES)) await log.openTopic(name, { partitions: PARTITIONS })
  let written: StampedEvent[] = []
  for (const event of stampedEvents(events, SETTINGS)) {
    written.push(event)
    if (written.length < EVENTS_PER_WRITE) continue
    await append(log, written)
    written = []
  }
  await append(log, written)
  await end(log)
  await log.close()
}

async function append(log: EventLog, events: readonly StampedEvent[]): Promise<void> {
  for (const source of Object.values(SOURCES)) {
    const batch = stampedBatch(source, events)
    if (batch === undefined) continue
    const parts = splitByPartition(batch, keyPartitions(batch, source.key ?? [], PARTITIONS), PARTITIONS)
    await appendParts(log, source, { parts, watermarkAfter: watermarkOf(source, events) })
  }
}

async function end(log: EventLog): Promise<void> {
  for (const source of Object.values(SOURCES)) await appendParts(log, source, { parts: [], watermarkAfter: WATERMARK_END })
}

function watermarkOf(source: PlanSource, events: readonly StampedEvent[]): number {
  return events.findLast(({ event }) => event.source === source.name)?.watermarkMs as number
}

/** Partitions without rows get a heartbeat. */
async function appendParts(
  log: EventLog,
  source: PlanSource,
  { parts, watermarkAfter }: { readonly parts: readonly (Batch | undefined)[]; readonly watermarkAfter: number },
): Promise<void> {
  await log.transact((transaction) => {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const batch = parts[partition] ?? emptyBatch(fieldsOf(source))
      transaction.append({ topic: source.name, partition, batch, watermarkAfter, ingestedAt: INGESTED_AT, eventTime: source.event_time })
    }
  })
}
