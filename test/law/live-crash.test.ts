import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ModelAsset } from '@millrace/core'
import { exportOnnx, type Tree } from '@millrace/ml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTraffic } from '../../examples/weblogs/simulator/history.ts'
import { logLine } from '../../examples/weblogs/simulator/log-line.ts'
import type { RunningCommand } from '../harness/command.ts'
import type { Digest } from '../harness/document.ts'
import { killGroup, killPostgres } from '../harness/process-group.ts'
import { CONFIGURATION, ProjectFolder } from '../harness/project-folder.ts'
import { Random, testSeed } from '../harness/random.ts'
import { document, freshFolder, StateFolder } from '../harness/state-folder.ts'

// Laws 3 and 4, live: `up` follows a log that is being written, scores it and raises alerts, and is killed again and again. In the
// end its tables and alerts are those of a session that nobody disturbed.

const EXAMPLE = fileURLToPath(new URL('../../examples/weblogs/weblogs.ts', import.meta.url))
const KILLS = Number(process.env.MILLRACE_LIVE_KILLS ?? (process.env.MILLRACE_LONG_TESTS === '1' ? 60 : 10))
const MINUTES = 20
const START = Date.UTC(2026, 2, 16, 18)
const HOUR_MS = 3_600_000
/** When a session is killed, in turn: at any time after its start, after it has told of lines, when it has just told of an alert. */
const MOMENTS = ['started', 'following', 'alerting'] as const
const KILL_MS_MIN = 200
const KILL_MS_MAX = 4_000
const FOLLOWING_MS_MAX = 1_500
const ALERTING_MS_MAX = 40
const ALERT_WAIT_MS_MAX = 6_000
const APPEND_MS = 50
/** Share of the log that is written before the last session begins. */
const WRITTEN_BEFORE = 0.9
const QUIET_MS = 2_000
const MORE_SESSIONS_MAX = 3
const CAUGHT_UP_MS_MAX = 100_000
const TEST_MS_MAX = 900_000

interface Model {
  readonly name: string
  readonly features: readonly string[]
}

interface RecordedAlert {
  readonly id: string
  readonly asset: string
  readonly key: unknown
  readonly window_start: string
  readonly window_end: string
  readonly model: string | null
}

const seed = testSeed()
const random = new Random(seed)
const files = freshFolder('millrace-live')
const log = trafficLog()
const lines = log.filter((byte) => byte === 10).length
/** The gates look at trained models: these are made by hand. */
const declarations = readFileSync(EXAMPLE, 'utf8').replace(/^ {2}gates: .*$/gm, '  gates: [],')
const project = new ProjectFolder({ 'millrace.config.ts': CONFIGURATION, 'weblogs.ts': declarations, 'runbooks/attack.md': '# Attack\n' })
const whole = new StateFolder({ project: project.path })
const killed = new StateFolder({ project: project.path })

/** A busy hour's beginning, then two lines hours later: every window before them can close. */
function trafficLog(): Buffer {
  writeTraffic(files, { seed, start: START, minutes: MINUTES, intensity: 1, busy: true })
  const last = { ip: '127.0.0.1', method: 'GET', target: '/health', status: 200, bytes: 2, referer: '-', agent: 'check' }
  const closing = [3, 4].map((hours) => logLine({ ...last, at: START + hours * HOUR_MS }))
  return Buffer.concat([readFileSync(join(files, 'access.log')), Buffer.from(closing.join(''))])
}

/** A tree with one question. */
function stump(feature: number, threshold: number, [below, above]: readonly [number, number]): Tree {
  return {
    feature: Int32Array.of(feature, -1, -1),
    threshold: Float32Array.of(threshold, 0, 0),
    missingLeft: Uint8Array.of(1, 0, 0),
    left: Int32Array.of(1, 0, 0),
    right: Int32Array.of(2, 0, 0),
    value: Float32Array.of(0, below, above),
    cover: Float64Array.of(100, 90, 10),
  }
}

/** What the models alarm on. */
const THRESHOLDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  suspicious_ip: { hits: 30, refused_posts: 4, distinct_paths: 20 },
  suspicious_site: { more_hits: 30, more_refused: 2 },
}

/** A model of the view's features that alarms above thresholds. */
function modelFile({ name, features }: Model, thresholds: Readonly<Record<string, number>>): string {
  assert.deepEqual(
    Object.keys(thresholds).filter((feature) => !features.includes(feature)),
    [],
  )
  const trees = Object.entries(thresholds).map(([feature, threshold]) => stump(features.indexOf(feature), threshold, [-1, 4]))
  const path = join(files, `${name}.onnx`)
  writeFileSync(path, exportOnnx({ features, baseScore: -0.5, trees }, { name }))
  return path
}

async function declaredModels(): Promise<readonly Model[]> {
  const found = Object.values((await import(join(project.path, 'weblogs.ts'))) as Record<string, ModelAsset>)
  return found.filter(({ kind }) => kind === 'model').map(({ name, features }) => ({ name, features }))
}

beforeAll(async () => {
  console.info(`MILLRACE_SEED=${seed}, ${lines} lines, ${KILLS} kills`)
  const paths = new Map<string, string>()
  for (const model of await declaredModels()) paths.set(model.name, modelFile(model, THRESHOLDS[model.name]))
  for (const folder of [whole, killed]) {
    await folder.keepServices()
    for (const [name, path] of paths) {
      document(await folder.command(['models', 'register', path, '--model', name, '--json']))
      document(await folder.command(['deploy', name, '--json']))
    }
  }
}, TEST_MS_MAX)

afterAll(async () => {
  await whole.close()
  await killed.close()
  project.remove()
  rmSync(files, { recursive: true, force: true })
})

/** A session that follows the log, and how many of its lines it has told of. */
class Session {
  readonly running: RunningCommand
  lines = -1
  alerts = 0
  /** When it last told of a row, an alert or figures. */
  toldAt = Date.now()

  constructor(folder: StateFolder) {
    this.running = folder.start(['up', '--from', join(folder.files, 'access.log'), '--no-server', '--json'])
    const { stdout } = this.running.child
    if (stdout === null) throw new TypeError('no standard output')
    createInterface({ input: stdout }).on('line', (line) => {
      this.toldAt = Date.now()
      if (line.startsWith('{"kind":"alert"')) this.alerts += 1
      if (line.startsWith('{"kind":"status"')) this.lines = (JSON.parse(line) as { lines: number }).lines
    })
  }

  async until(holds: (session: Session) => boolean, waitMsMax: number): Promise<boolean> {
    const until = Date.now() + waitMsMax
    while (!holds(this) && Date.now() < until && this.running.child.exitCode === null) await sleep(10)
    return holds(this)
  }

  /** Waits until nothing is told any more, then stops it; says whether it brought everything to its end in the time for that. */
  async stop(): Promise<boolean> {
    await this.until(({ toldAt }) => Date.now() - toldAt > QUIET_MS, CAUGHT_UP_MS_MAX)
    this.running.child.kill('SIGTERM')
    const { status, stderr, stdout } = await this.running.ended
    expect(status, `${stderr}\n${stdout.slice(-1_000)}`).toBe(0)
    const stopped = stdout.slice(stdout.lastIndexOf('{"kind":"stopped"'))
    return (JSON.parse(stopped) as { drained: boolean }).drained
  }
}

/** Follows to the last line and stops in order; a busy machine may need several sessions to bring everything to its end. */
async function finish(first: Session, folder: StateFolder): Promise<void> {
  const isThrough = await first.until((session) => session.lines === lines, CAUGHT_UP_MS_MAX)
  expect(isThrough, `${first.lines} of ${lines} lines, seed ${seed}`).toBe(true)
  let drained = await first.stop()
  for (let more = 0; !drained && more < MORE_SESSIONS_MAX; more++) drained = await new Session(folder).stop()
  expect(drained).toBe(true)
}

/** Appends the log in pieces that end anywhere, in lines too; stops before `end`, a share of it. */
function startWriting(path: string, end: number, ms: number): { readonly stop: () => number } {
  const target = Math.floor(log.length * end)
  let at = 0
  const timer = setInterval(() => {
    const next = Math.min(target, at + random.between(1, (2 * target * APPEND_MS) / ms))
    appendFileSync(path, log.subarray(at, next))
    at = next
  }, APPEND_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return at
    },
  }
}

async function momentToKill(session: Session, moment: (typeof MOMENTS)[number]): Promise<void> {
  if (moment === 'started') return await sleep(random.between(KILL_MS_MIN, KILL_MS_MAX))
  if (moment === 'following') {
    await session.until(({ lines: told }) => told > 0, CAUGHT_UP_MS_MAX)
    return await sleep(random.between(0, FOLLOWING_MS_MAX))
  }
  await session.until(({ alerts: told }) => told > 0, ALERT_WAIT_MS_MAX)
  await sleep(random.between(0, ALERTING_MS_MAX))
}

async function tables(folder: StateFolder): Promise<Record<string, Digest>> {
  return document<{ tables: Record<string, Digest> }>(await folder.command(['digest', '--json'])).tables
}

/** The alerts without what differs between two sessions: when they were raised, and which lines were found in time. */
async function alerts(folder: StateFolder): Promise<readonly RecordedAlert[]> {
  const found = document<{ alerts: (RecordedAlert & Record<string, unknown>)[]; truncated: boolean }>(
    await folder.command(['alerts', '--limit', '1000000', '--json']),
  )
  expect(found.truncated).toBe(false)
  return found.alerts.map(({ raised_at, sample_offsets, ...rest }) => rest).sort((a, b) => (a.id < b.id ? -1 : 1))
}

describe('a live session that is killed at any moment and started again, ten times', () => {
  it(
    'gives the tables and alerts of one that was never disturbed',
    async () => {
      writeFileSync(join(whole.files, 'access.log'), log)
      await finish(new Session(whole), whole)
      const path = join(killed.files, 'access.log')
      writeFileSync(path, '')
      const writing = startWriting(path, WRITTEN_BEFORE, KILLS * (KILL_MS_MIN + KILL_MS_MAX))
      const counted = { followed: 0, alerting: 0, databases: 0 }
      for (let kill = 0; kill < KILLS; kill++) {
        const session = new Session(killed)
        await momentToKill(session, MOMENTS[kill % MOMENTS.length])
        expect(killGroup(session.running.child), `session ${kill} was there to be killed, seed ${seed}`).toBe(true)
        if (random.chance(0.2)) counted.databases += killPostgres(killed.state) > 0 ? 1 : 0
        await session.running.ended
        if (session.lines > 0) counted.followed += 1
        if (session.alerts > 0) counted.alerting += 1
      }
      const written = writing.stop()
      const last = new Session(killed)
      appendFileSync(path, log.subarray(written))
      await finish(last, killed)
      const { followed, alerting, databases } = counted
      console.info(`${KILLS} kills: ${followed} of sessions that had told of lines, ${alerting} of alerts; ${databases} of PostgreSQL too`)
      expect(followed).toBeGreaterThanOrEqual(Math.floor(KILLS / 4))
      expect(alerting).toBeGreaterThan(0)
      expect(readFileSync(path).equals(log)).toBe(true)
      expect(await tables(killed), `seed ${seed}`).toEqual(await tables(whole))
    },
    TEST_MS_MAX,
  )

  it(
    'with no alert lost, none with two ids, all decided by the deployed models',
    async () => {
      const [mine, expected] = [await alerts(killed), await alerts(whole)]
      expect(expected.length).toBeGreaterThan(20)
      expect(new Set(expected.map(({ asset }) => asset)).size).toBe(2)
      expect(expected.filter(({ model }) => model === null)).toEqual([])
      const occasions = mine.map(({ asset, key, window_start, window_end }) => JSON.stringify([asset, key, window_start, window_end]))
      expect(new Set(occasions).size).toBe(mine.length)
      expect(mine, `seed ${seed}`).toEqual(expected)
    },
    TEST_MS_MAX,
  )
})
