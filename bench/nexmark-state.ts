// node bench/nexmark-state.ts build|restore FOLDER KEYS: makes a state of so many keys in a log, or restores and updates it.
import { batchFromRows, type Value } from '@millrace/columnar'
import { runPartitions } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { EventChance } from '../examples/nexmark/generator/event-chance.ts'
import { ALL, appendUpdates, endsOf, FIELDS, PARTITIONS, TOPIC, updateJob } from './measure/update-log.ts'
import { TimedLog } from './nexmark/timed-log.ts'

const BUILD_ROWS = 20_000
/** Updates come this often, so many at a time. */
const UPDATE_EVERY_MS = 10
const UPDATE_ROWS = 200
const UPDATE_SECONDS = 10
const JOB = updateJob('totals', {
  window: { kind: 'all' },
  aggregates: [
    { name: 'rows', fn: 'count' },
    { name: 'total', fn: 'sum', args: [{ col: 'num1' }] },
    { name: 'most', fn: 'max', args: [{ col: 'num1' }] },
  ],
})

const [what, path, keysText] = process.argv.slice(2)
const keys = Number(keysText)
const chance = new EventChance(1).begin(keys)
const log = openLog({ path })
await log.openTopic(TOPIC, { partitions: PARTITIONS })
if (what === 'build') await build()
else process.stdout.write(JSON.stringify(await restoreAndUpdate()))
await log.close()

async function build(): Promise<void> {
  for (let from = 0; from < keys; from += BUILD_ROWS)
    await append(Array.from({ length: Math.min(BUILD_ROWS, keys - from) }, (_, i) => from + i))
  await runPartitions({ log, job: JOB, partitions: ALL, pace: 'bulk', until: () => endsOf(log) })
}

async function restoreAndUpdate(): Promise<object> {
  const timed = new TimedLog(log)
  const started = performance.now()
  await runPartitions({ log, job: JOB, partitions: ALL, pace: 'live', until: () => endsOf(log) })
  const restoreSeconds = (performance.now() - started) / 1000
  let updates = 0
  let isOver = false
  const running = runPartitions({
    log: timed,
    job: JOB,
    partitions: ALL,
    pace: 'live',
    until: () => (isOver ? endsOf(log) : undefined),
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

function append(keysOfRows: readonly number[]): Promise<void> {
  const rows = keysOfRows.map((key): Value[] => [0, 'input', 0, 0, 1, '', 0, 0, key, chance.below(1_000_000)])
  return appendUpdates(log, batchFromRows(FIELDS, rows))
}
