// node bench/nexmark-parquet.ts QUERY FOLDER [--digest | --sums]: the stream engine runs a query over Parquet files, without a log; a JSON document to stdout.
import { checkPlan } from '@millrace/core'
import { openDuckdb } from '@millrace/engine-duckdb'
import { QUERIES } from '../examples/nexmark/query/index.ts'
import { cpuSecondsSince } from './measure/cpu-seconds.ts'
import { CountedRun, type Told } from './nexmark/counted-run.ts'
import { ParquetRecords } from './nexmark/parquet-records.ts'

const MEMORY_BYTES_MAX = 1024 ** 3
const DUCKDB_THREADS = 1

const [name, folder, flag] = process.argv.slice(2)
const plan = checkPlan(QUERIES.find((query) => query.name === name)?.plan as Parameters<typeof checkPlan>[0])
const run = new CountedRun(name, plan, { partitions: 1, told: flag as Told })
const duckdb = await openDuckdb({ memoryMax: MEMORY_BYTES_MAX, threads: DUCKDB_THREADS })

const started = performance.now()
const cpu = process.cpuUsage()
const open: ParquetRecords[] = []
for (const source of plan.sources.values()) {
  const records = new ParquetRecords(duckdb, source, { folder, columns: run.columnsOf(source.name) })
  if (await records.readOn()) open.push(records)
}
// The source that is furthest behind goes first, so that no operator has to hold what it waits with.
while (open.length > 0) {
  const first = open.reduce((least, one) => (one.arrival < least.arrival ? one : least))
  await run.push(first.source, 0, first.take())
  if (!(await first.readOn())) open.splice(open.indexOf(first), 1)
}
await run.finish()
const seconds = (performance.now() - started) / 1000
const cpuSeconds = cpuSecondsSince(cpu)
duckdb.close()
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, written: run.written, ...run.told }))
