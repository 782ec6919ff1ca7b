import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Expectation, expectationOf } from '../harness/checker/expectation.ts'
import { type Digest, type RunDocument, wholeInput } from '../harness/document.ts'
import { madeLog } from '../harness/log-text.ts'
import { killGroup, killPostgres } from '../harness/process-group.ts'
import { Random, testSeed } from '../harness/random.ts'
import { document, StateFolder } from '../harness/state-folder.ts'

// Law 3: the real command is killed again and again on one input, then finished; its tables are those of an uninterrupted run
// in a fresh state folder, and those that an independent reading gives.

const LONG = process.env.MILLRACE_LONG_TESTS === '1'
const KILLS_MIN = LONG ? 100 : 20
const KILL_MS_MIN = 20
const KILL_MS_MAX = 2_000
/** Share of the shortest run's time by which every other kill comes later. */
const HEAD_START = 0.6
const LINES = LONG ? 1_500_000 : 150_000
const COMMIT_KILLS_MAX = 12
const TEST_MS_MAX = 600_000
/** A kill inside a commit: the data or the metadata are on disk, and the catalog does not know them yet. */
const INSIDE_COMMIT = /lake commit (data-written|metadata-written) \S+\n$/

const seed = testSeed()
const random = new Random(seed)
const plan = { lines: LINES, from: Date.UTC(2026, 2, 28, 22), stepMs: 60, disorderMs: 60_000, addresses: 400, oddShare: 0.03 }
const log = madeLog(random, plan)
const killed = new StateFolder()
const fresh = new StateFolder()
let expected: Expectation
let whole: Readonly<Record<string, Digest>>

beforeAll(async () => {
  console.info(`MILLRACE_SEED=${seed}`)
  expected = expectationOf(log)
  await fresh.keepServices()
  const input = fresh.write('access.log', log)
  expect(wholeInput(await fresh.run(input))).toEqual(expected.document)
  whole = await fresh.digest(input)
  expect(whole).toEqual(expected.tables)
  await fresh.close()
  await killed.keepServices()
}, TEST_MS_MAX)

afterAll(() => killed.close())

const traced = { env: { MILLRACE_TRACE_COMMITS: '1' } }

/** Runs the input to its end and compares document and tables with those of the uninterrupted run. */
async function finish(input: string): Promise<RunDocument> {
  const finished = await killed.run(input)
  expect(wholeInput(finished), `seed ${seed}`).toEqual(expected.document)
  expect(await killed.digest(input), `seed ${seed}`).toEqual(whole)
  return finished
}

/** How long a run over one line takes: every other kill comes that much later, when there is more to lose. */
async function shortestRunMs(): Promise<number> {
  const input = killed.write('one-line.log', log.subarray(0, log.indexOf('\n') + 1))
  const started = performance.now()
  await killed.run(input)
  return performance.now() - started
}

describe('Law 3: killed at any moment and started again, a run gives the tables of an uninterrupted one', () => {
  it(
    `after ${KILLS_MIN} kills with SIGKILL at random moments, of PostgreSQL too`,
    async () => {
      const input = killed.write('access.log', log)
      const shortestMs = await shortestRunMs()
      const documents: RunDocument[] = []
      let kills = 0
      let databases = 0
      for (let over = false; kills < KILLS_MIN; ) {
        const { child, ended } = killed.start(['run', '--input', input, '--json', ...(over ? ['--replace'] : [])])
        await Promise.race([sleep((kills % 2) * HEAD_START * shortestMs + random.between(KILL_MS_MIN, KILL_MS_MAX)), ended])
        if (killGroup(child)) kills += 1
        if (random.chance(0.2)) databases += killPostgres(killed.state) > 0 ? 1 : 0
        const outcome = await ended
        over = outcome.signal === null
        if (over) documents.push(document(outcome))
      }
      console.info(
        `${kills} kills of the command, ${databases} of PostgreSQL; ${documents.length} runs came to their end before, ${documents.filter(({ run }) => run.resumed).length} of them resumed`,
      )
      documents.push(await finish(input))
      for (const one of documents) expect(wholeInput(one), `seed ${seed}`).toEqual(expected.document)
    },
    TEST_MS_MAX,
  )

  it(
    'after kills inside a lake commit, as its trace proves',
    async () => {
      const input = killed.write('access.log', log)
      const inside: string[] = []
      for (let attempt = 0; attempt < COMMIT_KILLS_MAX && new Set(inside).size < 2; attempt++) {
        const wanted = inside.includes('data-written') ? 'metadata-written' : 'data-written'
        const after = random.between(0, 3)
        let seen = 0
        const onStderr = (text: string, child: Parameters<typeof killGroup>[0]) => {
          seen += text.split(`lake commit ${wanted} `).length - 1
          if (seen > after) killGroup(child)
        }
        const outcome = await killed.start(['run', '--input', input, '--json', ...(attempt === 0 ? ['--replace'] : [])], {
          ...traced,
          onStderr,
        }).ended
        const phase = INSIDE_COMMIT.exec(outcome.stderr)?.[1]
        if (outcome.signal === 'SIGKILL' && phase !== undefined) inside.push(phase)
      }
      console.info(`killed inside commits: ${inside.join(', ')}`)
      expect(inside.length).toBeGreaterThan(0)
      expect((await finish(input)).run.resumed).toBe(true)
    },
    TEST_MS_MAX,
  )

  it(
    'and nothing is processed again once it is whole',
    async () => {
      const before = await killed.digest(`${killed.files}/access.log`)
      const again = await killed.run(`${killed.files}/access.log`)
      expect(again.input.new_lines).toBe(0)
      expect(await killed.digest(`${killed.files}/access.log`)).toEqual(before)
    },
    TEST_MS_MAX,
  )
})
