import { randomUUID } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { writeEventFolder } from '../../examples/nexmark/generator/event-folder.ts'
import { SETTINGS } from '../../examples/nexmark/generator/settings.ts'
import { Workbench } from '../../packages/cli/test/dev/dev-process.ts'
import { cancelJobs } from '../../packages/cli/test/scaled/scaled-project.ts'

const { MILLRACE_KAFKA = '', MILLRACE_FLINK_GATEWAY = '', MILLRACE_FLINK_REST = '', MILLRACE_LONG_TESTS } = process.env
const SERVERS = { KAFKA_BROKERS: MILLRACE_KAFKA, FLINK_GATEWAY: MILLRACE_FLINK_GATEWAY, FLINK_JOB_MANAGER: MILLRACE_FLINK_REST }
const EXAMPLE = fileURLToPath(new URL('../../examples/nexmark/', import.meta.url))
const IS_LONG = MILLRACE_LONG_TESTS === '1'
/** How stamped topics are written: MILLRACE_KAFKA_FORMAT=avro takes the queries through Avro. */
const FORMAT = process.env.MILLRACE_KAFKA_FORMAT === 'avro' ? 'avro' : 'json'
const NAME = `nexmark-${randomUUID().slice(0, 8)}`

/** One of each kind: records, pairs that are kept, aggregates over pairs, windows over windows, sessions, aggregates, a last row, ranks. */
const CHOSEN = ['q2', 'q3', 'q4', 'q5', 'q11', 'q17', 'q18', 'q19']
const EVENTS = IS_LONG ? 100_000 : 3_000
/** Twice as much disorder as is waited for, so that some rows are late. */
const DISORDER_MS = 8_000
const RATE = IS_LONG ? 2_000 : 100
const LOOK_MS = 3_000
/** Longest time in which no table changes. */
const STILL_MS_MAX = 180_000
const CASE_MS_MAX = IS_LONG ? 3_600_000 : 900_000

function exampleFiles(): Readonly<Record<string, string>> {
  const files = Object.fromEntries(
    globSync('**/*.{ts,json}', { cwd: EXAMPLE }).map((name) => [name, readFileSync(join(EXAMPLE, name), 'utf8')]),
  )
  const config = files['millrace.config.ts']
    .replace("name: 'nexmark'", `name: '${NAME}'`)
    .replace("'5s'", "'1s'")
    .replace("env('KAFKA_BROKERS')", `env('KAFKA_BROKERS'), format: '${FORMAT}'`)
  const views = files['nexmark.ts'].replace('QUERIES.map', `QUERIES.filter(({ name }) => ${JSON.stringify(CHOSEN)}.includes(name)).map`)
  return { ...files, 'millrace.config.ts': config, ...(IS_LONG ? {} : { 'nexmark.ts': views }) }
}

const bench = new Workbench(exampleFiles())

afterAll(async () => {
  await cancelJobs(NAME)
  await bench.close()
})

type Digests = Readonly<Record<string, { readonly rows: number; readonly sha256: string }>>

async function digestOf(env: string): Promise<Digests> {
  const { tables } = await bench.json(['digest', '--env', env])
  return tables
}

/** The tables of both environments once they are alike and whole, or once nothing has changed for long. */
async function bothOnce(isWhole: (tables: Digests) => boolean): Promise<readonly [Digests, Digests]> {
  let [found, since] = ['', Date.now()]
  for (;;) {
    const both = [await digestOf('dev'), await digestOf('scaled')] as const
    const [here, there] = both.map((tables) => JSON.stringify(tables))
    if (here === there && isWhole(both[0])) return both
    if (here + there !== found) [found, since] = [here + there, Date.now()]
    else if (Date.now() - since > STILL_MS_MAX) return both
    await sleep(LOOK_MS)
  }
}

it('the queries give the same tables on Flink as on the stream engine, with rows out of order and late', {
  timeout: CASE_MS_MAX,
}, async () => {
  const settings = { ...SETTINGS, rate: RATE, disorder: (DISORDER_MS * RATE) / 1_000 }
  await writeEventFolder({ folder: join(bench.project, 'events'), from: 0, count: EVENTS, closing: true }, settings)
  const lines = readFileSync(join(bench.project, 'events/bid.jsonl'), 'utf8').split('\n').length - 1
  const sessions = [bench.devWith({}, '--no-server'), bench.devWith(SERVERS, '--env', 'scaled', '--no-server')]
  const [here, there] = await bothOnce(({ bid, q18, q4 }) => bid.rows === lines && q18.rows > 0 && q4.rows > 0)
  expect(there).toEqual(here)
  expect(here.bid.rows).toBe(lines)
  expect(here.q4__late.rows).toBeGreaterThan(0)
  for (const session of sessions) await session.kill('SIGTERM')
  expect(sessions[1].of('problem')).toEqual([])
})
