// node bench/nexmark-parquet.ts QUERY FOLDER [--digest | --sums]: the stream engine runs a query over Parquet files, without a log; a JSON document to stdout.
import type { Batch } from '@millrace/columnar'
import { checkPlan } from '@millrace/core'
import { openDuckdb } from '@millrace/engine-duckdb'
import { changesIn, lowerPlan } from '@millrace/engine-stream'
import { QUERIES } from '../examples/nexmark/query/index.ts'
import { GraphRun } from '../packages/engine-stream/src/run/graph-run.ts'
import { groupGraph, stagePartitions } from '../packages/engine-stream/src/run/job-graph.ts'
import { cpuSecondsSince } from './measure/cpu-seconds.ts'
import { ColumnSums } from './nexmark/column-sums.ts'
import { ParquetRecords } from './nexmark/parquet-records.ts'
import { RowDigest } from './nexmark/row-digest.ts'

const MEMORY_BYTES_MAX = 1024 ** 3
const DUCKDB_THREADS = 1

const [name, folder, flag] = process.argv.slice(2)
const plan = checkPlan(QUERIES.find((query) => query.name === name)?.plan as Parameters<typeof checkPlan>[0])
const graph = groupGraph({ name, assets: [{ name, plan: lowerPlan(plan) }] })
const run = new GraphRun(graph, { mode: 'as_served', partitions: stagePartitions(graph, { ofSource: () => 1, most: 1 }) })
const duckdb = await openDuckdb({ memoryMax: MEMORY_BYTES_MAX, threads: DUCKDB_THREADS })

let written = 0
const digest = new RowDigest()
const sums = new ColumnSums(plan.output.fields)
const sink = {
  onOutput: (_: string, __: number, batches: readonly Batch[]): void => {
    for (const batch of batches) {
      written += batch.rows
      if (flag === undefined) continue
      const into = flag === '--sums' ? sums : digest
      for (const { op, values } of changesIn(batch, plan.output.fields)) into.add(values, op === '+I' || op === '+U' ? 1 : -1)
    }
  },
  onLate: (): void => {},
  onDead: (): void => {},
}

/** Columns of a source that the operators ask for. */
function columnsOf(source: string): ReadonlySet<string> {
  return new Set(
    graph.stages.flatMap((stage) => {
      const port = stage.sources.indexOf(source)
      return port < 0 ? [] : run.runners[stage.ordinal][0].ports[port].columns
    }),
  )
}

const started = performance.now()
const cpu = process.cpuUsage()
const open: ParquetRecords[] = []
for (const source of plan.sources.values()) {
  const records = new ParquetRecords(duckdb, source, { folder, columns: columnsOf(source.name) })
  if (await records.readOn()) open.push(records)
}
// The source that is furthest behind goes first, so that no operator has to hold what it waits with.
while (open.length > 0) {
  const first = open.reduce((least, one) => (one.arrival < least.arrival ? one : least))
  run.push(first.source, 0, first.take())
  await run.drain(sink)
  if (!(await first.readOn())) open.splice(open.indexOf(first), 1)
}
await run.finish(sink)
const seconds = (performance.now() - started) / 1000
const cpuSeconds = cpuSecondsSince(cpu)
duckdb.close()
const told = flag === '--sums' ? { sums: sums.sums } : { digest: flag === '--digest' ? digest.text : null }
process.stdout.write(JSON.stringify({ seconds, cpuSeconds, written, ...told }))
