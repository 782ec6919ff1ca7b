// node bench/nexmark-peer.ts QUERY FOLDER [--digest]: DuckDB runs a query's plan over Parquet, into Parquet; a JSON document to stdout.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPlan } from '@millrace/core'
import { openDuckdb, printPlan, runPlan } from '@millrace/engine-duckdb'
import { QUERIES } from '../examples/nexmark/query/index.ts'
import { cpuSecondsSince } from './measure/cpu-seconds.ts'
import { RowDigest } from './nexmark/row-digest.ts'

const MEMORY_BYTES_MAX = 4 * 1024 ** 3
const THREADS = 2

const [name, folder, flag] = process.argv.slice(2)
const plan = checkPlan(QUERIES.find((query) => query.name === name)?.plan as Parameters<typeof checkPlan>[0])
const options = { mode: 'as_served', sources: (source: string) => `read_parquet('${join(folder, `${source}.parquet`)}')` } as const
const scratch = mkdtempSync(join(tmpdir(), 'millrace-bench-nexmark-'))
try {
  const duckdb = await openDuckdb({ memoryMax: MEMORY_BYTES_MAX, threads: THREADS, tempDir: join(scratch, 'spill') })
  const { seconds, cpuSeconds, digest, version } = await duckdb.with(async (connection) => {
    const { sql } = printPlan(plan, options)
    const started = performance.now()
    const cpu = process.cpuUsage()
    await connection.run(`COPY (${sql}) TO '${join(scratch, 'rows.parquet')}' (FORMAT parquet)`)
    const took = (performance.now() - started) / 1000
    const cpuSeconds = cpuSecondsSince(cpu)
    const [[found]] = await (await connection.run('SELECT version()')).getRows()
    const rows = new RowDigest()
    if (flag === '--digest') for await (const chunk of runPlan(connection, plan, options).rows) for (const row of chunk) rows.add(row)
    return { seconds: took, cpuSeconds, digest: flag === '--digest' ? rows.text : null, version: String(found) }
  })
  process.stdout.write(JSON.stringify({ seconds, cpuSeconds, digest, version, threads: THREADS }))
  duckdb.close()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
