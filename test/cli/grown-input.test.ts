import { createHash } from 'node:crypto'
import { copyFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectationOf } from '../harness/checker/expectation.ts'
import { type RunDocument, wholeInput } from '../harness/document.ts'
import { accessLine, madeLog } from '../harness/log-text.ts'
import { Random, testSeed } from '../harness/random.ts'
import { document, StateFolder } from '../harness/state-folder.ts'

// `run` on an input it knows: the same, grown, renamed, compressed. The document always describes the whole input.

const START = Date.UTC(2026, 3, 1, 12)
const CASE_MS_MAX = 60_000
const seed = testSeed()
const random = new Random(seed)
const log = madeLog(random, { lines: 900, from: START, stepMs: 2_500, disorderMs: 300_000, addresses: 25, oddShare: 0.08 })
const folder = new StateFolder()

beforeAll(async () => {
  console.info(`MILLRACE_SEED=${seed}`)
  await folder.keepServices()
}, 120_000)

afterAll(() => folder.close())

/** Runs the input and checks document and tables against an independent reading of `content`. */
async function runWhole(input: string, content: Uint8Array): Promise<RunDocument> {
  const expected = expectationOf(content)
  const result = await folder.run(input)
  expect(wholeInput(result), `seed ${seed}`).toEqual(expected.document)
  expect(await folder.digest(input), `seed ${seed}`).toEqual(expected.tables)
  return result
}

/** End of the line that holds byte `at`, its newline included. */
const lineEnd = (at: number): number => log.indexOf(0x0a, at) + 1
const linesIn = (content: Uint8Array): number =>
  Buffer.from(content)
    .toString('latin1')
    .split('\n')
    .filter((line, i, all) => i < all.length - 1 || line !== '').length

describe('the same input', () => {
  it(
    'is not processed again, under whatever name, plain or compressed, and its document is the same',
    async () => {
      const input = folder.write('first.log', log)
      const first = await runWhole(input, log)
      expect(first.input).toMatchObject({ name: 'first.log', new_lines: first.input.lines })
      expect(first.run).toMatchObject({ project: 'weblogs', engine: 'stream', resumed: false })
      const copy = join(folder.files, 'copy.log')
      copyFileSync(input, copy)
      const compressed = folder.write('first.log.gz', Buffer.concat([gzipSync(log.subarray(0, 1000)), gzipSync(log.subarray(1000))]))
      for (const again of [input, copy, compressed]) {
        const { run, input: figures, seconds: _, ...rest } = await folder.run(again)
        expect({ ...rest, input: { ...figures, name: '', new_lines: 0 } }).toEqual({
          assets: first.assets,
          top: first.top,
          alerts: first.alerts,
          input: { ...first.input, name: '', new_lines: 0 },
        })
        expect(figures.new_lines).toBe(0)
        expect(run).toMatchObject({ resumed: true, engine: 'stream' })
      }
      const renamed = join(folder.files, 'renamed.log')
      renameSync(input, renamed)
      expect((await folder.run(renamed)).input).toMatchObject({ name: 'renamed.log', new_lines: 0 })
    },
    CASE_MS_MAX,
  )

  it(
    'is processed anew with `--replace`, and then known again',
    async () => {
      const content = Buffer.concat([Buffer.from(`${accessLine({ time: START, ip: '192.0.2.201' })}\n`), log.subarray(0, lineEnd(5_000))])
      const input = folder.write('replaced.log', content)
      await folder.run(input)
      const replaced = await folder.run(input, '--replace')
      expect(replaced.input.new_lines).toBe(replaced.input.lines)
      expect(replaced.run.resumed).toBe(false)
      expect((await runWhole(input, content)).input.new_lines).toBe(0)
    },
    CASE_MS_MAX,
  )

  it(
    'is always new on standard input',
    async () => {
      const content = log.subarray(0, lineEnd(4_000))
      for (let time = 0; time < 2; time++) {
        const piped = document<RunDocument>(await folder.command(['run', '--input', '-', '--json'], { stdin: content }))
        expect(wholeInput(piped)).toEqual(expectationOf(content).document)
        expect(piped.input).toMatchObject({ name: '-', new_lines: piped.input.lines })
        expect(piped.run.resumed).toBe(false)
      }
    },
    CASE_MS_MAX,
  )

  it(
    'is new in another environment',
    async () => {
      const input = folder.write('environments.log', log)
      const other = await folder.run(input, '--env', 'other')
      expect(other.input.new_lines).toBe(other.input.lines)
    },
    CASE_MS_MAX,
  )
})

describe('a grown input', () => {
  it(
    'goes on at the boundary of lines, in the middle of a line, within one window and long after all have closed',
    async () => {
      const later = madeLog(random, { lines: 60, from: START + 86_400_000, stepMs: 4_000, disorderMs: 0, addresses: 25, oddShare: 0.08 })
      const prefix = Buffer.from(`${accessLine({ time: START, ip: '192.0.2.202' })}\n`)
      const whole = Buffer.concat([prefix, log, log.at(-1) === 0x0a ? Buffer.alloc(0) : Buffer.from('\n'), later])
      const boundary = (at: number) => whole.indexOf(0x0a, at) + 1
      const steps = [
        prefix.length - 20,
        boundary(9_000),
        boundary(9_000) + 1,
        boundary(20_000) + 40,
        prefix.length + log.length,
        whole.length,
      ]
      let linesBefore = 0
      for (const [i, end] of steps.entries()) {
        const content = whole.subarray(0, end)
        const grown = await runWhole(folder.write('growing.log', content), content)
        expect(grown.input.new_lines).toBe(linesIn(content) - linesBefore)
        expect(grown.run.resumed).toBe(i > 0)
        linesBefore = linesIn(content)
      }
      const fresh = new StateFolder()
      const uninterrupted = await fresh.run(fresh.write('other-name.log', whole))
      const digest = await fresh.digest(join(fresh.files, 'other-name.log'))
      await fresh.close()
      expect(wholeInput(await folder.run(join(folder.files, 'growing.log')))).toEqual(wholeInput(uninterrupted))
      expect(await folder.digest(join(folder.files, 'growing.log'))).toEqual(digest)
    },
    3 * CASE_MS_MAX,
  )

  it(
    'goes on when it has grown under another name, and when only its compressed form has',
    async () => {
      const prefix = Buffer.from(`${accessLine({ time: START, ip: '192.0.2.203' })}\n`)
      const whole = Buffer.concat([prefix, log.subarray(0, lineEnd(12_000))])
      const half = whole.subarray(0, prefix.length + lineEnd(6_000))
      const first = await folder.run(folder.write('day.log', half))
      const grown = await runWhole(folder.write('day-renamed.log.gz', gzipSync(whole)), whole)
      expect(grown.input).toMatchObject({
        name: 'day-renamed.log.gz',
        new_lines: grown.input.lines - first.input.lines,
        sha256: createHash('sha256').update(whole).digest('hex'),
      })
      expect(grown.run.resumed).toBe(true)
    },
    CASE_MS_MAX,
  )
})

describe('a finished run', () => {
  it(
    'still answers when the input file and the log are deleted',
    async () => {
      const content = Buffer.concat([Buffer.from(`${accessLine({ time: START, ip: '192.0.2.204' })}\n`), log.subarray(0, lineEnd(9_000))])
      const input = folder.write('lost.log', content)
      await folder.run(input)
      const { tables } = expectationOf(content)
      rmSync(input)
      rmSync(join(folder.state, 'log'), { recursive: true })
      expect(await folder.digest(input)).toEqual(tables)
      const { rows } = await folder.sql(
        'select (select count(*) from requests), (select count(*) from ip_activity), (select count(*) from requests__dead_letters)',
        '--input',
        input,
      )
      expect(rows).toEqual([[tables.requests.rows, tables.ip_activity.rows, tables.requests__dead_letters.rows]])
      expect(await folder.digest(input, '--asset', 'ip_activity')).toEqual({ ip_activity: tables.ip_activity })
    },
    CASE_MS_MAX,
  )
})
