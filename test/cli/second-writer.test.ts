import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectationOf } from '../harness/checker/expectation.ts'
import { type RunDocument, wholeInput } from '../harness/document.ts'
import { expectFailure } from '../harness/failure.ts'
import { madeLog } from '../harness/log-text.ts'
import { killGroup } from '../harness/process-group.ts'
import { Random } from '../harness/random.ts'
import { document, StateFolder } from '../harness/state-folder.ts'

// One writer per environment of a state folder; readers and other environments need not wait.

const log = madeLog(new Random(31), { lines: 300, from: Date.UTC(2026, 3, 1), stepMs: 4_000, disorderMs: 0, addresses: 9, oddShare: 0.05 })
/** Either of two that start at once may be first. */
const HEAD_START_MS = 1_000
const folder = new StateFolder()
let input: string

beforeAll(async () => {
  await folder.keepServices()
  input = folder.write('some.log', log)
  await folder.run(input)
}, 120_000)

afterAll(() => folder.close())

/** Starts a run that holds the state folder, for its standard input stays open; and the failure of another that finds it so. */
async function holdingRun() {
  for (;;) {
    const writer = folder.start(['run', '--input', '-', '--json'], { stdin: 'open' })
    await sleep(HEAD_START_MS)
    const probe = await folder.command(['run', '--input', input, '--json'])
    if (probe.status === 2 && writer.child.exitCode === null) return { ...writer, probe }
    writer.child.stdin?.end()
    await writer.ended
  }
}

describe('a second writer', () => {
  it('is refused with the first one named, while readers and other environments go on; then the first one finishes', async () => {
    const { child, ended, probe } = await holdingRun()
    const error = expectFailure(probe, { code: 'state/writer-active', status: 2, says: [String(child.pid), folder.state] })
    expect(error.found).toMatchObject({ pid: child.pid, command: 'run' })
    expect((await folder.sql('select count(*) from requests', '--input', input)).row_count).toBe(1)
    expect(wholeInput(await folder.run(input, '--env', 'other'))).toEqual(expectationOf(log).document)
    child.stdin?.end(log)
    expect(wholeInput(document<RunDocument>(await ended))).toEqual(expectationOf(log).document)
  }, 60_000)

  it('takes over from one that was killed', async () => {
    const { child, ended } = await holdingRun()
    killGroup(child)
    expect((await ended).signal).toBe('SIGKILL')
    expect((await folder.run(input)).input.new_lines).toBe(0)
  }, 60_000)

  it('takes over from one that was interrupted, which ends with the status of its signal', async () => {
    const { child, ended } = await holdingRun()
    process.kill(-(child.pid as number), 'SIGTERM')
    const outcome = await ended
    expect(outcome).toMatchObject({ status: 143, stdout: '' })
    expect(outcome.stderr).not.toMatch(/^\s+at /m)
    expect((await folder.run(input)).input.new_lines).toBe(0)
  }, 60_000)
})
