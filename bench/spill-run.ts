// node --expose-gc bench/spill-run.ts FOLDER KEYS BUDGET: counts and sums of so many keys within a budget of bytes (0: none), from a new log.
import { type Batch, type Column, emptyBatch } from '@millrace/columnar'
import { runPartitions } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { ALL, appendUpdates, endsOf, FIELDS, PARTITIONS, TOPIC, updateJob } from './measure/update-log.ts'

const WRITE_ROWS = 50_000
/** Rows come twice for each key, in another order. */
const ROUNDS = 2
const STRIDE = 7919
/** Memory is looked at this often. */
const LOOK_EVERY_MS = 250
const SWEEP_MS = 100
const JOB = updateJob('hours', {
  window: { kind: 'tumbling', size_ms: 3_600_000 },
  aggregates: [
    { name: 'rows', fn: 'count' },
    { name: 'total', fn: 'sum', args: [{ col: 'num1' }] },
  ],
})

const [path, keysText, budgetText] = process.argv.slice(2)
const keys = Number(keysText)
const budget = Number(budgetText)
const job = budget === 0 ? JOB : { ...JOB, stateBytes: budget / PARTITIONS }
const log = openLog({ path })
await log.openTopic(TOPIC, { partitions: PARTITIONS })
for (let round = 0; round < ROUNDS; round++)
  for (let from = 0; from < keys; from += WRITE_ROWS) await appendUpdates(log, rowsFrom(from, round))

const base = await memory()
let peak = 0
let lookedAt = performance.now()
const started = performance.now()
const run = await runPartitions({ log, job, partitions: ALL, pace: 'bulk', until: () => endsOf(log), onProgress: look })
const seconds = (performance.now() - started) / 1000
const held = (await memory()) - base
let given = 0
let total = 0
await run.closeAside({
  onBatch: ({ topic, batch }) => {
    if (topic !== 'hours') return
    given += batch.rows
    const { values } = batch.columns[batch.fields.findIndex(({ name }) => name === 'rows')] as Column & { readonly kind: 'double' }
    for (const count of values) total += count
  },
})
const closed = (performance.now() - started) / 1000 - seconds
process.stdout.write(JSON.stringify({ seconds, closed, held, peak: Math.max(peak, held), rows: given, total }))
await log.close()

/** What arrays and objects take, garbage collected; arrays are let go a little later. */
async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, SWEEP_MS))
  }
  return used()
}

function collect(): void {
  ;(globalThis as { gc?: () => void }).gc?.()
}

function used(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

/** Some garbage is still counted here. */
function look(): void {
  if (performance.now() - lookedAt < LOOK_EVERY_MS) return
  collect()
  peak = Math.max(peak, used() - base)
  lookedAt = performance.now()
}

function rowsFrom(from: number, round: number): Batch {
  const rows = Math.min(WRITE_ROWS, keys - from)
  const number = (value: (row: number) => number): Float64Array => Float64Array.from({ length: rows }, (_, row) => value(from + row))
  const values: Readonly<Record<string, Float64Array>> = {
    ts1: number((row) => row / 10),
    key1: number((row) => (row * (round === 0 ? 1 : STRIDE)) % keys),
    num1: number((row) => row % 1000),
  }
  const base = emptyBatch(FIELDS)
  const columns = FIELDS.map(({ name }, place): Column => {
    const { kind } = base.columns[place]
    const column = values[name] ?? new Float64Array(rows)
    if (kind === 'timestamp' || kind === 'double') return { kind, values: column, nulls: null }
    if (kind === 'int64') return { kind, safe: true, values: column, nulls: null }
    if (kind === 'int32') return { kind, values: Int32Array.from(column), nulls: null }
    return {
      ...(base.columns[place] as Column & { readonly kind: 'string' }),
      codes: new Int32Array(rows),
      nulls: new Uint8Array(rows).fill(1),
    }
  })
  return { rows, fields: FIELDS, columns }
}
