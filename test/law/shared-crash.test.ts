import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCommand, WEBLOGS } from '../harness/command.ts'
import type { Digest } from '../harness/document.ts'
import { expectFailure } from '../harness/failure.ts'
import { accessLine } from '../harness/log-text.ts'
import { killGroup } from '../harness/process-group.ts'
import { CONFIGURATION, ProjectFolder } from '../harness/project-folder.ts'
import { Random, testSeed } from '../harness/random.ts'
import { document, StateFolder } from '../harness/state-folder.ts'

// Laws 2 and 3 over processes: one in control and several that compute views of a log that is being written. They come, are killed,
// stand still and go on, and leave. In the end the tables are those of one `up` that did everything and that nobody disturbed.

const LINES = 24_000
const STEP_MS = 60
const START = Date.UTC(2026, 4, 3, 10)
const APPEND_MS = 40
/** How long the log takes to be written, at least. */
const WRITING_MS = 24_000
const TOLD_MS_MAX = 30_000
/** A process that stands still holds the log's write lock when it was stopped in the middle of a commit: then it is stopped again. */
const STANDS_STILL_MS = 9_000
const STOPS_MAX = 5
const CAUGHT_UP_MS_MAX = 60_000
const QUIET_MS = 2_500
const TEST_MS_MAX = 400_000

const seed = testSeed()
const random = new Random(seed)
const log = trafficLog()

/** Lines somewhat out of order, then two hours later, so that every window before them closes. */
function trafficLog(): Buffer {
  const times = Array.from({ length: LINES }, (_, i) => START + i * STEP_MS - (random.chance(0.2) ? random.between(0, 60_000) : 0))
  const paths = ['/', '/login', '/cart', '/search', '/about', '/p/1', '/p/2', '/p/3']
  const lines = times.map((time) => {
    const ip = `198.51.100.${random.between(0, 120)}`
    const status = random.pick([200, 200, 304, 401, 404, 500])
    return accessLine({ time: Math.floor(time / 1000) * 1000, ip, request: `GET ${random.pick(paths)} HTTP/1.1`, status })
  })
  const last = [2, 3].map((hours) => accessLine({ time: START + hours * 3_600_000, ip: '127.0.0.1' }))
  return Buffer.from(`${[...lines, ...last].join('\n')}\n`)
}

/** The kernel's view, and one whose rows go through an exchange. */
const project = new ProjectFolder({
  'millrace.config.ts': CONFIGURATION,
  'weblogs.ts': `import { aggregate, tumbling } from 'millrace'\n${readFileSync(join(WEBLOGS, 'weblogs.ts'), 'utf8')}
export const perPath = aggregate('per_path', requests, {
  by: 'path',
  window: tumbling('1m'),
  columns: (r) => ({ hits: count(), addresses: countDistinct(r.ip, { max: 1000 }), least: sum(r.status) }),
})
`,
  'runbooks/attack.md': '# Attack\n',
})
const whole = new StateFolder({ project: project.path })
const shared = new StateFolder({ project: project.path })

beforeAll(async () => {
  console.info(`MILLRACE_SEED=${seed}`)
  await whole.keepServices()
  await shared.keepServices()
}, TEST_MS_MAX)

afterAll(async () => {
  await whole.close()
  await shared.close()
  project.remove()
})

type Event = Readonly<Record<string, unknown>> & { readonly kind: string }
interface Owner {
  readonly pid: number
  readonly partitions: readonly number[]
}

/** A process of `up`, and what it has told. */
class Process {
  readonly running: RunningCommand
  readonly told: Event[] = []
  /** When it last told of something. */
  toldAt = Date.now()

  constructor(folder: StateFolder, ...args: readonly string[]) {
    this.running = folder.start(['up', '--json', ...args])
    const { stdout } = this.running.child
    if (stdout === null) throw new TypeError('no standard output')
    createInterface({ input: stdout }).on('line', (line) => {
      this.toldAt = Date.now()
      if (!line.startsWith('{"kind":"window"')) this.told.push(JSON.parse(line) as Event)
    })
  }

  get pid(): number {
    return this.running.child.pid as number
  }

  last(kind: string): Event | undefined {
    return this.told.findLast((event) => event.kind === kind)
  }

  get lines(): number {
    return Number(this.last('status')?.lines ?? 0)
  }

  /** Partitions that a process is known here to own. */
  ownedBy(process: Process): readonly number[] {
    const owners = (this.last('owners')?.owners ?? []) as readonly Owner[]
    return owners.filter(({ pid }) => pid === process.pid).flatMap(({ partitions }) => partitions)
  }

  get isAllOwned(): boolean {
    return JSON.stringify(this.last('owners')?.free) === '[]'
  }

  async until(holds: () => boolean, waitMsMax = TOLD_MS_MAX): Promise<boolean> {
    const end = Date.now() + waitMsMax
    while (!holds() && Date.now() < end && this.running.child.exitCode === null) await sleep(20)
    return holds()
  }

  signal(name: NodeJS.Signals): void {
    process.kill(-this.pid, name)
  }

  async stop(): Promise<boolean> {
    this.signal('SIGTERM')
    const { status, stderr, stdout } = await this.running.ended
    expect(status, `${stderr}\n${stdout.slice(-1_000)}`).toBe(0)
    return this.last('stopped')?.drained === true
  }
}

async function tables(folder: StateFolder): Promise<Record<string, Digest>> {
  return document<{ tables: Record<string, Digest> }>(await folder.command(['digest', '--json'])).tables
}

/** Follows a log to its last line with everything in one process. */
async function undisturbed(): Promise<Record<string, Digest>> {
  writeFileSync(join(whole.files, 'access.log'), log)
  const all = new Process(whole, '--no-server', '--from', join(whole.files, 'access.log'))
  await finish(all, whole, [])
  return tables(whole)
}

async function finish(control: Process, folder: StateFolder, others: readonly Process[]): Promise<void> {
  expect(await control.until(() => control.lines === LINES + 2, CAUGHT_UP_MS_MAX), `${control.lines} lines, seed ${seed}`).toBe(true)
  await control.until(() => Date.now() - control.toldAt > QUIET_MS, CAUGHT_UP_MS_MAX)
  let drained = await control.stop()
  for (const other of others) await other.stop()
  for (let more = 0; !drained && more < 3; more++) {
    const again = new Process(folder, '--no-server', '--from', join(folder.files, 'access.log'))
    await again.until(() => again.last('status') !== undefined && Date.now() - again.toldAt > QUIET_MS, CAUGHT_UP_MS_MAX)
    drained = await again.stop()
  }
  expect(drained).toBe(true)
}

/** Stops a process where it stands until the others have taken its partitions over. */
async function standStill(process: Process, seenBy: Process): Promise<void> {
  for (let stops = 0; stops < STOPS_MAX; stops++) {
    process.signal('SIGSTOP')
    const isTakenOver = await seenBy.until(() => seenBy.ownedBy(process).length === 0, STANDS_STILL_MS)
    if (isTakenOver) return
    process.signal('SIGCONT')
    await sleep(random.between(50, 300))
  }
  expect.unreachable(`partitions were not taken over, seed ${seed}`)
}

describe('partitions shared by processes', () => {
  it(
    'come and go with them, and the tables are those of one undisturbed process',
    async () => {
      const path = join(shared.files, 'access.log')
      writeFileSync(path, '')
      const first = new Process(shared, '--role', 'stream', '--workers', '1')
      expect(await first.until(() => first.last('problem')?.code === 'up/no-control')).toBe(true)
      const control = new Process(shared, '--role', 'control', '--no-server', '--from', path)
      let at = 0
      const writing = setInterval(() => {
        const next = Math.min(log.length, at + random.between(1, (2 * log.length * APPEND_MS) / WRITING_MS))
        appendFileSync(path, log.subarray(at, next))
        at = next
      }, APPEND_MS)
      expect(await control.until(() => control.ownedBy(first).length === 4)).toBe(true)

      const second = new Process(shared, '--role', 'stream', '--workers', '2')
      expect(await control.until(() => control.ownedBy(second).length >= 2 && control.ownedBy(first).length >= 1)).toBe(true)
      await standStill(second, control)
      expect(control.ownedBy(first)).toEqual([0, 1, 2, 3])
      const third = new Process(shared, '--role', 'stream', '--workers', '1')
      expect(await control.until(() => control.ownedBy(third).length === 2)).toBe(true)
      second.signal('SIGCONT')
      expect(await control.until(() => control.ownedBy(second).length > 0)).toBe(true)

      const killedAt = Date.now()
      expect(killGroup(first.running.child)).toBe(true)
      expect(await control.until(() => control.ownedBy(first).length === 0 && control.isAllOwned)).toBe(true)
      console.info(`partitions of a killed process were taken over after ${Date.now() - killedAt} ms`)
      await third.stop()
      expect(await control.until(() => control.ownedBy(second).length === 4)).toBe(true)
      const fourth = new Process(shared, '--role', 'stream', '--workers', '1')
      expect(await control.until(() => control.ownedBy(fourth).length > 0)).toBe(true)

      clearInterval(writing)
      appendFileSync(path, log.subarray(at))
      await finish(control, shared, [second, fourth])
      expect(await tables(shared), `seed ${seed}`).toEqual(await undisturbed())
    },
    TEST_MS_MAX,
  )
})

describe('a process that shares partitions', () => {
  it(
    'is refused with another definition, and keeps others from starting over; doctor shows who owns what',
    async () => {
      const path = join(shared.files, 'access.log')
      const control = new Process(shared, '--role', 'control', '--no-server', '--from', path)
      const worker = new Process(shared, '--role', 'stream', '--workers', '1')
      expect(await control.until(() => control.ownedBy(worker).length === 4)).toBe(true)

      const other = new ProjectFolder({
        'millrace.config.ts': CONFIGURATION,
        'weblogs.ts': readFileSync(join(project.path, 'weblogs.ts'), 'utf8').replace("tumbling('1m')", "tumbling('2m')"),
        'runbooks/attack.md': '# Attack\n',
      })
      const changed = new StateFolder({ project: other.path, state: shared.state })
      expectFailure(await changed.command(['up', '--role', 'stream', '--json']), { code: 'up/definitions-differ', says: ['`per_path`'] })
      other.remove()
      rmSync(changed.files, { recursive: true })
      expectFailure(await shared.command(['up', '--role', 'stream', '--reset', '--json']), { code: 'up/wrong-role', says: ['--reset'] })

      const { scopes } = document<{ scopes: readonly { log: { shares: Shares } }[] }>(await shared.command(['doctor', '--json']))
      const { control: inControl, owners } = scopes[0].log.shares
      expect(inControl?.pid).toBe(control.pid)
      expect(owners.requests.map(({ pid, worker: number, alive }) => [pid, number, alive])).toEqual(
        new Array(4).fill([worker.pid, 0, true]),
      )

      await control.stop()
      expect(await worker.until(() => worker.last('problem')?.code === 'up/no-control')).toBe(true)
      expectFailure(await shared.command(['up', '--reset', '--no-server', '--json']), {
        code: 'up/views-computed',
        status: 2,
        says: [String(worker.pid)],
      })
      await worker.stop()
    },
    TEST_MS_MAX,
  )
})

interface Shares {
  readonly control: { readonly pid: number } | null
  readonly owners: Readonly<Record<string, readonly { readonly pid: number; readonly worker: number; readonly alive: boolean }[]>>
}
