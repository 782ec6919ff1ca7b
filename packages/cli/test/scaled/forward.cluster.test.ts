import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from '../source/source-project.ts'
import { committedValues } from './committed-values.ts'

const BROKERS = process.env.MILLRACE_KAFKA ?? ''
const CASE_MS_MAX = 600_000
const PROJECT = `orders-${randomUUID().slice(0, 8)}`
const TOPIC = `millrace.${PROJECT}.scaled.orders`

/** The project with an environment that has a Kafka. */
function files(): Readonly<Record<string, string>> {
  return {
    ...orderProject("m.files('in/*.jsonl', { format: 'json-lines' })"),
    'millrace.config.ts': `import { defineProject, env } from 'millrace'
export default defineProject({ name: '${PROJECT}', environments: { scaled: { kafka: { brokers: env('BROKERS') } } } })
`,
  }
}

interface Stamped {
  readonly _kind: string
  readonly _arrival: number
  readonly _watermark: string
  readonly number: number
}

/** Every record that is committed in the topic, by partition. */
async function stamped(): Promise<Stamped[][]> {
  return (await committedValues(BROKERS, TOPIC)).map((values) => values.map((value) => JSON.parse(String(value)) as Stamped))
}

describe('streams of an environment with Kafka', () => {
  const bench = new Workbench(files())
  afterAll(() => bench.close())
  const start = (brokers: string): DevProcess => bench.devWith({ BROKERS: brokers }, '--env', 'scaled', '--no-server')
  const waiting = (dev: DevProcess): unknown => dev.of('outlet').at(-1)

  const examined = async (brokers: string): Promise<{ status: number; document: unknown }> => {
    const { status, stdout } = await bench.run(['doctor', '--json', '--env', 'scaled'], { BROKERS: brokers })
    return { status, document: JSON.parse(stdout) }
  }

  it('are refused while a variable is not set, and wait for brokers that are not there', { timeout: CASE_MS_MAX }, async () => {
    const { status, stdout } = await bench.run(['dev', '--json', '--env', 'scaled', '--no-server'])
    expect(status).toBe(1)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').error).toMatchObject({ code: 'environment/not-set', asked: 'BROKERS' })
    bench.write('in/a.jsonl', orderLines(0, 100))
    const dev = start('127.0.0.1:1')
    await dev.until((one) => one.of('outlet').length > 0)
    expect(waiting(dev)).toMatchObject({ outlet: { kind: 'carrier', state: 'retrying' } })
    await dev.until((one) => one.taken === 100)
    await dev.kill('SIGKILL')
    const away = await examined('127.0.0.1:1')
    expect(away).toMatchObject({ status: 2, document: { healthy: false, environment: { kafka: { reachable: false } } } })
    expect(await examined(BROKERS)).toMatchObject({
      status: 0,
      document: { environment: { kafka: { topics: [{ topic: TOPIC, partitions: null }] } } },
    })
  })

  it('are there as stamped topics, each record once, however often the process is killed', { timeout: CASE_MS_MAX }, async () => {
    const rows = 20_000
    for (let from = 100; from < rows; from += 4_975) {
      bench.write(`in/b${from}.jsonl`, orderLines(from, from + 4_975))
      const dev = start(BROKERS)
      await dev.until((one) => one.taken > from)
      await sleep(Math.random() * 300)
      await dev.kill('SIGKILL')
    }
    const dev = start(BROKERS)
    const complete = (records: readonly Stamped[][]): boolean => records.flat().filter(({ _kind }) => _kind === 'row').length >= rows
    let found: Stamped[][] = []
    while (!complete(found)) found = await stamped().catch(() => [])
    await dev.until((one) => one.of('started').length > 0)
    expect(await dev.kill('SIGTERM')).toBe(0)
    found = await stamped()
    const numbers = found.flat().flatMap((record) => (record._kind === 'row' ? [record.number] : []))
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i))
    expect(await examined(BROKERS)).toMatchObject({ document: { environment: { kafka: { topics: [{ partitions: found.length }] } } } })
    for (const records of found) {
      const watermarks = records.map(({ _watermark }) => _watermark)
      expect(watermarks).toEqual(watermarks.toSorted())
      expect(records.some(({ _kind }) => _kind === 'heartbeat')).toBe(true)
    }
  })

  it('begin anew with `--reset`', { timeout: CASE_MS_MAX }, async () => {
    const dev = bench.devWith({ BROKERS }, '--env', 'scaled', '--no-server', '--reset')
    await dev.until((one) => one.taken === 20_000)
    const rows = (found: readonly Stamped[][]): number => found.flat().filter(({ _kind }) => _kind === 'row').length
    while (rows(await stamped().catch(() => [])) < 20_000) await sleep(200)
    await dev.kill('SIGTERM')
    expect(rows(await stamped())).toBe(20_000)
    expect(dev.of('outlet')).toEqual([])
  })
})
