import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { lives, type RunningProcess, runningProcess } from '../process/running-process.ts'
import { DemoFailure } from './demo-failure.ts'
import { Household, type Place } from './household.ts'

const root = mkdtempSync(join(tmpdir(), 'demo-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const WAIT_MS_MAX = 10_000
/** Stands in for the product's command: writes down how it was called. */
const bin = join(root, 'command.mjs')
writeFileSync(bin, "import { appendFileSync } from 'node:fs'\nappendFileSync(process.argv[1] + '.calls', process.argv[2] + '\\n')\n")
const calls = (): string => (existsSync(`${bin}.calls`) ? readFileSync(`${bin}.calls`, 'utf8') : '')

function place(name: string): Place {
  const folder = join(root, name, 'demo')
  return { bin, project: root, folder, state: join(folder, 'state') }
}

/** A process that has a demo's household and two children; the second begins with its own code. */
function startDemo(where: Place, second = ''): { readonly child: ChildProcess; readonly groups: Promise<readonly RunningProcess[]> } {
  const source = `import { Household } from ${JSON.stringify(fileURLToPath(new URL('household.ts', import.meta.url)))}
const household = await Household.enter(${JSON.stringify(where)}, { keep: true })
const children = ['', ${JSON.stringify(second)}].map((code) =>
  household.start(['-e', code + 'console.log(1); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'pipe', 'ignore'] }))
await Promise.all(children.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))))
console.log(JSON.stringify(children.map((child) => child.pid)))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  const groups = once(child.stdout, 'data').then(([text]) => (JSON.parse(String(text)) as number[]).map(runningProcess))
  return { child, groups }
}

async function untilGone(groups: readonly RunningProcess[]): Promise<boolean> {
  const until = Date.now() + WAIT_MS_MAX
  while (groups.some(lives) && Date.now() < until) await sleep(20)
  return !groups.some(lives)
}

it('leaves no process behind when the demo is killed, not even a deaf one, and stops the services', async () => {
  const { child, groups } = startDemo(place('killed'), "process.on('SIGTERM', () => {});")
  const leaders = await groups
  expect(leaders.every(lives)).toBe(true)
  const before = calls().length
  child.kill('SIGKILL')
  expect(await untilGone(leaders)).toBe(true)
  for (let n = 0; n < 200 && calls().length === before; n++) await sleep(20)
  expect(calls().slice(before)).toBe('stop\n')
})

it('ends what a killed demo left behind even when its keeper was killed too, and begins in an empty folder', async () => {
  const where = place('both')
  const { child, groups } = startDemo(where)
  const leaders = await groups
  const note = JSON.parse(readFileSync(join(where.folder, '..', 'demo-running.json'), 'utf8')) as { keeper: RunningProcess }
  process.kill(note.keeper.pid, 'SIGKILL')
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(leaders.every(lives)).toBe(true)
  writeFileSync(join(where.folder, 'old'), '')
  const household = await Household.enter(where, { keep: false })
  expect(leaders.some(lives)).toBe(false)
  expect(existsSync(join(where.folder, 'old'))).toBe(false)
  await household.close()
  expect(existsSync(where.folder)).toBe(false)
})

/** A process in a group of its own that no demo started. */
function stranger(): RunningProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true })
  return runningProcess(child.pid ?? 0)
}

it('ends what it adopted, also what comes when it has been left already', async () => {
  const household = await Household.enter(place('adopted'), { keep: false })
  const [early, late] = [stranger(), stranger()]
  household.adopt(early)
  await household.close()
  expect(lives(early)).toBe(false)
  expect(lives(late)).toBe(true)
  household.adopt(late)
  expect(await untilGone([late])).toBe(true)
})

it('gives processes the variables that it was given before', async () => {
  const household = await Household.enter(place('variables'), { keep: false })
  household.give({ MILLRACE_TEST_WORD: 'hello' })
  const child = household.start(['-p', 'process.env.MILLRACE_TEST_WORD'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [text] = (await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer]
  expect(String(text)).toBe('hello\n')
  await household.close()
})

it('refuses to begin while another demo is at work, and says which process it is', async () => {
  const where = place('twice')
  const { child, groups } = startDemo(where)
  const leaders = await groups
  await expect(Household.enter(where, { keep: true })).rejects.toThrow(DemoFailure)
  await expect(Household.enter(where, { keep: true })).rejects.toThrow(`process ${child.pid}`)
  expect(leaders.every(lives)).toBe(true)
  child.kill('SIGKILL')
  expect(await untilGone(leaders)).toBe(true)
})

it('takes a process that was given an old id for another one', () => {
  const own = runningProcess(process.pid)
  expect(lives(own)).toBe(true)
  if (own.startTime !== '') expect(lives({ ...own, startTime: '1' })).toBe(false)
})
