import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Expr } from '@millrace/core'
import { openLake } from '@millrace/lake'
import { openStore } from '@millrace/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DevProcess, Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from '../source/source-project.ts'
import { SLICED_VIEWS } from '../view/sliced-views.ts'

const { MILLRACE_KAFKA: BROKERS = '', MILLRACE_FLINK_GATEWAY: GATEWAY = '', MILLRACE_FLINK_REST: JOB_MANAGER = '' } = process.env
const SERVERS = { BROKERS, GATEWAY, JOB_MANAGER }
const CASE_MS_MAX = 900_000
const LOOK_MS = 200
const LONG = process.env.MILLRACE_LONG_TESTS === '1'

const at = (hours: number): string => new Date(Date.UTC(2026, 2, 1) + hours * 3_600_000).toISOString()
const HOUR = ['--from', at(1), '--to', at(2)]

/** The settings of the project, with a Flink cluster that is told so much more. */
function config(flink: string): string {
  return `import { defineProject, env } from 'millrace'
export default defineProject({
  name: 'orders',
  environments: {
    scaled: { kafka: { brokers: env('BROKERS') }, flink: { gateway: env('GATEWAY'), jobManager: env('JOB_MANAGER'), ${flink} } },
  },
})
`
}

const VIEWS = `${SLICED_VIEWS}export const hourly = m.table('hourly', { partition: m.hourly(), sql: ({ slice }) => m.sql\`
  select date_trunc('hour', ordered_at) as hour, sum(total) as revenue from \${orders} where \${slice.on('ordered_at')} group by 1\` })
`
/** Rows that are records, and pairs of rows (the first of windows are below); all ways of a row in the long form. */
const SLICED = LONG ? ['dear', 'per_shop', 'visits', 'running', 'single', 'pairs', 'recent', 'best'] : ['pairs']

interface Slice {
  readonly state: string
  readonly changed: number
  readonly error: string | null
}

interface Document {
  readonly backfill: Readonly<Record<string, unknown>>
  readonly slices: readonly Slice[]
  readonly error?: Readonly<Record<string, unknown>>
}

describe('a backfill on Flink', { timeout: CASE_MS_MAX }, () => {
  const bench = new Workbench({
    ...orderProject("m.files('in/*.jsonl', { format: 'json-lines' })"),
    'millrace.config.ts': config(''),
  })
  let input = ''
  let namespace = ''
  const args = (name: string, ...more: readonly string[]) => [
    ...['backfill', name, ...HOUR, ...more, '--input', input, '--env', 'scaled', '--json'],
  ]
  const run = (name: string, ...more: readonly string[]) => bench.run(args(name, ...more), SERVERS)
  const backfill = async (name: string, ...more: readonly string[]): Promise<Document> =>
    JSON.parse((await run(name, ...more)).stdout) as Document
  const digest = async (name: string) => (await bench.json(['digest', '--input', input, '--env', 'scaled', '--asset', name])).tables[name]
  const lakeFolder = () => join(bench.state, 'lake')
  /** States of the jobs for a view's slices, those that have ended too. */
  const jobsOf = async (view: string): Promise<readonly string[]> => {
    const { jobs } = (await (await fetch(`${JOB_MANAGER}/jobs/overview`)).json()) as { jobs: { name: string; state: string }[] }
    return jobs.filter(({ name }) => name.includes(` ${namespace} ${view} `)).map(({ state }) => state)
  }

  /** Takes the rows of an hour and a half out of a table. */
  async function emptied(name: string): Promise<void> {
    const where: Expr = {
      fn: 'between',
      args: [{ col: '_event_time' }, ...[at(1), at(1.999)].map((lit) => ({ lit, type: 'timestamp' }))],
    }
    const store = await openStore({ stateDir: bench.state })
    const lake = await openLake({ pool: store.pool, catalog: 'millrace', warehouse: lakeFolder() })
    await lake.overwrite({ namespace, table: name }, { where, batches: [], beneath: true })
    await lake.close()
    await store.close()
  }

  beforeAll(async () => {
    bench.write('views.ts', `import * as m from 'millrace'\nimport { orders } from './orders.ts'\nconst { t } = m\n${VIEWS}`)
    await bench.run(['start'])
    input = bench.write('in/a.jsonl', `${orderLines(0, 9_000)}${orderLines(0, 50)}`)
    const { status, stdout } = await bench.run(['run', '--input', input, '--env', 'scaled', '--json'], SERVERS)
    expect(status, stdout).toBe(0)
    namespace = (await bench.json(['tables', '--input', input, '--env', 'scaled'])).namespace
  }, CASE_MS_MAX)
  afterAll(() => bench.close())

  it.each(SLICED)('gives back lost rows of %s, as DuckDB finds them', async (name) => {
    const before = await digest(name)
    await emptied(name)
    expect(await digest(name)).not.toEqual(before)
    const document = await backfill(name, '--engine', 'flink')
    expect(document).toMatchObject({ backfill: { engine: 'flink' }, slices: [{ state: 'done', error: null }] })
    expect(document.slices[0].changed).toBeGreaterThan(0)
    expect(await digest(name)).toEqual(before)
    expect(await backfill(name, '--engine', 'duckdb')).toMatchObject({ slices: [{ state: 'done', changed: 0 }] })
  })

  it('leaves the table as it was when it is killed on the way, and nothing of it is left when it has gone on', async () => {
    const before = await digest('best')
    await emptied('best')
    const lost = await digest('best')
    const known = (await jobsOf('best')).length
    const killed = new DevProcess([...args('best', '--engine', 'flink'), '--project', bench.project, '--state', bench.state], SERVERS)
    while ((await jobsOf('best')).length === known) await sleep(LOOK_MS)
    await killed.kill('SIGKILL')
    expect([lost, before]).toContainEqual(await digest('best'))
    expect(await backfill('best', '--engine', 'flink')).toMatchObject({ backfill: { resumed: true }, slices: [{ state: 'done' }] })
    expect(await digest('best')).toEqual(before)
    expect(await jobsOf('best')).not.toContain('RUNNING')
    expect(readdirSync(lakeFolder()).filter((name) => name.includes('_stage_'))).toEqual([])
  })

  it('is refused by name, before anything is begun, where Flink cannot', async () => {
    for (const name of ['halved', 'hourly'])
      expect(await backfill(name, '--engine', 'flink')).toMatchObject({
        error: { code: 'engine/unsupported', engines_that_can: expect.arrayContaining(['duckdb']) },
      })
    const { backfills } = await bench.json(['backfill', 'halved', '--list', '--input', input, '--env', 'scaled'])
    expect(backfills).toEqual([])
  })

  it('is chosen by the size of what a slice reads, and names a database that the cluster does not reach, without its password', async () => {
    bench.write('millrace.config.ts', config('backfill: { rowsMin: 1_000_000 }'))
    const small = await backfill('per_shop', '--dry-run')
    expect(small.backfill).toMatchObject({ engine: 'duckdb', largest_slice: { rows: expect.any(Number) } })
    bench.write('millrace.config.ts', config("backfill: { rowsMin: 1_000 }, database: 'postgresql://shop:hidden-word@127.0.0.1:9/no'"))
    expect(await backfill('halved', '--dry-run')).toMatchObject({ backfill: { engine: 'duckdb' } })
    const { status, stdout, stderr } = await run('per_shop')
    expect(JSON.parse(stdout)).toMatchObject({
      backfill: { engine: 'flink' },
      slices: [{ state: 'failed', error: expect.stringMatching(/does not reach.*127\.0\.0\.1:9\/no.*engine\/no-catalog/) }],
    })
    expect(status).toBe(2)
    expect(stdout + stderr).not.toContain('hidden-word')
    expect(await bench.run(['doctor', '--env', 'scaled', '--json'], SERVERS)).toMatchObject({
      status: 2,
      stdout: expect.not.stringContaining('hidden-word'),
    })
  })
})
