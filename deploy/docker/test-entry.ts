// The command of the test image: the example's shop, its visitors and attackers, and the detector that follows the shop's log. A new state
// begins with a simulated past that the detector's models learn from. When the visitors are through, shop and detector stay. All end
// when either of these ends, or on SIGTERM.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'

const { SHOP_PORT = '4610', PORT = '4600', LOGS = '/logs', STATE = '/state' } = process.env
const { SEED = '1', INTENSITY = '1', MINUTES = '75', DAYS = '10' } = process.env
const STOP_MS_MAX = 15_000
const SIMULATOR = 'examples/weblogs/simulator'
const MILLRACE = 'packages/millrace/bin/millrace.js'
const PROJECT = ['--project', 'examples/weblogs', '--state', STATE]
const PAST = `${STATE}/past`
/** Written when the models have learned. */
const LEARNED = `${STATE}/learned`
const DAY_MS = 86_400_000

const running = new Set<ChildProcess>()
let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(0))

mkdirSync(LOGS, { recursive: true })
if (Number(DAYS) > 0 && !existsSync(LEARNED)) await learn()
if (!stopping) live()

/** Simulates the days before now, and trains and deploys the models on them. A model that fails its gates leaves its fallback rule to decide. */
async function learn(): Promise<void> {
  const from = new Date(Date.now() - Number(DAYS) * DAY_MS).toISOString()
  await done(`${SIMULATOR}/simulate.ts`, ['--seed', SEED, '--days', DAYS, '--start', from, '--out', PAST])
  await done(MILLRACE, ['run', ...PROJECT, '--input', `${PAST}/access.log`])
  await done(MILLRACE, ['train', ...PROJECT, '--input', `${PAST}/access.log`, '--labels', `${PAST}/labels.jsonl`, '--deploy'], {
    mayFail: true,
  })
  if (stopping) return
  rmSync(PAST, { recursive: true, force: true })
  writeFileSync(LEARNED, '')
}

function live(): void {
  /** Shop and visitors share a clock: simulated time is real time at this moment, and runs faster from there. */
  const now = Date.now()
  const clock = ['--start', new Date(now).toISOString(), '--real-start', String(now), '--speed', '60', '--seed', SEED]
  lasting(MILLRACE, ['up', ...PROJECT, '--from', `${LOGS}/*.log`, '--host', '0.0.0.0', '--port', PORT])
  const shop = lasting(`${SIMULATOR}/shop.ts`, ['--port', SHOP_PORT, '--log', `${LOGS}/access.log`, ...clock])
  const visit = [
    '--url',
    `http://127.0.0.1:${SHOP_PORT}`,
    '--minutes',
    MINUTES,
    '--intensity',
    INTENSITY,
    '--labels',
    `${STATE}/labels.jsonl`,
  ]
  // Its first line says that it listens.
  shop.stdout?.once('data', () => {
    if (!stopping) void done(`${SIMULATOR}/traffic.ts`, [...visit, ...clock])
  })
}

function start(file: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout?.pipe(process.stdout, { end: false })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** A process without which nothing goes on. */
function lasting(file: string, args: readonly string[]): ChildProcess {
  const child = start(file, args)
  child.once('exit', (code, signal) => ended(file, signal ?? `status ${code}`))
  return child
}

/** Runs a process to its end. */
function done(file: string, args: readonly string[], { mayFail = false } = {}): Promise<void> {
  if (stopping) return Promise.resolve()
  return new Promise((resolve) => {
    start(file, args).once('exit', (code, signal) => {
      if (code !== 0 && !mayFail) ended(file, signal ?? `status ${code}`)
      resolve()
    })
  })
}

function ended(file: string, how: string): void {
  if (stopping) return
  console.error(`${file} ended with ${how}.`)
  void stop(1)
}

/** The latest first, so that the detector sees the shop's last lines. */
async function stop(status: number): Promise<void> {
  if (stopping) return
  stopping = true
  for (const child of [...running].reverse()) await killed(child)
  process.exit(status)
}

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX).unref()
  })
}
