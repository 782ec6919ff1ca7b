// The command of the test image: the example's shop, its visitors and attackers, and the detector that follows the shop's log.
// When the visitors are through, shop and detector stay. All end when either of these ends, or on SIGTERM.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'

const { SHOP_PORT = '4610', PORT = '4600', LOGS = '/logs', STATE = '/state', SEED = '1', INTENSITY = '1', MINUTES = '75' } = process.env
const STOP_MS_MAX = 15_000
/** Shop and visitors share a clock: simulated time is real time at this moment, and runs faster from there. */
const NOW = Date.now()
const CLOCK = ['--start', new Date(NOW).toISOString(), '--real-start', String(NOW), '--speed', '60', '--seed', SEED]
const SIMULATOR = 'examples/weblogs/simulator'
const OURS = ['--project', 'examples/weblogs', '--state', STATE, '--from', `${LOGS}/*.log`, '--host', '0.0.0.0', '--port', PORT]

let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(0))

mkdirSync(LOGS, { recursive: true })
const detector = start('packages/millrace/bin/millrace.js', ['up', ...OURS])
const shop = start(`${SIMULATOR}/shop.ts`, ['--port', SHOP_PORT, '--log', `${LOGS}/access.log`, ...CLOCK])
let visitors: ChildProcess | undefined
// Its first line says that it listens.
shop.stdout?.once('data', () => {
  if (stopping) return
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
  visitors = start(`${SIMULATOR}/traffic.ts`, [...visit, ...CLOCK], { mayEnd: true })
})

function start(file: string, args: readonly string[], { mayEnd = false } = {}): ChildProcess {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout?.pipe(process.stdout, { end: false })
  child.once('exit', (code, signal) => {
    if (stopping || (mayEnd && code === 0)) return
    console.error(`${file} ended with ${signal ?? `status ${code}`}.`)
    void stop(1)
  })
  return child
}

/** One after the other, so that the detector sees the shop's last lines. */
async function stop(status: number): Promise<void> {
  if (stopping) return
  stopping = true
  for (const child of [visitors, shop, detector]) if (child !== undefined) await ended(child)
  process.exit(status)
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX).unref()
  })
}
