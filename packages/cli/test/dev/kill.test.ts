import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { listAlerts, openStore } from '@millrace/store'
import { afterAll, describe, expect, it } from 'vitest'
import { accessLines, Workbench } from './dev-process.ts'

const LINES = 7_200
const KILLS = 5
const CHUNK = 60

describe('dev killed with SIGKILL again and again while lines are written', () => {
  const seed = Number(process.env.MILLRACE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
  const bench = new Workbench()
  const reference = join(bench.folder, 'reference')
  const seen = new Map<string, string>()
  let repeated = 0
  afterAll(() => bench.close(reference))

  it(`loses nothing and doubles nothing (law 3; seed ${seed})`, async () => {
    const random = randomFrom(seed)
    const writing = writeSlowly(bench.log('access.log'))
    for (let kill = 0; kill < KILLS; kill++) {
      const dev = bench.dev()
      await dev.until((one) => one.of('file').length > 0)
      await sleep(random() * 1_500)
      await dev.kill('SIGKILL')
      noteAlerts(dev.of('alert'))
    }
    await writing
    const last = bench.dev()
    await last.until((one) => one.taken === LINES)
    expect(await last.kill('SIGINT')).toBe(130)
    noteAlerts(last.of('alert'))
    expect(last.of('stopped')[0]).toMatchObject({ drained: true })
    console.log(`seed ${seed}: ${KILLS} kills, ${seen.size} alerts, ${repeated} of them printed again`)
  }, 60_000)

  it('holds the records, windows and alerts of one uninterrupted run', async () => {
    const whole = join(bench.folder, 'whole.log')
    writeFileSync(whole, accessLines(0, LINES))
    const document = (await bench.json(['run', '--input', whole, '--state', reference])) as unknown as {
      alerts: { id: string; window_end: string }[]
    }
    const [live, run] = await Promise.all([
      bench.json(['digest', '--asset', 'requests']),
      bench.json(['digest', '--asset', 'requests', '--state', reference]),
    ])
    expect(live).toEqual(run)
    const [[closed]] = (await bench.json(['sql', 'select max(window_end) from ip_activity'])).rows as unknown as [[string]]
    const windows = `select * from ip_activity where window_end <= '${closed}' order by all`
    const mine = await bench.json(['sql', windows, '--limit', '100000'])
    expect(Number(mine.row_count)).toBeGreaterThan(500)
    expect(mine.rows).toEqual((await bench.json(['sql', windows, '--limit', '100000', '--state', reference])).rows)
    const due = document.alerts
      .filter((alert) => alert.window_end <= closed)
      .map((alert) => alert.id)
      .sort()
    expect(due.length).toBeGreaterThan(3)
    expect([...seen.keys()].sort()).toEqual(due)
    expect(await ledger()).toEqual(due)
  }, 60_000)

  /** Ids in the store's ledger. */
  async function ledger(): Promise<readonly string[]> {
    const store = await openStore({ stateDir: bench.state })
    try {
      return (await listAlerts(store.db, { env: 'dev', scope: 'live' })).map((alert) => alert.id.split(':').at(-1) ?? '').sort()
    } finally {
      await store.close()
    }
  }

  /** An alert may be printed again after a kill, then with the same id and the same facts. */
  function noteAlerts(lines: readonly Readonly<Record<string, unknown>>[]): void {
    for (const { sample_offsets: _, ...facts } of lines) {
      const id = String(facts.id)
      const text = JSON.stringify(facts)
      if (seen.has(id)) repeated += 1
      expect(seen.get(id) ?? text).toBe(text)
      seen.set(id, text)
    }
  }
})

/** Appends the lines in small parts, with two rotations on the way; rotated files still match the pattern, so that one that nobody followed is found later. */
async function writeSlowly(path: string): Promise<void> {
  for (let from = 0; from < LINES; from += CHUNK) {
    if (from === LINES / 3 || from === (LINES / 3) * 2) renameSync(path, path.replace('.log', `-${from}.log`))
    appendFileSync(path, accessLines(from, Math.min(LINES, from + CHUNK)))
    await sleep(60)
  }
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
