import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeBatch, rowsOf } from '@millrace/columnar'
import { type LogEntry, MillraceError } from '@millrace/core'
import { expect, onTestFinished, test } from 'vitest'
import { type EmbeddedLog, openLog } from '../src/index.ts'
import { randomFrom } from './numbers.ts'
import { numberOf, PARTITIONS, TOPIC } from './role.ts'
import { scratchFolder } from './scratch.ts'

const RUN_MS = Number(process.env.MILLRACE_TORTURE_MS ?? (process.env.MILLRACE_LONG_TESTS === '1' ? 60_000 : 20_000))
const DRAIN_MS_MAX = 60_000
const ROLES = ['appender', 'reader1', 'reader2', 'trimmer']
const READERS = ['reader1', 'reader2']

/** The processes of a run, each of which may be killed and started again; one that ends by itself has found a fault. */
class Crew {
  readonly faults: string[] = []
  readonly kills = new Map<string, number>(ROLES.map((role) => [role, 0]))
  readonly #path: string
  readonly #random: () => number
  readonly #running = new Map<string, ChildProcess>()
  readonly #atWork = new WeakSet<ChildProcess>()

  constructor(path: string, random: () => number) {
    this.#path = path
    this.#random = random
  }

  start(role: string): void {
    const seed = Math.floor(this.#random() * 2 ** 31)
    const child = spawn(process.execPath, [join(import.meta.dirname, 'role.ts'), role, this.#path, String(seed)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let said = ''
    child.stdout?.once('data', () => this.#atWork.add(child))
    child.stderr?.on('data', (data: Buffer) => {
      said = (said + data.toString()).slice(-4000)
    })
    child.on('exit', (code, signal) => {
      if (signal !== 'SIGKILL') this.faults.push(`${role} ended with ${code ?? signal}: ${said}`)
    })
    this.#running.set(role, child)
  }

  /** Waits until the process has done its first turn, or found a fault. */
  async untilAtWork(role: string): Promise<void> {
    const child = this.#running.get(role)
    while (child !== undefined && !this.#atWork.has(child) && this.faults.length === 0) await sleep(5)
  }

  async kill(role: string): Promise<void> {
    const child = this.#running.get(role)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    this.kills.set(role, (this.kills.get(role) ?? 0) + 1)
  }
}

/** The first entries that are kept; the trimmer may come between the two questions. */
function oldest(log: EmbeddedLog, partition: number): { due: number; entries: LogEntry[] } {
  for (;;) {
    const due = log.range(TOPIC, partition).first
    try {
      return { due, entries: log.read({ topic: TOPIC, partition, from: due, bytesMax: 4 * 1024 * 1024 }) }
    } catch (error) {
      if (!(error instanceof MillraceError && error.code === 'log/offset-out-of-range')) throw error
    }
  }
}

/** Whatever the moment: the entries that are kept follow each other without a gap and hold their own offsets. */
function expectDense(log: EmbeddedLog): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    let { due, entries } = oldest(log, partition)
    for (const { offset, span, bytes } of entries) {
      const rows = rowsOf(decodeBatch(bytes).batch)
      expect([offset, rows.length, rows[0][0], rows[rows.length - 1][0]]).toEqual([due, span, due, due + span - 1])
      due += span
    }
  }
}

function expectReadOnce(log: EmbeddedLog, reader: string): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const prefix = `seen/${reader}/${partition}/`
    let due = 0
    for (const { key, value } of log.entries(prefix)) {
      expect(Number(key.slice(prefix.length))).toBe(due)
      due = numberOf(value)
    }
    expect(due).toBe(log.range(TOPIC, partition).next)
    expect(log.position(reader, TOPIC, partition)).toBe(due)
  }
}

function isDrained(log: EmbeddedLog): boolean {
  return READERS.every((reader) =>
    Array.from({ length: PARTITIONS }, (_, p) => log.position(reader, TOPIC, p) === log.range(TOPIC, p).next).every(Boolean),
  )
}

test(
  'law 3: offsets stay dense and every consumer reads each record once while all processes are killed in turn',
  async () => {
    const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.info(`torture: seed ${seed}, ${RUN_MS} ms`)
    const random = randomFrom(seed)
    const path = scratchFolder()
    const log = openLog({ path })
    await log.openTopic(TOPIC, { partitions: PARTITIONS })
    for (const reader of READERS) await log.registerConsumer(reader, TOPIC)
    const crew = new Crew(path, random)
    onTestFinished(async () => {
      for (const role of ROLES) await crew.kill(role)
      await log.close()
    })
    for (const role of ROLES) crew.start(role)

    for (let turn = 0, until = Date.now() + RUN_MS; Date.now() < until || turn < 2 * ROLES.length; turn++) {
      const role = ROLES[turn % ROLES.length]
      if (random() < 0.8) await crew.untilAtWork(role)
      await sleep(random() * 600)
      await crew.kill(role)
      expectDense(log)
      crew.start(role)
      expect(crew.faults).toEqual([])
    }
    await crew.kill('appender')
    for (const until = Date.now() + DRAIN_MS_MAX; Date.now() < until && crew.faults.length === 0 && !isDrained(log); ) await sleep(100)
    for (const role of ROLES) await crew.kill(role)

    expect(crew.faults).toEqual([])
    expectDense(log)
    for (const reader of READERS) expectReadOnce(log, reader)
    expect([...log.entries('seen/')].length).toBeGreaterThan(20)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { first, next } = log.range(TOPIC, partition)
      expect(next).toBe(numberOf(log.get(`next/${partition}`)))
      expect(first).toBeGreaterThan(0)
    }
    const { fileBytes, usedBytes, topics } = log.stats()
    console.info(
      `torture: kills ${JSON.stringify([...crew.kills])}, ${topics[0].partitions.map(({ next }) => next).join(' + ')} records, file ${fileBytes}, used ${usedBytes} bytes`,
    )
    expect(Math.min(...crew.kills.values())).toBeGreaterThanOrEqual(2)
  },
  2 * RUN_MS + DRAIN_MS_MAX + 60_000,
)
