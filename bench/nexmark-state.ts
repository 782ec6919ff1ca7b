// node bench/nexmark-state.ts build|restore FOLDER KEYS: makes a state of so many keys in a log, or restores and updates it.
import { batchFromRows, emptyBatch, type Field, keyPartitions, splitByPartition, type Value } from '@millrace/columnar'
import { checkPlan, type EventLog, type Plan, STAMP_FIELDS } from '@millrace/core'
import { lowerPlan, runPartitions, type StreamJob } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { EventChance } from '../examples/nexmark/generator/event-chance.ts'
import { TimedLog } from './nexmark/timed-log.ts'

const PARTITIONS = 4
const BUILD_ROWS = 20_000
/** Updates come this often, so many at a time. */
const UPDATE_EVERY_MS = 10
const UPDATE_ROWS = 200
const UPDATE_SECONDS = 10
const FIELDS: readonly Field[] = [
  ...STAMP_FIELDS,
  { name: 'ts1', type: 'timestamp', nullable: false },
  { name: 'key1', type: 'int64', nullable: false },
  { name: 'num1', type: 'int64', nullable: false },
]
const PLAN: Plan = {
  millrace_plan: 1,
  sources: [
    {
      name: 'updates',
      event_time: 'ts1',
      key: ['key1'],
      watermark_delay_ms: 0,
      late: 'keep',
      fields: FIELDS.slice(STAMP_FIELDS.length).map(({ name, type }) => ({ name, type })),
    },
  ],
  nodes: [
    { id: 'scan', kind: 'scan', source: 'updates' },
    {
      id: 'totals',
      kind: 'window-aggregate',
      input: 'scan',
      keys: ['key1'],
      window: { kind: 'all' },
      aggregates: [
        { name: 'rows', fn: 'count' },
        { name: 'total', fn: 'sum', args: [{ col: 'num1' }] },
        { name: 'most', fn: 'max', args: [{ col: 'num1' }] },
      ],
    },
  ],
  output: 'totals',
}
const JOB: StreamJob = { topic: 'updates', assets: [{ name: 'totals', plan: lowerPlan(checkPlan(PLAN)) }] }
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition)

const [what, path, keysText] = process.argv.slice(2)
const keys = Number(keysText)
const chance = new EventChance(1).begin(keys)
const log = openLog({ path })
await log.openTopic('updates', { partitions: PARTITIONS })
if (what === 'build') await build()
else process.stdout.write(JSON.stringify(await restoreAndUpdate()))
await log.close()

async function build(): Promise<void> {
  for (let from = 0; from < keys; from += BUILD_ROWS)
    await append(Array.from({ length: Math.min(BUILD_ROWS, keys - from) }, (_, i) => from + i))
  await runPartitions({ log, job: JOB, partitions: ALL, pace: 'bulk', until: () => ends(log) })
}

async function restoreAndUpdate(): Promise<object> {
  const timed = new TimedLog(log)
  const started = performance.now()
  await runPartitions({ log, job: JOB, partitions: ALL, pace: 'live', until: () => ends(log) })
  const restoreSeconds = (performance.now() - started) / 1000
  let updates = 0
  let isOver = false
  const running = runPartitions({
    log: timed,
    job: JOB,
    partitions: ALL,
    pace: 'live',
    until: () => (isOver ? ends(log) : undefined),
  })
  const begun = performance.now()
  while (performance.now() - begun < UPDATE_SECONDS * 1000) {
    await append(Array.from({ length: UPDATE_ROWS }, () => chance.below(keys)))
    updates += UPDATE_ROWS
    await new Promise((resolve) => setTimeout(resolve, UPDATE_EVERY_MS))
  }
  isOver = true
  await running
  const seconds = (performance.now() - begun) / 1000
  return { restore_seconds: restoreSeconds, updates_per_second: Math.round(updates / seconds), ...timed.figures() }
}

async function append(keysOfRows: readonly number[]): Promise<void> {
  const rows = keysOfRows.map((key): Value[] => [0, 'input', 0, 0, 1, '', 0, 0, key, chance.below(1_000_000)])
  const batch = batchFromRows(FIELDS, rows)
  const parts = splitByPartition(batch, keyPartitions(batch, ['key1'], PARTITIONS), PARTITIONS)
  await log.transact((transaction) => {
    for (const partition of ALL)
      transaction.append({ topic: 'updates', partition, batch: parts[partition] ?? emptyBatch(FIELDS), watermarkAfter: 0, ingestedAt: 0 })
  })
}

function ends(of: EventLog): number[] {
  return ALL.map((partition) => of.range('updates', partition).next)
}
