import { randomUUID } from 'node:crypto'
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '@millrace/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../../packages/cli/test/dev/dev-process.ts'
import { order, orderLines, orderProject } from '../../packages/cli/test/source/source-project.ts'
import { readAll } from '../../packages/log-kafka/test/kafka-address.ts'
import { freePorts } from '../../scripts/process/free-port.ts'
import { Random, testSeed } from '../harness/random.ts'
import { SmallDisk } from '../harness/small-disk.ts'
import { OwnKafka } from '../kafka/own-kafka.ts'
import { OwnFlink } from './own-flink.ts'

// Laws 2 and 3, scaled: parts of an environment with Kafka and Flink are killed under load, one after the other, on servers of the test's own. In
// the end the tables are those of the stream engine, and what was carried on to Kafka and PostgreSQL is there once.

const PARTS = ['taskmanager', 'jobmanager', 'kafka', 'millrace'] as const
type Part = (typeof PARTS)[number]

/** One of the parts on every run, all of them with MILLRACE_LONG_TESTS=1. */
const KILLS = Number(process.env.MILLRACE_SCALED_KILLS ?? (process.env.MILLRACE_LONG_TESTS === '1' ? PARTS.length : 1))
const PROJECT = `orders-${randomUUID().slice(0, 8)}`
const SINK_TOPIC = `${PROJECT}-out`
const CASE_MS_MAX = 900_000
const START_MS_MAX = 600_000
const LOOK_MS = 250
const APPEND_MS = 200
/** Orders in a piece; each is a second of event time. */
const PIECE = 120
/** One order of each piece comes so much too late. */
const LATE_BY = 3_000
/** Orders that are written ahead of the rows that are told: those that wait while a part is away. */
const AHEAD_MAX = 12_000
const COUNT_MS = 2_000
const DISK_MB = 64
/** Longest time between a sign of life and the kill. */
const MOMENT_MS_MAX = 2_000

const ORDERS_FROM = Date.parse(order(0).ordered_at)

const seed = testSeed()
const random = new Random(seed)

function files(): Readonly<Record<string, string>> {
  const { 'orders.ts': orders, ...rest } = orderProject("m.files('in/*.jsonl', { format: 'json-lines' })")
  return {
    ...rest,
    'orders.ts': `${orders}
export const toKafka = m.sink('to_kafka', { from: shopOrders,
  to: m.kafkaTopic('${SINK_TOPIC}', { cluster: { brokers: m.env('SINK_BROKERS') }, key: ['shop'], partitions: 2 }) })
export const toPostgres = m.sink('to_postgres', { from: shopOrders, to: m.postgresTable({ url: m.env('SINK_DB'), table: 'shop_orders' }) })
`,
    'millrace.config.ts': `import { defineProject, env } from 'millrace'
export default defineProject({
  name: '${PROJECT}',
  environments: {
    scaled: {
      kafka: { brokers: env('SINK_BROKERS') },
      flink: { gateway: env('GATEWAY'), jobManager: env('JOB_MANAGER'), checkpointEvery: '1s', parallelism: 2, restartsMax: 100 },
    },
  },
})
`,
  }
}

interface Row {
  readonly shop: string
  readonly window_end: string
  readonly hits: number
  readonly total: number
}

interface Outlet {
  readonly name: string
  readonly state: string
  readonly last_error: string | null
}

/** Writes a file until the disk takes no more. */
function fill(file: string): void {
  for (let size = 2 ** 20; size >= 2 ** 10; size /= 4)
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
}

function textOf({ shop, window_end, hits, total }: Row): string {
  return `${window_end} ${shop} ${hits} ${total}`
}

describe(`an environment of which ${KILLS} parts are killed under load`, () => {
  const bench = new Workbench(files())
  const path = bench.write('in/a.jsonl', '')
  let kafka: OwnKafka
  let flink: OwnFlink
  /** Holds the checkpoints; undefined where this user may not mount. */
  const disk = SmallDisk.mount(DISK_MB)
  let servers: Readonly<Record<string, string>>
  let database: string
  let session: DevProcess
  let written = 0
  /** Orders whose windows were told. */
  let toldTo = 0

  beforeAll(async () => {
    console.info(`MILLRACE_SEED=${seed}`)
    kafka = new OwnKafka({ port: await freePorts(2) })
    flink = new OwnFlink({
      port: await freePorts(4),
      taskHeapMb: 512,
      // A TaskManager that is gone is missed soon, one that is only slow is not.
      settings: {
        'heartbeat.interval': '2 s',
        'heartbeat.timeout': '30 s',
        ...(disk === undefined ? {} : { 'execution.checkpointing.dir': `file://${disk.path}` }),
      },
    })
    const [brokers, { gateway, rest }] = await Promise.all([kafka.start(), flink.start()])
    const started = await bench.json(['start'])
    database = (started.postgres as unknown as { url: string }).url
    servers = { SINK_BROKERS: brokers, GATEWAY: gateway, JOB_MANAGER: rest, SINK_DB: database }
  }, START_MS_MAX)

  afterAll(async () => {
    await bench.close()
    await Promise.all([kafka.remove(), flink.remove()])
    disk?.remove()
  }, START_MS_MAX)

  const begin = (): DevProcess => bench.devWith(servers, '--env', 'scaled', '--no-server')

  /** Appends orders to the one file that is followed, with one that is late in each piece, unless many are on their way. */
  function append(): void {
    const told = session.lines.findLast(({ kind }) => kind === 'window')?.window_end as string | undefined
    toldTo = Math.max(toldTo, told === undefined ? 0 : (Date.parse(told) - ORDERS_FROM) / 1_000)
    if (written - toldTo > AHEAD_MAX) return
    const late = Math.max(0, written - LATE_BY)
    appendFileSync(path, orderLines(written, written + PIECE) + orderLines(late, late + 1))
    written += PIECE
  }

  const lines = (): number => (written / PIECE) * (PIECE + 1)

  async function rowsOf(env: string): Promise<number> {
    const { rows } = await bench.json(['sql', 'select count(*) from shop_orders', '--env', env])
    return Number((rows as unknown as number[][] | undefined)?.[0]?.[0] ?? 0)
  }

  /** Waits until rows of further windows are told: everything on their way works. */
  async function signOfLife(): Promise<void> {
    const running = session
    const before = running.of('window').length
    let ended = false
    void running.exited.then(() => {
      ended = true
    })
    while (running.of('window').length <= before) {
      expect(ended, `the session has ended: ${running.stderr} ${JSON.stringify(running.lines.at(-1))}`).toBe(false)
      await sleep(LOOK_MS)
    }
  }

  async function kill(part: Part): Promise<void> {
    if (part === 'kafka') await kafka.kill()
    else if (part === 'millrace') await session.kill('SIGKILL')
    else await flink.kill(part)
    await sleep(random.between(0, MOMENT_MS_MAX))
    if (part === 'kafka') await kafka.start()
    else if (part === 'millrace') session = begin()
    else await flink.start()
  }

  /** Rows that the sink has committed to Kafka. */
  async function sentRows(): Promise<string[]> {
    const records = (await readAll(SINK_TOPIC, { brokers: [servers.SINK_BROKERS] })).flat()
    return records.map(({ value }) => textOf(JSON.parse(String(value)) as Row))
  }

  /** Rows that the sink has put into PostgreSQL. */
  async function keptRows(): Promise<string[]> {
    const store = await openStore({ stateDir: bench.state, databaseUrl: database })
    try {
      const table = store.db.withSchema('public').selectFrom('shop_orders' as never)
      const found = (await table.selectAll().execute()) as readonly object[] as readonly Row[]
      return found.map((row) => textOf({ ...row, window_end: new Date(row.window_end).toISOString() }))
    } finally {
      await store.close()
    }
  }

  /** Does something while orders come. */
  async function underLoad(work: () => Promise<void>): Promise<void> {
    append()
    const writing = setInterval(append, APPEND_MS)
    try {
      await work()
    } finally {
      clearInterval(writing)
    }
  }

  const job = () => session.of('outlet').flatMap(({ outlet }) => ((outlet as Outlet).name === 'views on Flink' ? [outlet as Outlet] : []))

  it('says that checkpoints fail while their folder is full, and goes on when there is room again', {
    timeout: CASE_MS_MAX,
    skip: disk === undefined,
  }, async () => {
    session = begin()
    await underLoad(async () => {
      await signOfLife()
      const filler = join(disk?.path ?? '', 'filler')
      // A checkpoint that failed makes room when it is swept.
      while (job().at(-1)?.state !== 'retrying') {
        fill(filler)
        await sleep(LOOK_MS)
      }
      expect(job().at(-1)?.last_error).toMatch(/checkpoints in a row have failed: .* See that Flink can write to its checkpoint folder/)
      rmSync(filler)
      while (job().at(-1)?.state !== 'running') await sleep(LOOK_MS)
      await signOfLife()
    })
    expect(await session.kill('SIGTERM')).toBe(0)
  })

  it('gives the tables of the stream engine', { timeout: CASE_MS_MAX }, async () => {
    session = begin()
    await underLoad(async () => {
      await signOfLife()
      const left = [...PARTS] as Part[]
      for (let n = 0; n < KILLS; n++) {
        const [part] = left.splice(random.between(0, left.length - 1), 1)
        await sleep(random.between(0, MOMENT_MS_MAX))
        const began = performance.now()
        await kill(part)
        await signOfLife()
        console.info(`${part} killed after ${written} orders; rows come again after ${Math.round(performance.now() - began)} ms`)
      }
    })
    await bench.follow(lines())
    const expected = await rowsOf('dev')
    while ((await rowsOf('scaled')) < expected) await sleep(COUNT_MS)
    while ((await sentRows()).length < expected || (await keptRows()).length < expected) await sleep(COUNT_MS)
    expect(await session.kill('SIGTERM')).toBe(0)
    const digest = async (env: string): Promise<unknown> => (await bench.json(['digest', '--env', env])).tables
    expect(await digest('scaled'), `seed ${seed}`).toEqual(await digest('dev'))
    expect(await digest('dev')).toMatchObject({ shop_orders__late: { rows: expect.toSatisfy((rows: number) => rows > 0) } })
  })

  it('has carried each row on once, to Kafka and to PostgreSQL', { timeout: CASE_MS_MAX }, async () => {
    const { rows } = await bench.json(['sql', 'select shop, window_end, hits, total from shop_orders', '--limit', '1000000'])
    const expected = (rows as unknown as [string, string, number, number][])
      .map(([shop, window_end, hits, total]) => textOf({ shop, window_end, hits, total }))
      .toSorted()
    expect(expected.length).toBeGreaterThan(0)
    expect((await sentRows()).toSorted(), `seed ${seed}`).toEqual(expected)
    expect((await keptRows()).toSorted(), `seed ${seed}`).toEqual(expected)
  })
})
