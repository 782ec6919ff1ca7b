import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { cancelJobs, SERVERS, scaledConfig } from './scaled-project.ts'

const SIMULATE = join(import.meta.dirname, '../../../../examples/weblogs/simulator/simulate.ts')
const LOOK_MS = 5_000
const CASE_MS_MAX = 3_600_000
const PROJECT = `month-${randomUUID().slice(0, 8)}`
/** A month with MILLRACE_LONG_TESTS=1. */
const DAYS = process.env.MILLRACE_LONG_TESTS === '1' ? 30 : 1
/** Of the simulated lines one in so many: Flink has a core or two here. */
const ONE_IN = 10
const SEED = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 1_000))
console.info(`MILLRACE_SEED=${SEED}`)

interface Table {
  readonly rows: number
  readonly sha256: string
}

const bench = new Workbench()
afterAll(async () => {
  await cancelJobs(PROJECT)
  await bench.close()
})

/** Simulated days of a shop's log, thinned out; gives the number of lines. */
async function writeTraffic(): Promise<number> {
  const out = join(bench.folder, 'simulated')
  execFileSync(process.execPath, [SIMULATE, '--seed', String(SEED), '--days', String(DAYS), '--out', out])
  const kept: string[] = []
  let at = 0
  for await (const line of createInterface({ input: createReadStream(join(out, 'access.log')) })) if (at++ % ONE_IN === 0) kept.push(line)
  bench.write('logs/access.log', `${kept.join('\n')}\n`)
  return kept.length
}

async function tablesOf(env: string): Promise<Readonly<Record<string, Table>>> {
  return ((await bench.json(['digest', '--env', env])).tables as Readonly<Record<string, Table>> | undefined) ?? {}
}

it(`${DAYS} days of traffic give the same tables embedded and on Kafka and Flink`, { timeout: CASE_MS_MAX }, async () => {
  bench.write('millrace.config.ts', scaledConfig(PROJECT, { checkpointEvery: '2s', parallelism: 2 }))
  const lines = await writeTraffic()
  await bench.follow(lines)
  const expected = await tablesOf('dev')
  const session = bench.devWith(SERVERS, '--env', 'scaled', '--no-server')
  const isWhole = (found: Readonly<Record<string, Table>>): boolean =>
    Object.entries(expected).every(([name, { rows }]) => (found[name]?.rows ?? 0) >= rows)
  while (!isWhole(await tablesOf('scaled'))) {
    expect(session.of('problem')).toEqual([])
    await sleep(LOOK_MS)
  }
  await session.kill('SIGTERM')
  expect(await tablesOf('scaled')).toEqual(expected)
  const { requests, ip_activity } = expected
  console.info(`${DAYS} days: ${requests.rows} lines, ${ip_activity.rows} rows of features, equal`)
  expect(requests.rows).toBe(lines)
  expect(ip_activity.rows).toBeGreaterThan(lines / 2)
})
