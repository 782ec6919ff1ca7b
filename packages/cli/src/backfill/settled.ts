import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EventLog, operatingError, type TableName, WATERMARK_FLOOR } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'
import { isExchangeTopic } from '@millrace/engine-stream'
import type { Lake } from '@millrace/lake'
import { openLog } from '@millrace/log-lmdb'
import { belowClosing } from '../pipeline/below-closing.ts'
import { streamConsumer } from '../pipeline/scope-log.ts'
import { topicEnds } from '../pipeline/topic-partitions.ts'
import { queryRows } from '../query/one-query.ts'
import { tableName } from '../scope/open-scope.ts'
import type { Scope } from '../scope/scope.ts'

/** How far both the records of a view's streams and the view's own rows are in the lake. */
export interface Settled {
  /** Least watermark of the streams, epoch ms, whole seconds: every partition has been told of it. */
  readonly watermark: number
  /** Last record of each stream that is counted. */
  readonly arrivals: Readonly<Record<string, number>>
  /** Snapshots of the streams' tables that hold all records up to there. */
  readonly snapshots: Readonly<Record<string, number | undefined>>
  /** Lets the snapshots go; until then nobody expires them. */
  release(): Promise<void>
}

const SECOND_MS = 1_000
const LOOK_MS = 100
/** A log that does not move for so long is not being worked on. */
const STILL_MS_MAX = 20_000

interface Settling {
  readonly lake: Lake
  readonly duckdb: Duckdb
  readonly scope: Scope
}

/**
 * Waits until what the lake tells now of a view's streams has gone its whole way: through the stream engine, and as rows of the view into the lake.
 * So the stream adds no row that a slice before the watermark would hold, and the records that such a row is made of are all in the lake.
 * @throws operating `backfill/behind` where nothing moves
 */
export async function settled(context: Settling, view: string, streams: readonly string[]): Promise<Settled> {
  const { logDir } = context.scope
  if (!existsSync(join(logDir, 'data.mdb'))) return recordsSettled(context, streams)
  const log = openLog({ path: logDir, readOnly: true })
  try {
    return await recordsSettled(context, streams, () => pass(log, view, streams))
  } finally {
    await log.close()
  }
}

/** What the lake tells of streams, once `passed` has let the log's records up to there come into the lake. */
export async function recordsSettled(
  { lake, duckdb, scope }: Settling,
  streams: readonly string[],
  passed: () => Promise<void> = async () => {},
): Promise<Settled> {
  const marks: number[] = []
  const arrivals: Record<string, number> = {}
  for (const name of streams) {
    const scan = await lake.scan(tableName(scope, name), await firm(lake, tableName(scope, name)))
    const [[mark, arrival]] = await queryRows(duckdb, `SELECT epoch_ms(max("_watermark")), max("_arrival") FROM ${scan.sql}`)
    marks.push(Math.floor(Number(mark ?? WATERMARK_FLOOR) / SECOND_MS) * SECOND_MS)
    arrivals[name] = Number(arrival ?? -1)
  }
  await passed()
  const pins = await Promise.all(streams.map(async (name) => lake.pin(tableName(scope, name), await firm(lake, tableName(scope, name)))))
  return {
    watermark: Math.min(...marks),
    arrivals,
    snapshots: Object.fromEntries(streams.map((name, i) => [name, pins[i].snapshot?.id])),
    release: async () => {
      await Promise.all(pins.map((pin) => pin.release()))
    },
  }
}

/** The newest state of a table without provisional rows, which the next input leaves behind. */
async function firm(lake: Lake, name: TableName): Promise<{ readonly snapshotId?: number }> {
  const snapshotId = (await belowClosing(lake, name))?.id
  return snapshotId === undefined ? {} : { snapshotId }
}

/** Waits until the records that are in the log now are in the lake, or until `stopped`. */
export function recordsPassed(log: EventLog, streams: readonly string[], stopped: () => boolean): Promise<void> {
  return reached(log, topicEnds(log, streams), (topic) => [`lake:${topic}`], stopped)
}

/** Waits for the log's ends as they are, stage by stage: records in engine and lake, rows between stages, rows of the view in the lake. */
async function pass(log: EventLog, view: string, streams: readonly string[]): Promise<void> {
  await reached(log, topicEnds(log, streams), (topic) => [streamConsumer(view), `lake:${topic}`])
  const exchanges = log
    .topics()
    .map(({ topic }) => topic)
    .filter(isExchangeTopic)
  // What stands in one exchange may go on into the next; each round carries it one further.
  for (const _ of exchanges)
    await reached(log, topicEnds(log, exchanges), (topic) => [`exchange:${topic.slice(0, topic.lastIndexOf('@'))}`])
  await reached(log, topicEnds(log, [view]), (topic) => [`lake:${topic}`])
}

async function reached(
  log: EventLog,
  ends: Readonly<Record<string, readonly number[]>>,
  consumers: (topic: string) => readonly string[],
  stopped: () => boolean = () => false,
): Promise<void> {
  let waiting = Number.POSITIVE_INFINITY
  let movedAt = performance.now()
  for (;;) {
    const now = behind(log, ends, consumers)
    if (now === 0 || stopped()) return
    if (now !== waiting) movedAt = performance.now()
    waiting = now
    if (performance.now() - movedAt > STILL_MS_MAX) throw notMoving(ends, now)
    await sleep(LOOK_MS)
  }
}

function behind(log: EventLog, ends: Readonly<Record<string, readonly number[]>>, consumers: (topic: string) => readonly string[]): number {
  let sum = 0
  for (const [topic, byPartition] of Object.entries(ends))
    for (const [partition, end] of byPartition.entries())
      for (const consumer of consumers(topic)) {
        const at = log.position(consumer, topic, partition) ?? log.range(topic, partition).first
        sum += Math.max(0, end - at)
      }
  return sum
}

function notMoving(ends: Readonly<Record<string, unknown>>, waiting: number): Error {
  return operatingError(
    'backfill/behind',
    `${waiting} records of ${Object.keys(ends).join(', ')} wait in the log, and nothing carries them on.`,
    {
      asked: Object.keys(ends),
      found: waiting,
      do: 'Start `millrace up`, which goes on where it was, and try again beside it, or after it has stopped in order.',
    },
  )
}
