import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from '../source/source-project.ts'
import { cancelJobs, SERVERS, scaledConfig } from './scaled-project.ts'

const CASE_MS_MAX = 900_000
const LOOK_MS = 1_000
const PROJECT = `orders-${randomUUID().slice(0, 8)}`

function files(): Readonly<Record<string, string>> {
  return {
    ...orderProject("m.files('in/*.jsonl', { format: 'json-lines' })"),
    'millrace.config.ts': scaledConfig(PROJECT, { checkpointEvery: '1s', parallelism: 2 }),
  }
}

describe('views of an environment with Flink', () => {
  const bench = new Workbench(files())
  afterAll(async () => {
    await cancelJobs(PROJECT)
    await bench.close()
  })
  const scaled = (...args: readonly string[]): DevProcess =>
    bench.devWith(SERVERS, '--env', 'scaled', ...(args.length > 0 ? args : ['--no-server']))
  /** The windows that the page of a session shows. */
  const windowsOf = async (session: DevProcess): Promise<unknown[]> => {
    const state = await fetch(new URL('/api/state', String(session.of('serving')[0].url)))
    return ((await state.json()) as { windows: unknown[] }).windows
  }
  const rowsOf = async (env: string): Promise<number> => {
    const { rows } = await bench.json(['sql', 'select count(*) from shop_orders', '--env', env])
    return Number((rows as unknown as number[][] | undefined)?.[0]?.[0] ?? 0)
  }
  const digestOf = async (env: string): Promise<unknown> => (await bench.json(['digest', '--env', env])).tables
  const command = async (...args: readonly string[]): Promise<{ status: number; document: Record<string, unknown> }> => {
    const { status, stdout } = await bench.run([...args, '--json', '--env', 'scaled'], SERVERS)
    return { status, document: JSON.parse(stdout) as Record<string, unknown> }
  }

  /** Rows that the stream engine makes of so many lines. */
  async function embedded(lines: number): Promise<number> {
    await bench.follow(lines)
    return rowsOf('dev')
  }

  it('are what the stream engine makes of the same lines, also when the session is killed on the way', {
    timeout: CASE_MS_MAX,
  }, async () => {
    bench.write('in/a.jsonl', orderLines(0, 2_000))
    bench.write('in/late.jsonl', orderLines(0, 50))
    const expected = await embedded(2_050)
    const first = scaled()
    await first.until((one) => one.taken === 2_050)
    await sleep(3_000)
    await first.kill('SIGKILL')
    const second = scaled()
    while ((await rowsOf('scaled')) < expected) await sleep(LOOK_MS)
    expect(await command('doctor')).toMatchObject({
      status: 0,
      document: {
        environment: { flink: { reachable: true, task_managers: 1, catalog: { reachable: true }, jobs: [{ state: 'RUNNING' }] } },
      },
    })
    expect(
      await command('backfill', 'shop_orders', '--engine', 'duckdb', '--from', '2026-03-01T00:00:00Z', '--to', '2026-03-02T00:00:00Z'),
    ).toMatchObject({
      status: 0,
      document: { backfill: { engine: 'duckdb' }, slices: [{ state: 'done', changed: 0 }] },
    })
    expect(await command('up', '--role', 'stream')).toMatchObject({ status: 1, document: { error: { code: 'up/wrong-role' } } })
    expect(await command('jobs', 'stop')).toMatchObject({ status: 2, document: { error: { code: 'state/writer-active' } } })
    await second.kill('SIGTERM')
    expect(second.of('problem')).toEqual([])
    expect(await digestOf('scaled')).toEqual(await digestOf('dev'))
  })

  it('go on from a savepoint', { timeout: CASE_MS_MAX }, async () => {
    const { document } = await command('jobs', 'stop')
    expect(document.stopped).toMatchObject([{ savepoint: expect.stringContaining('savepoint') }])
    expect((await command('jobs', 'list')).document).toEqual({ jobs: [] })
    bench.write('in/b.jsonl', orderLines(2_000, 3_000))
    const expected = await embedded(3_050)
    const dev = scaled('--port', '0')
    while ((await rowsOf('scaled')) < expected) await sleep(LOOK_MS)
    await expect
      .poll(() => windowsOf(dev), { timeout: 60_000, interval: LOOK_MS })
      .toContainEqual(expect.objectContaining({ asset: 'shop_orders', rows: 7, top: expect.any(Array) }))
    await dev.kill('SIGTERM')
    expect(await digestOf('scaled')).toEqual(await digestOf('dev'))
  })
})
