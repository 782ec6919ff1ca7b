import { spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf, type Expectation, expectationOf, windowCells } from '../harness/checker/expectation.ts'
import { type RunDocument, wholeInput } from '../harness/document.ts'
import { madeLog } from '../harness/log-text.ts'
import { serverOf } from '../harness/process-group.ts'
import { CONFIGURATION, exampleWith, ProjectFolder } from '../harness/project-folder.ts'
import { Random } from '../harness/random.ts'
import { document, StateFolder } from '../harness/state-folder.ts'

// The documents that commands print have the fields that are fixed, and what they say agrees among each other.

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const HASH = /^sha256:[0-9a-f]{64}$/
const CASE_MS_MAX = 60_000
const log = madeLog(new Random(51), {
  lines: 2_500,
  from: Date.UTC(2026, 3, 1, 12),
  stepMs: 300,
  disorderMs: 400_000,
  addresses: 4,
  oddShare: 0.05,
})
const folder = new StateFolder()
let url: string
let expected: Expectation
let input: string
let run: RunDocument

beforeAll(async () => {
  url = await folder.keepServices()
  expected = expectationOf(log)
  input = folder.write('access.log', log)
  run = await folder.run(input)
}, 120_000)

afterAll(() => folder.close())

const json = async <T>(...args: readonly string[]): Promise<T> => document<T>(await folder.command([...args, '--json']))
const keys = (value: object): string[] => Object.keys(value).sort()
const EVIDENCE = ['distinct_paths', 'errors', 'failed_logins', 'hits', 'response_bytes']

describe('`run --json`', () => {
  it('has the fixed fields', () => {
    expect(keys(run)).toEqual(['alerts', 'assets', 'input', 'run', 'seconds', 'top'])
    expect(keys(run.run)).toEqual(['engine', 'id', 'project', 'resumed'])
    expect(keys(run.input)).toEqual([
      'blank',
      'bytes',
      'dead_letters',
      'decoded',
      'first_event',
      'last_event',
      'lines',
      'name',
      'new_lines',
      'reasons',
      'sha256',
    ])
    expect(keys(run.assets)).toEqual(['ip_activity'])
    expect(keys(run.assets.ip_activity)).toEqual(['keys', 'late', 'late_memberships', 'rows', 'rows_counted', 'rows_in'])
    expect(keys(run.top[0])).toEqual([...EVIDENCE, 'ip'].sort())
    expect(run.seconds).toBeGreaterThan(0)
    for (const time of [run.input.first_event, run.input.last_event]) expect(time).toMatch(ISO)
  })

  it('has alerts with the fixed fields and distinct ids', () => {
    expect(run.alerts.length).toBeGreaterThan(0)
    for (const alert of run.alerts) {
      expect(keys(alert)).toEqual([
        'asset',
        'evidence',
        'id',
        'key',
        'model',
        'runbook',
        'sample_offsets',
        'score',
        'window_end',
        'window_start',
      ])
      expect(keys(alert.evidence)).toEqual(EVIDENCE)
      expect([alert.window_start, alert.window_end].every((time) => ISO.test(time))).toBe(true)
    }
    expect(new Set(run.alerts.map((alert) => alert.id)).size).toBe(run.alerts.length)
  })

  it('says of a log without one good line that there is no first and no last event', async () => {
    const content = Buffer.from('no log\n\n')
    const empty = await folder.run(folder.write('nothing.log', content))
    expect(wholeInput(empty)).toEqual(expectationOf(content).document)
    expect(empty).toMatchObject({ input: { first_event: null, last_event: null, decoded: 0 }, top: [], alerts: [] })
  })
})

describe('worker counts and pipes', () => {
  it(
    'change neither document nor tables: 1, 2 and 4 workers, and a named pipe',
    async (context) => {
      for (const workers of ['1', '2', '4']) {
        const other = await folder.run(input, '--workers', workers, '--env', `w${workers}`)
        expect(wholeInput(other)).toEqual(expected.document)
        expect(other.input.new_lines).toBe(other.input.lines)
        expect(await folder.digest(input, '--env', `w${workers}`)).toEqual(expected.tables)
      }
      const pipe = join(folder.files, 'pipe')
      if (spawnSync('mkfifo', [pipe]).status !== 0) context.skip('named pipes cannot be made here')
      const writer = spawn('cat', [input], { stdio: ['ignore', 'pipe', 'inherit'] })
      const feeding = spawn('sh', ['-c', 'cat > "$0"', pipe], { stdio: [writer.stdout, 'ignore', 'inherit'] })
      expect(wholeInput(await folder.run(pipe))).toEqual(expected.document)
      feeding.kill()
    },
    CASE_MS_MAX,
  )
})

describe('`sql --json`', () => {
  it('has the fixed fields, prints values as fixed and stops at the limit', async () => {
    const result = await folder.sql(
      "select timestamptz '2026-04-01 12:00:00.123456Z' as t, 9007199254740993 as wide, 9007199254740991 as safe, 1.50::decimal(5,2) as d, 'a\"b'::blob as b, 'nan'::double as n, null as z",
      '--input',
      input,
    )
    expect(keys(result)).toEqual(['columns', 'row_count', 'rows', 'seconds', 'truncated'])
    expect(result.rows).toEqual([['2026-04-01T12:00:00.123Z', '9007199254740993', 9007199254740991, '1.50', 'YSJi', null, null]])
    expect(result.columns.slice(0, 5)).toEqual([
      { name: 't', type: 'timestamp' },
      { name: 'wide', type: 'int64' },
      { name: 'safe', type: 'int64' },
      { name: 'd', type: 'decimal(5,2)' },
      { name: 'b', type: 'bytes' },
    ])
    expect(await folder.sql('select ip from requests', '--input', input, '--limit', '7')).toMatchObject({ row_count: 7, truncated: true })
  })

  it('leaves system columns out of `select *` and gives them by name', async () => {
    const { columns, rows } = await folder.sql('select * from ip_activity order by all limit 10000', '--input', input, '--limit', '100000')
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'window_start timestamp',
      'window_end timestamp',
      'ip string',
      'hits int64',
      'errors int64',
      'failed_logins int64',
      'distinct_paths int64',
      'response_bytes int64',
    ])
    expect(digestOf(rows)).toEqual(expected.tables.ip_activity)
    expect((await folder.sql('select min(_arrival), max(_offset) from requests', '--input', input)).rows).toEqual([
      [expected.log.rows[0].arrival, expected.log.rows.at(-1)?.offset],
    ])
  })
})

describe('`digest --json`', () => {
  it('prints rows and SHA-256 of every table, or of one', async () => {
    expect(await json('digest', '--input', input)).toEqual({ tables: expected.tables })
    expect(await json('digest', '--input', input, '--asset', 'requests')).toEqual({ tables: { requests: expected.tables.requests } })
  })
})

interface Explained {
  readonly sql: string
  readonly late_sql: string
}

/** Rows that DuckDB alone gives for a statement, as JSON values. */
async function duckdbRows(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(
    `SELECT COLUMNS(*)::VARCHAR FROM (SELECT * REPLACE (epoch_ms(window_start) AS window_start, epoch_ms(window_end) AS window_end) FROM (${sql}))`,
  )
  const rows = reader.getRows()
  connection.closeSync()
  instance.closeSync()
  return rows as unknown[][]
}

describe('`explain --json`', () => {
  it('prints SQL that gives, run by DuckDB alone, the rows of the table', async () => {
    const explained = await json<Explained & { plan_hash: string }>('explain', '--asset', 'ip_activity', '--input', input)
    expect(explained).toMatchObject({
      asset: 'ip_activity',
      engine: 'duckdb',
      mode: 'as_served',
      plan_hash: expect.stringMatching(HASH) as unknown,
    })
    const rows = (await duckdbRows(explained.sql)).map(([start, end, ip, ...figures]) => [
      iso(start),
      iso(end),
      ip,
      ...figures.map((one) => (one === null ? null : exact(one))),
    ])
    expect(digestOf(rows)).toEqual(expected.tables.ip_activity)
  })

  it('prints SQL without the late rule in mode exact', async () => {
    const { sql } = await json<Explained>('explain', '--asset', 'ip_activity', '--mode', 'exact', '--input', input)
    const hits = (await duckdbRows(sql)).reduce((sum, row) => sum + Number(row[3]), 0)
    expect(expected.document.assets.ip_activity.late_memberships).toBeGreaterThan(0)
    expect(hits).toBe(expected.document.input.decoded * 5)
  })

  it('of an alert selects the rows of the view that raise it', async () => {
    const { sql } = await json<Explained>('explain', '--asset', 'attacks', '--input', input)
    const raising = expected.activity.windows.filter((row) => row.hits > 600 || row.failed_logins > 20 || row.distinct_paths > 300)
    expect(raising.length).toBeGreaterThan(0)
    expect((await duckdbRows(sql)).map((row) => `${iso(row[0])} ${row[2]}`).sort()).toEqual(
      raising.map((row) => `${windowCells(row)[0]} ${row.ip}`).sort(),
    )
  })
})

function iso(ms: unknown): string {
  return new Date(Number(ms)).toISOString()
}

function exact(text: unknown): number | string {
  return Number.isSafeInteger(Number(text)) ? Number(text) : String(text)
}

describe('`compile --json`', () => {
  it('prints one plan, the same every time, and a hash that changes with the definition', async () => {
    const plan = await json<{
      millrace_plan: number
      hash: string
      sources: readonly { name: string }[]
      nodes: readonly unknown[]
      output: string
    }>('compile', '--asset', 'ip_activity')
    expect(plan).toMatchObject({
      millrace_plan: 1,
      hash: expect.stringMatching(HASH) as unknown,
      sources: [{ name: 'requests', event_time: 'event_time', key: ['ip'], watermark_delay_ms: 30_000, late: 'keep' }],
    })
    expect(plan.nodes).toMatchObject([
      { kind: 'scan', source: 'requests' },
      { kind: 'window-aggregate', keys: ['ip'], window: { kind: 'hopping', size_ms: 300_000, every_ms: 60_000 } },
    ])
    expect(await json('compile', '--asset', 'ip_activity')).toEqual(plan)
    const all = await json<{ project: string; assets: readonly { name: string; kind: string; hash: string }[] }>('compile')
    expect(all.assets.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
      'alert attacks',
      'features ip_activity',
      'stream requests',
    ])
    expect(all.assets.find((asset) => asset.name === 'ip_activity')?.hash).toBe(plan.hash)
  })
})

describe('a definition that has changed', () => {
  it(
    'makes the next run compute everything anew, and the document is that of the new definition',
    async () => {
      const changed = new ProjectFolder({
        'millrace.config.ts': CONFIGURATION,
        'weblogs.ts': exampleWith('gte(r.status, 400)', 'gte(r.status, 500)'),
      })
      const other = new StateFolder({ project: changed.path, state: folder.state })
      const again = document<RunDocument>(await other.command(['run', '--input', input, '--json']))
      const errors = expected.log.rows.filter((row) => row.ip === again.top[0].ip && row.status >= 500).length
      expect(again.top[0].errors).toBe(errors)
      expect(again.input.new_lines).toBe(again.input.lines)
      expect(wholeInput(await folder.run(input))).toEqual(expected.document)
      changed.remove()
      rmSync(other.files, { recursive: true })
    },
    CASE_MS_MAX,
  )
})

describe('`start` and `stop`', () => {
  it(
    'say where services are, leave them running, and stop them',
    async () => {
      const started = await json<{ postgres: { url: string }; catalog: { name: string; url: string; warehouse: string } }>('start')
      expect(started.postgres.url).toBe(url)
      expect(started.catalog).toMatchObject({
        name: 'millrace',
        url: expect.stringMatching(/^postgresql:\/\//) as unknown,
        warehouse: expect.stringMatching(/\/lake\/?$/) as unknown,
      })
      expect(serverOf(folder.state)).toBeGreaterThan(0)
      expect(await json('stop')).toMatchObject({ stopped: true })
      expect(serverOf(folder.state)).toBeUndefined()
      expect(await json('stop')).toMatchObject({ stopped: false })
      expect((await folder.sql('select count(*) from requests', '--input', input)).row_count).toBe(1)
      expect(serverOf(folder.state), 'a command that started the server stops it').toBeUndefined()
    },
    CASE_MS_MAX,
  )
})
