// DuckDB alone over an access log, in a process of its own: node bench/weblogs-peer.ts INPUT OUTPUT
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { openDuckdb } from '@millrace/engine-duckdb'
import { factsOf, factsSql } from './weblogs/window-facts.ts'

const THREADS = 2
/** DuckDB's own default. */
const MEMORY_SHARE = 0.8

const [input, output] = process.argv.slice(2)
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const started = performance.now()
const duckdb = await openDuckdb({ threads: THREADS, memoryMax: totalmem() * MEMORY_SHARE, tempDir: join(dirname(output), 'spill') })
await duckdb.with(async (connection) => {
  await connection.run(`set variable input = ${quoted(input)}`)
  await connection.run(`set variable output = ${quoted(output)}`)
  await connection.run(readFileSync(join(import.meta.dirname, 'weblogs.sql'), 'utf8'))
  const seconds = (performance.now() - started) / 1000
  const facts = factsOf((await connection.runAndReadAll(factsSql(`read_parquet(${quoted(output)})`))).getRows()[0])
  const [[version]] = (await connection.runAndReadAll('select version()')).getRows()
  process.stdout.write(JSON.stringify({ seconds, facts, version: String(version), threads: THREADS }))
})
duckdb.close()
