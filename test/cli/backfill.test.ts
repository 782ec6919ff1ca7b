import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Expr } from '@millrace/core'
import { openLake } from '@millrace/lake'
import { openStore } from '@millrace/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningCommand } from '../harness/command.ts'
import type { Digest } from '../harness/document.ts'
import { accessLine, madeLog } from '../harness/log-text.ts'
import { killGroup } from '../harness/process-group.ts'
import { Random } from '../harness/random.ts'
import { document, StateFolder } from '../harness/state-folder.ts'

// A backfill gives every row of its stretch and touches no other, whatever stood there, whatever kills it, whoever writes beside it.

interface BackfillDocument {
  readonly backfill: { readonly id: string | null; readonly resumed: boolean; readonly until: string | null }
  readonly slices: readonly {
    readonly from: string
    readonly state: string
    readonly attempts: number
    readonly rows: number | null
    readonly changed: number | null
    readonly snapshot: string | null
  }[]
}

const DAY_MS = 86_400_000
const FROM = Date.UTC(2026, 3, 1)
const day = (number: number): string => new Date(FROM + number * DAY_MS).toISOString()
const MIDDLE = ['--from', day(1), '--to', day(2)]
const ALL = ['--from', day(0), '--to', day(3)]
const CASE_MS_MAX = 120_000

const folder = new StateFolder()
let log: string
let whole: Digest

/** Three days with late lines; the stamp of the last line says that they are over. */
function threeDays(seed: number): Buffer {
  const plan = { lines: 3_000, from: FROM, stepMs: 250_000, disorderMs: 400_000, addresses: 6, oddShare: 0.01 }
  const last = [4, 4.1].map((days) => accessLine({ time: FROM + days * DAY_MS }))
  return Buffer.concat([madeLog(new Random(seed), plan), Buffer.from(`\n${last.join('\n')}\n`)])
}

const digest = async (): Promise<Digest> =>
  document<{ tables: Record<string, Digest> }>(await folder.command(['digest', '--asset', 'ip_activity', '--json'])).tables.ip_activity
const backfill = async (...args: readonly string[]): Promise<BackfillDocument> =>
  document(await folder.command(['backfill', 'ip_activity', ...args, '--json']))
const rowsOutside = async (from: string, to: string): Promise<unknown> =>
  (await folder.sql(`select * from ip_activity where not (window_end >= '${from}' and window_end < '${to}') order by all`)).rows

/** Follows the log until everything that is there is ingested. */
async function follow(lines: number): Promise<RunningCommand> {
  const running = folder.start(['up', '--from', log, '--no-server', '--json'])
  await new Promise<void>((resolve) => {
    createInterface({ input: running.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const told = JSON.parse(line) as { kind: string; status?: unknown; lines?: number }
      if (told.kind === 'status' && (told.lines ?? 0) >= lines) resolve()
    })
    void running.ended.then(() => resolve())
  })
  return running
}

/** Stops a session, and starts others where it did not come to the end of the log in the time that stopping takes. */
async function drained(running: RunningCommand): Promise<void> {
  running.child.kill('SIGTERM')
  const { status, stdout, stderr } = await running.ended
  expect(status, stderr).toBe(0)
  if (!stdout.includes('"drained":true')) await drained(await follow(0))
}

/** Takes rows out of the view's table behind everybody's back. */
async function deleteRows(where: Expr): Promise<void> {
  const store = await openStore({ stateDir: folder.state })
  const lake = await openLake({ pool: store.pool, catalog: 'millrace', warehouse: `${folder.state}/lake` })
  await lake.deleteRows({ namespace: 'dev', table: 'ip_activity' }, { where })
  await lake.close()
  await store.close()
}

const endsBetween = (from: string, to: string): Expr => ({
  fn: 'and',
  args: [
    { fn: 'gte', args: [{ col: 'window_end' }, { lit: from, type: 'timestamp' }] },
    { fn: 'lt', args: [{ col: 'window_end' }, { lit: to, type: 'timestamp' }] },
  ],
})

beforeAll(async () => {
  await folder.keepServices()
  const text = threeDays(5)
  log = folder.write('access.log', text)
  await drained(await follow(3_000))
  whole = await digest()
  expect(whole.rows).toBeGreaterThan(5_000)
}, CASE_MS_MAX)
afterAll(() => folder.close())

describe('`backfill` of a bounded input', { timeout: CASE_MS_MAX }, () => {
  const bounded = new StateFolder()
  afterAll(() => bounded.close())
  const of = async (input: string): Promise<Digest> => (await bounded.digest(input, '--asset', 'ip_activity')).ip_activity

  it('gives back lost rows beneath what its end is provisional of, and a grown input goes on from there', async () => {
    await bounded.keepServices()
    const text = threeDays(8)
    const half = text.indexOf('\n', text.length * 0.7) + 1
    const input = bounded.write('half.log', text.subarray(0, half))
    const { run } = await bounded.run(input)
    expect(run.resumed).toBe(false)
    const before = await of(input)
    const args = ['backfill', 'ip_activity', ...ALL, '--slice', '8h', '--input', input, '--json']
    const { slices } = document<BackfillDocument>(await bounded.command(args))
    expect(slices.every(({ changed }) => changed === 0)).toBe(true)
    const store = await openStore({ stateDir: bounded.state })
    const lake = await openLake({ pool: store.pool, catalog: 'millrace', warehouse: `${bounded.state}/lake` })
    const { namespace } = document<{ namespace: string }>(await bounded.command(['tables', '--input', input, '--json']))
    await lake.overwrite({ namespace, table: 'ip_activity' }, { where: endsBetween(day(0.5), day(1.5)), batches: [], beneath: true })
    await lake.close()
    await store.close()
    expect((await of(input)).rows).toBeLessThan(before.rows)
    const mended = document<BackfillDocument>(await bounded.command(args))
    expect(mended.slices.some(({ changed }) => (changed ?? 0) > 0)).toBe(true)
    expect(await of(input)).toEqual(before)
    appendFileSync(input, text.subarray(half))
    await bounded.run(input)
    const whole = bounded.write('whole.log', text)
    await bounded.run(whole, '--replace')
    expect(await of(input)).toEqual(await of(whole))
  })
})

describe('`backfill` of a view', { timeout: CASE_MS_MAX }, () => {
  it('changes nothing where every row is right', async () => {
    const { slices } = await backfill(...ALL)
    expect(slices.map(({ state, changed, snapshot }) => [state, changed, snapshot])).toEqual(Array(3).fill(['done', 0, null]))
    expect(slices.reduce((sum, { rows }) => sum + (rows ?? 0), 0)).toBeGreaterThan(whole.rows * 0.8)
    expect(await digest()).toEqual(whole)
  })

  it('only says, with --dry-run, what it would compute', async () => {
    const { backfill: asked, slices } = await backfill(...ALL, '--slice', '12h', '--dry-run')
    expect(asked.id).toBeNull()
    expect(slices.map(({ from, state }) => [from, state])).toEqual([0, 0.5, 1, 1.5, 2, 2.5].map((at) => [day(at), 'pending']))
  })

  it('gives back the rows of a day that was lost, and leaves the other days as they are', async () => {
    await deleteRows(endsBetween(day(1), day(2)))
    await deleteRows(endsBetween(day(2), new Date(FROM + 2.25 * DAY_MS).toISOString()))
    const around = await rowsOutside(day(1), day(2))
    const { slices } = await backfill(...MIDDLE)
    expect(slices).toEqual([expect.objectContaining({ state: 'done', attempts: 1, changed: slices[0].rows })])
    expect(slices[0].snapshot).not.toBeNull()
    expect(await rowsOutside(day(1), day(2))).toEqual(around)
    expect((await digest()).rows).toBeLessThan(whole.rows)
    expect((await backfill('--from', day(2), '--to', day(3))).slices[0].changed).toBeGreaterThan(0)
    expect(await digest()).toEqual(whole)
    expect((await backfill(...MIDDLE)).slices[0]).toMatchObject({ changed: 0, snapshot: null })
  })

  it('gives its rows the times at which they could be seen, never earlier ones', async () => {
    const seen = 'select min(_available_at >= window_end), count(*) from ip_activity where _available_at is not null'
    const before = await folder.sql(seen)
    await deleteRows(endsBetween(day(1), day(2)))
    await backfill(...MIDDLE)
    expect((await folder.sql(seen)).rows).toEqual(before.rows)
  })

  it('goes on where it was killed', async () => {
    await deleteRows(endsBetween(day(0), day(3)))
    const args = ['backfill', 'ip_activity', ...ALL, '--slice', '6h', '--parallel', '2', '--json']
    for (const slices of [1, 3, 4]) {
      let noted = 0
      const { signal } = await folder.command(args, {
        onStderr: (text, child) => {
          noted += text.split('\n').filter((line) => line.includes(' rows, ')).length
          if (noted >= slices) killGroup(child)
        },
      })
      expect(signal).toBe('SIGKILL')
    }
    const { backfills } = document<{ backfills: Record<string, unknown>[] }>(await folder.command(['backfill', '--list', '--json']))
    expect(backfills[0]).toMatchObject({ asset: 'ip_activity', slices: 12, finished_at: null })
    const last = document<BackfillDocument>(await folder.command(args))
    expect(last.backfill.resumed).toBe(true)
    expect(last.backfill.id).toBe(backfills[0].id)
    expect(last.slices.every(({ state }) => state === 'done')).toBe(true)
    expect(await digest()).toEqual(whole)
  })

  it('works beside a session that writes, which goes on as if nothing had been', async () => {
    const running = await follow(0)
    await deleteRows(endsBetween(day(0), day(2)))
    const more = { lines: 800, from: FROM + 4 * DAY_MS, stepMs: 60_000, disorderMs: 60_000, addresses: 6, oddShare: 0 }
    const lines = madeLog(new Random(11), more)
    const half = lines.indexOf('\n', lines.length / 2) + 1
    appendFileSync(log, lines.subarray(0, half))
    const [done] = await Promise.all([
      backfill('--from', day(0), '--to', day(2), '--slice', '3h'),
      new Promise<void>((resolve) => setTimeout(resolve, 2_000)).then(() => appendFileSync(log, lines.subarray(half))),
    ])
    expect(done.slices.every(({ state }) => state === 'done')).toBe(true)
    appendFileSync(log, `\n${accessLine({ time: FROM + 9 * DAY_MS })}\n`)
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    await drained(running)
    const parity = document<{ equal: boolean; rows: { compared: number } }>(await folder.command(['parity', 'ip_activity', '--json']))
    expect(parity).toMatchObject({ equal: true })
    expect(parity.rows.compared).toBeGreaterThan(whole.rows)
  })

  it('says what it cannot do', async () => {
    const refused = async (...args: readonly string[]): Promise<string> => {
      const outcome = await folder.command(['backfill', ...args, '--json'])
      expect(outcome.status).toBe(1)
      return (JSON.parse(outcome.stdout) as { error: { code: string } }).error.code
    }
    expect(await refused('ip_activity')).toBe('cli/usage')
    expect(await refused('ip_activity', '--from', day(1), '--to', day(0))).toBe('cli/usage')
    expect(await refused('requests', ...ALL)).toBe('backfill/unsupported')
    expect(await refused('nothing', ...ALL)).toBe('project/unknown-asset')
    expect(await refused('ip_activity', '--from', day(200), '--to', day(201))).toBe('backfill/not-settled')
    expect(await refused('ip_activity', '--from', day(-1_000_000 / 365), '--to', day(3), '--slice', '1ms')).toBe('backfill/too-many-slices')
  })
})
