import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { TopicAdmin } from '@millrace/log-kafka'
import { afterAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { order, orderLines, orderProject } from '../source/source-project.ts'

const { MILLRACE_KAFKA: BROKERS = '', MILLRACE_FLINK_GATEWAY: GATEWAY = '', MILLRACE_FLINK_REST: JOB_MANAGER = '' } = process.env
const SERVERS = { BROKERS, GATEWAY, JOB_MANAGER }
const CASE_MS_MAX = 600_000
const LOOK_MS = 1_000
const KILLS = process.env.MILLRACE_LONG_TESTS === undefined ? 2 : 8
/** Late rows that are written in each part of the test. */
const LATE = { before: 20, each: 10, after: 20 }
const PROJECT = `orders-${randomUUID().slice(0, 8)}`
const MINUTE_MS = 60_000

const BEFORE = { minutes: 5, columns: '' }
const AFTER = { minutes: 3, columns: ', most: m.max(r.total)' }

function files({ minutes, columns }: typeof BEFORE): Readonly<Record<string, string>> {
  const project = orderProject("m.files('in/*.jsonl', { format: 'json-lines' })")
  return {
    ...project,
    'orders.ts': project['orders.ts']
      .replace("hopping('5m'", `hopping('${minutes}m'`)
      .replace('total: m.sum(r.total)', `total: m.sum(r.total)${columns}`),
    'millrace.config.ts': `import { defineProject, env } from 'millrace'
export default defineProject({
  name: '${PROJECT}',
  partitions: 2,
  environments: {
    scaled: {
      kafka: { brokers: env('BROKERS') },
      flink: { gateway: env('GATEWAY'), jobManager: env('JOB_MANAGER'), checkpointEvery: '500ms', parallelism: 1 },
    },
  },
})
`,
  }
}

type Row = readonly [end: string, shop: string, hits: number, total: number, most: number | null]

/** The rows of windows of so many minutes, once a minute, that end with a watermark or before. */
function windows({ minutes, columns }: typeof BEFORE, numbers: number, watermark: number): Row[] {
  const found = new Map<string, Row>()
  for (let number = 0; number < numbers; number++) {
    const { ordered_at, shop, total } = order(number)
    const first = (Math.floor(Date.parse(ordered_at) / MINUTE_MS) + 1) * MINUTE_MS
    for (let end = first; end < first + minutes * MINUTE_MS; end += MINUTE_MS) {
      if (end > watermark) continue
      const [, , hits, sum, most] = found.get(`${end} ${shop}`) ?? ['', '', 0, 0, null]
      const greatest = columns === '' ? null : Math.max(most ?? 0, total)
      found.set(`${end} ${shop}`, [new Date(end).toISOString(), shop, hits + 1, sum + total, greatest])
    }
  }
  return sorted([...found.values()])
}

function sorted(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

interface Job {
  readonly id: string
  readonly role: string
  readonly behind: number | null
}

describe('a definition that is changed while its views are computed on Flink', () => {
  const bench = new Workbench(files(BEFORE))
  afterAll(async () => {
    for (const { id } of await jobs()) await fetch(`${JOB_MANAGER}/jobs/${id}?mode=cancel`, { method: 'PATCH' })
    await bench.close()
  })
  const scaled = (): DevProcess => bench.devWith(SERVERS, '--env', 'scaled', '--no-server')
  const declare = (definition: typeof BEFORE): void => void bench.write('orders.ts', files(definition)['orders.ts'])
  const query = async (sql: string): Promise<readonly (readonly unknown[])[]> =>
    ((await bench.json(['sql', sql, '--env', 'scaled', '--limit', '100000'])).rows as unknown as unknown[][] | undefined) ?? []
  const jobs = async (): Promise<readonly Job[]> => {
    const { stdout } = await bench.run(['jobs', 'list', '--json', '--env', 'scaled'], SERVERS)
    return (JSON.parse(stdout) as { jobs: readonly Job[] }).jobs
  }
  const roles = async (): Promise<string> =>
    (await jobs())
      .map(({ role }) => role)
      .toSorted()
      .join()
  /** Whether another job than this one is all that runs: one that is to take over may not have begun yet. */
  const isTaken = async (from: string): Promise<boolean> => {
    const found = await jobs()
    return found.length === 1 && found[0].role === 'current' && found[0].id !== from
  }
  const lastEnd = async (): Promise<string> => String((await query('select max(window_end) from shop_orders'))[0]?.[0] ?? '')
  const watermarkAt = (numbers: number): number => Date.parse(order(numbers - 1).ordered_at) - 30_000
  const endAt = (numbers: number): string => new Date(Math.floor(watermarkAt(numbers) / MINUTE_MS) * MINUTE_MS).toISOString()

  /** Brings a session to its end in order, so that nobody has rows to read. */
  async function settled(first: DevProcess): Promise<void> {
    for (let dev = first; ; dev = scaled()) {
      await dev.until((one) => one.of('status').length > 0)
      await dev.kill('SIGTERM')
      if (dev.of('stopped').every(({ drained }) => drained === true)) return
    }
  }

  it('goes over to the new one at one place, with each row once, however often the session is killed', {
    timeout: CASE_MS_MAX,
  }, async () => {
    bench.write('in/a.jsonl', orderLines(0, 1_200))
    const first = scaled()
    while ((await lastEnd()) < endAt(1_200)) await sleep(LOOK_MS)
    bench.write('in/late-1.jsonl', orderLines(0, LATE.before))
    await first.until((one) => one.taken === 1_200 + LATE.before)
    await settled(first)
    expect(await roles()).toBe('current')
    const [{ id: before }] = await jobs()

    declare(AFTER)
    let lines = 1_200
    for (let session = 0; session < KILLS; session++) {
      const dev = scaled()
      lines += 300
      bench.write(`in/b${session}.jsonl`, orderLines(lines - 300, lines))
      bench.write(`in/late-2-${session}.jsonl`, orderLines(LATE.before + session * LATE.each, LATE.before + (session + 1) * LATE.each))
      await dev.until((one) => one.of(session === 0 ? 'changed' : 'started').length > 0)
      if (session === 0) expect(dev.of('changed')).toMatchObject([{ assets: { shop_orders: { state: 'changed', added: ['most'] } } }])
      await sleep(1_000 + Math.random() * 3_000)
      await dev.kill('SIGKILL')
    }
    const last = scaled()
    const late = LATE.before + KILLS * LATE.each + LATE.after
    while (!(await isTaken(before))) await sleep(LOOK_MS)
    bench.write('in/c.jsonl', orderLines(lines, lines + 600))
    bench.write('in/late-3.jsonl', orderLines(late - LATE.after, late))
    lines += 600
    while ((await lastEnd()) < endAt(lines)) await sleep(LOOK_MS)
    await last.until((one) => one.taken === lines + late)
    while (Number((await query('select count(*) from shop_orders__late'))[0][0]) < late) await sleep(LOOK_MS)
    await settled(last)

    const rows = sorted((await query('select window_end, shop, hits, total, most from shop_orders')) as unknown as Row[])
    const [old, own] = [rows.filter(([, , , , most]) => most === null), rows.filter(([, , , , most]) => most !== null)]
    const place = old.at(-1)?.[0] as string
    const expected = [
      ...windows(BEFORE, lines, watermarkAt(lines)).filter(([end]) => end <= place),
      ...windows(AFTER, lines, watermarkAt(lines)).filter(([end]) => end > place),
    ]
    expect(own.length).toBeGreaterThan(0)
    expect(rows).toEqual(sorted(expected))
    const lateNumbers = (await query('select number from shop_orders__late')).map(([number]) => Number(number))
    expect(lateNumbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: late }, (_, number) => number))
    const admin = new TopicAdmin({ brokers: [BROKERS] })
    const topics = await admin.named(`millrace.${PROJECT}.scaled.`).finally(() => admin.close())
    expect(topics).toHaveLength(3)
  })
})
