import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { madeLog } from '../harness/log-text.ts'
import { Random } from '../harness/random.ts'
import { document, StateFolder } from '../harness/state-folder.ts'

// What `tables` shows agrees with what the tables hold, and what it changes is seen by everything that reads.

const folder = new StateFolder()
const log = (seed: number, from: number) =>
  madeLog(new Random(seed), { lines: 400, from, stepMs: 1000, disorderMs: 1000, addresses: 4, oddShare: 0 })
const NOON = Date.UTC(2026, 3, 1, 12)
let input: string

beforeAll(async () => {
  await folder.keepServices()
  input = folder.write('access.log', log(1, NOON))
  await folder.run(input)
}, 120_000)
afterAll(() => folder.close())

const json = async <T>(...args: readonly string[]): Promise<T> => document<T>(await folder.command([...args, '--json']))
const failure = async (...args: readonly string[]) => {
  const outcome = await folder.command([...args, '--json'])
  return { status: outcome.status, error: (JSON.parse(outcome.stdout) as { error: { code: string; message: string } }).error }
}
const rows = async (sql: string) => (await json<{ rows: unknown[][] }>('sql', sql)).rows

interface Line {
  readonly table: string
  readonly snapshots: number
  readonly files: number
  readonly rows: number
  readonly bytes: number
  readonly tags: readonly string[]
}
interface Detail extends Line {
  readonly columns: readonly { readonly name: string }[]
  readonly partition_specs: readonly { readonly files: number }[]
  readonly current_snapshot: string
  readonly snapshots: never
}
const requests = async () => (await json<{ tables: Line[] }>('tables')).tables.find(({ table }) => table === 'requests') as Line

describe('`tables`', () => {
  it('shows each table of the scope with what it holds', async () => {
    const { tables } = await json<{ tables: Line[] }>('tables')
    expect(tables.map(({ table }) => table)).toEqual(['ip_activity', 'ip_activity__late', 'requests', 'requests__dead_letters'])
    for (const { table, rows: held } of tables) expect(await rows(`select count(*) from ${table}`)).toEqual([[held]])
    const text = (await folder.command(['tables'])).stdout
    expect(text).toMatch(/^table +snapshots +files +rows +bytes +committed/)
  })

  it('shows everything of one table', async () => {
    const detail = await json<Record<string, never> & Detail>('tables', 'requests')
    expect(Object.keys(detail).sort()).toEqual([
      'bytes',
      'columns',
      'committed_at',
      'current_snapshot',
      'file_bytes',
      'files',
      'location',
      'namespace',
      'partition_by',
      'partition_specs',
      'rows',
      'snapshots',
      'table',
      'tags',
    ])
    expect(detail.columns.map(({ name }) => name)).toContain('event_time')
    expect(detail.partition_specs.map(({ files }) => files)).toEqual([detail.files])
    expect((await folder.command(['tables', 'requests'])).stdout).toContain(detail.current_snapshot)
  })

  it('names what is not there', async () => {
    expect(await failure('tables', 'request')).toMatchObject({
      status: 1,
      error: { code: 'lake/unknown-table', message: expect.stringContaining('did you mean `requests`') },
    })
    expect(await failure('tables', 'expire', 'requests', '--older-than', 'long')).toMatchObject({
      status: 1,
      error: { code: 'project/bad-duration' },
    })
    expect(await failure('tables', 'compact', 'requests', '--sort', 'statuss')).toMatchObject({
      status: 1,
      error: { code: 'lake/unknown-column' },
    })
    expect(await failure('tables', 'tag', 'requests', 'v1', '--snapshot', '12')).toMatchObject({ error: { code: 'lake/unknown-snapshot' } })
    expect(await failure('sql', 'select 1 from requests for version as of nothing')).toMatchObject({ error: { code: 'lake/unknown-tag' } })
    expect(await failure('sql', "select 1 from requests for timestamp as of '1999-01-01'")).toMatchObject({
      error: { code: 'lake/unknown-snapshot' },
    })
  })

  it('refuses to take a column from those who need it, and changes what may be changed', async () => {
    expect(await failure('tables', 'alter', 'requests', '--drop', 'status')).toMatchObject({
      status: 1,
      error: { code: 'lake/column-needed', message: 'Column `status` cannot be dropped: `requests`, `ip_activity` need it.' },
    })
    expect(await failure('tables', 'alter', 'requests', '--rename', 'ip=address')).toMatchObject({ error: { code: 'lake/column-needed' } })
    expect(await failure('tables', 'alter', 'requests', '--widen', 'path:int64')).toMatchObject({ error: { code: 'lake/not-wider' } })
    expect(await failure('tables', 'alter', 'requests', '--rename', 'ip')).toMatchObject({ error: { code: 'cli/usage' } })
    expect(await failure('tables', 'alter', 'requests')).toMatchObject({ error: { code: 'cli/usage' } })
    expect(await failure('tables', 'alter', 'requests', '--partition-by', 'day(ip)')).toMatchObject({
      error: { code: 'lake/unknown-partition' },
    })
    const altered = await json<{ partition_by: string[] }>(
      'tables',
      'alter',
      'requests',
      '--partition-by',
      'day(event_time), bucket(2, ip)',
    )
    expect(altered.partition_by).toEqual(['day(event_time)', 'bucket(2, ip)'])
    await json('tables', 'alter', 'ip_activity__late', '--add', 'note:string', '--move', 'note:first')
    const changed = await json<{ columns: { name: string }[] }>('tables', 'alter', 'ip_activity__late', '--rename', 'note=remark')
    expect(changed.columns[0].name).toBe('remark')
    await json('tables', 'alter', 'ip_activity__late', '--drop', 'remark')
  })

  it('tags what `sql` reads later, compacts and expires, and a grown input goes on from there', async () => {
    const before = await requests()
    await json('tables', 'tag', 'requests', 'first')
    const then = new Date().toISOString()
    appendFileSync(input, log(2, NOON + 400_000))
    const grown = await folder.run(input)
    const history = [
      'select count(*) from requests for version as of first',
      `select count(*) from requests for timestamp as of '${then}' where status is not null`,
    ]
    for (const sql of history) expect(await rows(sql)).toEqual([[before.rows]])
    expect(
      await rows(
        'select n.c - o.c from (select count(*) c from requests) n, (select count(*) c from requests for version as of first r) o',
      ),
    ).toEqual([[grown.input.decoded - before.rows]])
    await json('tables', 'compact', 'requests', '--sort', 'ip,event_time')
    const digest = await folder.digest(input)
    const expired = await json<{ expired: string[] }>('tables', 'expire', 'requests', '--older-than', '0s')
    expect(expired.expired.length).toBeGreaterThan(0)
    expect((await requests()).tags).toEqual(['first'])
    expect(await rows(history[0])).toEqual([[before.rows]])
    expect(await folder.digest(input)).toEqual(digest)
    await json('tables', 'untag', 'requests', 'first')
    expect((await requests()).tags).toEqual([])
    appendFileSync(input, log(3, NOON + 800_000))
    const again = await folder.run(input)
    const whole = await folder.run(
      folder.write('whole.log', Buffer.concat([log(1, NOON), log(2, NOON + 400_000), log(3, NOON + 800_000)])),
      '--replace',
    )
    expect(again.assets).toEqual(whole.assets)
    expect(await rows('select count(*) from requests')).toEqual([[again.input.decoded]])
  }, 120_000)
})
