import { checkPlan, type EventLog, type PlanNode, type StampedRow } from '@millrace/core'
import { lowerPlan, type ProcessMark, type RunLog, runPartitions, runShared, type StreamJob, shareRecords } from '@millrace/engine-stream'
import { runReference } from '@millrace/reference'
import { seedOr } from '@millrace/testkit'
import { describe, expect, test } from 'vitest'
import {
  append,
  Crash,
  closingRows,
  ends,
  freshLog,
  PARTITIONS,
  randomOf,
  rowText,
  SOURCE,
  stampedRows,
  topicRows,
  withTransact,
} from './log-fixture.ts'

const SCAN: PlanNode = { id: 'n1', kind: 'scan', source: 'requests' }

function planOf(...nodes: readonly object[]) {
  return checkPlan({ millrace_plan: 1, sources: [SOURCE], nodes: [SCAN, ...nodes], output: (nodes.at(-1) as PlanNode).id })
}

/** One view within the source's partitions, one behind an exchange. */
const PLANS = {
  recent: planOf({
    id: 'w',
    kind: 'window-aggregate',
    input: 'n1',
    keys: ['key1'],
    window: { kind: 'hopping', size_ms: 3000, every_ms: 1000 },
    aggregates: [
      { name: 'rows', fn: 'count' },
      { name: 'total', fn: 'sum', args: [{ col: 'big1' }] },
      { name: 'texts', fn: 'count_distinct', args: [{ col: 'txt1' }] },
    ],
  }),
  site: planOf(
    { id: 'x', kind: 'exchange', input: 'n1', keys: ['txt1'], partitions: 3 },
    {
      id: 'w',
      kind: 'window-aggregate',
      input: 'x',
      keys: ['txt1'],
      window: { kind: 'tumbling', size_ms: 2000 },
      aggregates: [
        { name: 'rows', fn: 'count' },
        { name: 'keys', fn: 'count_distinct', args: [{ col: 'key1' }] },
      ],
    },
  ),
}
const JOB: StreamJob = { topic: 'requests', assets: Object.entries(PLANS).map(([name, plan]) => ({ name, plan: lowerPlan(plan) })) }
const ALL = [0, 1, 2, 3]
const WAIT_MS_MAX = 20_000

/** A worker of a process of its own, as far as the log and the others can tell. */
class Member {
  readonly name: string
  readonly ended: Promise<void>
  readonly owned: () => readonly number[]
  readonly #leave = new AbortController()
  #gate: Promise<void> = Promise.resolve()
  #open: () => void = () => {}
  #dead = false

  constructor(log: EventLog, name: string, gone: ReadonlySet<string>, job = JOB) {
    this.name = name
    this.owned = () => owners(log).flatMap((owner, partition) => (owner === name ? [partition] : []))
    this.ended = runShared({
      log: this.#seen(log),
      job,
      pace: 'live',
      signal: this.#leave.signal,
      share: {
        member: { id: name, process: { name }, worker: 0 },
        isGone: (process: ProcessMark) => gone.has(String(process.name)),
        mayWrite: () => {},
      },
    })
    this.ended.catch(() => {})
  }

  /** Stands still before its next write, as a process that was stopped by a signal. */
  pause(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  goOn(): void {
    this.#open()
  }

  /** Dies before its next write. */
  async die(): Promise<void> {
    this.#dead = true
    await expect(this.ended).rejects.toThrow(Crash)
  }

  async stop(): Promise<void> {
    this.#leave.abort()
    await this.ended
  }

  #seen(log: EventLog): RunLog {
    return withTransact(log, async (write) => {
      await this.#gate
      if (this.#dead) throw new Crash()
      return log.transact(write)
    })
  }
}

function owners(log: EventLog): (string | null)[] {
  return shareRecords(log, 'requests', PARTITIONS).leases.map(({ owner }) => owner)
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS_MAX
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(holds()).toBe(true)
}

/** Everything that the views give in the end, without what still runs. */
async function finalRows(log: EventLog, name: keyof typeof PLANS): Promise<string[]> {
  const runs = [await runPartitions({ log, job: JOB, partitions: ALL, pace: 'bulk', until: () => ends(log) })]
  const width = PLANS[name].output.fields.length
  return [...topicRows(log, name, width), ...(await closingRows(runs, name, width))].sort()
}

function expectedRows(name: keyof typeof PLANS, rows: readonly StampedRow[]): string[] {
  return runReference(PLANS[name], rows, { mode: 'as_served' }).rows.map(rowText).sort()
}

describe('partitions that workers share', () => {
  const seed = seedOr(11)

  test(`come and go with workers that join, die, stand still and leave, and every row is given once (seed ${seed})`, {
    timeout: 120_000,
  }, async () => {
    const rows = stampedRows(randomOf(seed), 4000)
    const log = await freshLog()
    const gone = new Set<string>()
    let written = 0
    const write = async (count: number): Promise<void> => {
      for (let left = count; left > 0; left -= 50, written += 50) await append(log, rows.slice(written, written + 50), written)
    }
    const first = new Member(log, 'first', gone)
    await write(500)
    await until(() => first.owned().length === PARTITIONS)
    const second = new Member(log, 'second', gone)
    await write(500)
    await until(() => first.owned().length === 2 && second.owned().length === 2)

    second.pause()
    await write(1000)
    await until(() => first.owned().length === PARTITIONS)
    await write(500)
    await until(() =>
      ALL.every((partition) => log.position('stream:recent', 'requests', partition) === log.range('requests', partition).next),
    )
    for (const partition of ALL) await log.trim('requests', partition, log.range('requests', partition).next)
    const third = new Member(log, 'third', gone)
    await until(() => third.owned().length === 2)
    second.goOn()
    await until(() => second.owned().length > 0)
    await write(500)

    gone.add('first')
    await first.die()
    await until(() => !owners(log).includes('first'))
    await write(500)
    await third.stop()
    await until(() => second.owned().length === PARTITIONS)
    await write(500)
    await second.stop()
    expect(owners(log)).toEqual([null, null, null, null])
    expect(shareRecords(log, 'requests', PARTITIONS).members).toEqual([])
    const recent = await finalRows(log, 'recent')
    expect(recent).toEqual(expectedRows('recent', rows))
    await log.close()
  })

  test.each([
    ['in memory', undefined],
    ['within a budget', 20_000],
  ])('give the rows of a view behind an exchange once, while partitions change hands (%s)', { timeout: 120_000 }, async (_, stateBytes) => {
    const rows = stampedRows(randomOf(seed + 1), 3000)
    const log = await freshLog()
    const gone = new Set<string>()
    const running: Member[] = []
    for (let written = 0; written < rows.length; written += 100) {
      await append(log, rows.slice(written, written + 100), written)
      const step = written / 100
      if (step % 5 === 0) running.push(new Member(log, `member ${step}`, gone, { ...JOB, stateBytes }))
      if (step % 5 === 3) await until(() => owners(log).every((owner) => owner !== null))
      const oldest = running.length > 2 ? running.shift() : undefined
      if (oldest === undefined) continue
      if (step % 2 === 0) await oldest.stop()
      else {
        gone.add(oldest.name)
        await oldest.die()
      }
    }
    for (const member of running) await member.stop()
    expect(await finalRows(log, 'site')).toEqual(expectedRows('site', rows))
    await log.close()
  })

  test('are not run by a worker that may not write', async () => {
    const log = await freshLog()
    const refused = runShared({
      log,
      job: JOB,
      pace: 'live',
      signal: new AbortController().signal,
      share: {
        member: { id: 'other', process: {}, worker: 0 },
        isGone: () => false,
        mayWrite: () => {
          throw new Crash()
        },
      },
    })
    await expect(refused).rejects.toThrow(Crash)
    expect(owners(log)).toEqual([null, null, null, null])
    await log.close()
  })
})
