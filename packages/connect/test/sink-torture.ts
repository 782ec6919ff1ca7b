import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { EventLog } from '@millrace/core'
import type { SinkTarget } from '../src/index.ts'
import { appendRows, randomFrom, rowsBatch } from './sink-place.ts'

/** How long the last process may take, in ms; most tests end before that by a limit of their own. */
const SETTLE_MS_MAX = 240_000
const script = fileURLToPath(new URL('./sink-process.ts', import.meta.url))

export interface Torture {
  readonly log: EventLog
  readonly path: string
  readonly partitions: number
  readonly target: SinkTarget
  readonly seed: number
  /** Processes that are killed at random points. */
  readonly kills: number
  /** Whether the sink has all of so many rows. */
  readonly hasAll: (rows: number) => Promise<boolean>
}

/** Appends rows while processes that carry them are killed with SIGKILL; a last process finishes. Returns how many rows there are. */
export async function torture({ log, path, partitions, target, seed, kills, hasAll }: Torture): Promise<number> {
  const random = randomFrom(seed)
  let rows = 0
  const append = async (count: number) => {
    await appendRows(log, rowsBatch(rows, rows + count), Math.floor(random() * partitions))
    rows += count
  }
  const start = () => startProcess(path, partitions, target)
  for (let kill = 0; kill < kills; kill++) {
    const child = await start()
    // Before it has opened anything, or with writes of all kinds under way.
    const until = performance.now() + 20 + random() ** 2 * 1_500
    while (performance.now() < until) {
      await append(1 + Math.floor(random() ** 3 * 900))
      await sleep(random() * 15)
    }
    await killed(child)
  }
  const last = await start()
  try {
    const deadline = performance.now() + SETTLE_MS_MAX
    while (!(await hasAll(rows)) && performance.now() < deadline) await sleep(30)
    await sleep(100)
  } finally {
    await killed(last)
  }
  return rows
}

async function startProcess(path: string, partitions: number, target: SinkTarget): Promise<ChildProcess> {
  const child = spawn(process.execPath, [script, path, String(partitions), JSON.stringify(target)], { stdio: ['pipe', 'pipe', 'inherit'] })
  await new Promise((resolve) => {
    child.stdout.once('data', resolve)
    child.once('close', resolve)
  })
  return child
}

function killed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('close', () => resolve())
    child.kill('SIGKILL')
  })
}
