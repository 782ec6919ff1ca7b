import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectationOf } from '../harness/checker/expectation.ts'
import { startCommand, WEBLOGS } from '../harness/command.ts'
import { type RunDocument, wholeInput } from '../harness/document.ts'
import { expectFailure, expectPlainFailure } from '../harness/failure.ts'
import { accessLine, madeLog } from '../harness/log-text.ts'
import { Random } from '../harness/random.ts'
import { document, freshFolder, StateFolder } from '../harness/state-folder.ts'

// Inputs that cannot be read: what is said of them, and that nothing committed is touched by them.

const START = Date.UTC(2026, 3, 1, 12)
const NOBODY = 65_534
const log = madeLog(new Random(11), { lines: 400, from: START, stepMs: 2_000, disorderMs: 60_000, addresses: 20, oddShare: 0.05 })
const folder = new StateFolder()
let kept: string

beforeAll(async () => {
  await folder.keepServices()
  kept = folder.write('kept.log', log)
  await folder.run(kept)
}, 120_000)

afterAll(() => folder.close())

const run = (input: string, ...args: readonly string[]) => folder.command(['run', '--input', input, '--json', ...args])

describe('an input that cannot be read', () => {
  it('is refused when it does not exist', async () => {
    const path = join(folder.files, 'gone.log')
    expectFailure(await run(path), { code: 'source/missing-file', says: [path] })
    expectFailure(await run(join(kept, 'inside')), { code: 'source/missing-file', says: [join(kept, 'inside')] })
  })

  it('is refused when it is a folder', async () => {
    expectFailure(await run(folder.files), { code: 'source/is-a-folder', says: [folder.files] })
  })

  it('is refused when it is empty, also compressed and as standard input', async () => {
    expectFailure(await run(folder.write('empty.log', '')), { code: 'source/empty-file', says: ['empty.log'] })
    expectFailure(await run(folder.write('empty.log.gz', gzipSync(''))), { code: 'source/empty-file', says: ['empty.log.gz'] })
    expectFailure(await folder.command(['run', '--input', '-', '--json'], { stdin: new Uint8Array() }), { code: 'source/empty-file' })
  })

  it('is refused when it may not be read', async (context) => {
    const secret = folder.write('secret.log', log)
    chmodSync(secret, 0o000)
    if (process.getuid?.() !== 0) return void expectFailure(await run(secret), { code: 'source/unreadable', says: [secret, 'EACCES'] })
    const plain = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
    if (spawnSync(plain[0], [...plain.slice(1), process.execPath, '-p', '1'], { cwd: '/' }).status !== 0)
      context.skip('root reads everything, and setpriv cannot make it a plain user here')
    chmodSync(folder.files, 0o755)
    const state = freshFolder()
    chownSync(state, NOBODY, NOBODY)
    const { ended } = startCommand(['run', '--project', WEBLOGS, '--state', state, '--input', secret, '--json'], { under: plain })
    expectFailure(await ended, { code: 'source/unreadable', says: [secret, 'EACCES'] })
    rmSync(state, { recursive: true })
  })

  it('is refused when the system cannot read it', async (context) => {
    if (!existsSync('/proc/self/mem')) context.skip('needs a file that cannot be read at its beginning, as Linux has in /proc')
    expectFailure(await run('/proc/self/mem'), { code: 'source/unreadable', says: ['/proc/self/mem', 'EIO'] })
  })

  it('is refused when it is named .gz and is no gzip', async () => {
    expectFailure(await run(folder.write('plain.log.gz', log)), { code: 'source/not-gzip', says: ['plain.log.gz'] })
  })

  it('is refused when its gzip data are damaged', async () => {
    const bytes = gzipSync(log)
    bytes.fill(0xff, 400, 500)
    expectFailure(await run(folder.write('damaged.log.gz', bytes)), { code: 'source/corrupt-gzip', says: ['damaged.log.gz'] })
  })

  it('says the same as text without `--json`', async () => {
    expectPlainFailure(await folder.command(['run', '--input', folder.files]), { code: 'source/is-a-folder', says: [folder.files] })
  })

  it('leaves everything committed as it was', async () => {
    expect(await folder.digest(kept)).toEqual(expectationOf(log).tables)
  })

  it('leaves no state folder behind', async () => {
    const state = join(folder.files, 'untouched')
    const { ended } = startCommand(['run', '--project', WEBLOGS, '--state', state, '--input', join(folder.files, 'gone.log'), '--json'])
    expectFailure(await ended, { code: 'source/missing-file' })
    expect(existsSync(state)).toBe(false)
  })
})

describe('an input that changes', () => {
  it('is refused when its gzip stream is cut off, and goes on when it is whole again', async () => {
    const other = madeLog(new Random(12), { lines: 4_000, from: START, stepMs: 2_000, disorderMs: 60_000, addresses: 20, oddShare: 0.05 })
    const bytes = gzipSync(other)
    const path = folder.write('cut.log.gz', bytes.subarray(0, bytes.length - 1000))
    expectFailure(await run(path), { code: 'source/truncated-gzip', says: [path] })
    folder.write('cut.log.gz', bytes)
    const expected = expectationOf(other)
    expect(wholeInput(await folder.run(path))).toEqual(expected.document)
    expect(await folder.digest(path)).toEqual(expected.tables)
  }, 60_000)

  it('is refused without `--replace` when its beginning, its end or its length is another', async () => {
    const path = folder.write('changing.log', log)
    const first = await folder.run(path)
    const before = await folder.digest(path)
    const early = Buffer.from(log)
    early[3] ^= 1
    const last = Buffer.from(log)
    last[last.length - 3] ^= 1
    for (const changed of [early, last, log.subarray(0, log.length - 2), Buffer.concat([Buffer.from('x'), log])]) {
      writeFileSync(path, changed)
      expectFailure(await run(path), { code: 'input/changed', says: [path] })
    }
    expect(await folder.digest(path), 'what was committed').toEqual(before)
    const replaced = await folder.run(path, '--replace')
    expect(replaced.input.new_lines).toBe(replaced.input.lines)
    expect(replaced.input.sha256).not.toBe(first.input.sha256)
  }, 60_000)

  it('answers in full or says that the file is missing when it vanishes while the command starts', async () => {
    const other = Buffer.concat([Buffer.from(`${accessLine({ time: START, ip: '192.0.2.200' })}\n`), log])
    const expected = expectationOf(other).document
    for (const afterMs of [300, 700, 1_100]) {
      const path = folder.write(`vanishing-${afterMs}.log`, other)
      const { ended } = folder.start(['run', '--input', path, '--json', '--replace'])
      setTimeout(() => rmSync(path), afterMs)
      const outcome = await ended
      if (outcome.status === 0) expect(wholeInput(document<RunDocument>(outcome))).toEqual(expected)
      else expectFailure(outcome, { code: 'source/missing-file', says: [path] })
    }
  }, 60_000)

  it('still answers SQL and digests when the file has vanished after its run, and `run` says so', async () => {
    const path = folder.write('soon-gone.log', log)
    await folder.run(path)
    const before = await folder.digest(path)
    rmSync(path)
    expect(await folder.digest(path)).toEqual(before)
    expect((await folder.sql('select count(*) from requests', '--input', path)).rows).toEqual([[before.requests.rows]])
    expectFailure(await run(path), { code: 'source/missing-file', says: [path] })
  })
})
