import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { withAdmin } from '@millrace/log-kafka'
import { afterAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from '../source/source-project.ts'
import { committedValues } from './committed-values.ts'
import { cancelJobs, SERVERS, scaledConfig } from './scaled-project.ts'

const CASE_MS_MAX = 900_000
const LOOK_MS = 1_000
const LINES = 2_000
const PROJECT = `orders-${randomUUID().slice(0, 8)}`
const TOPIC = `millrace.${PROJECT}.scaled.orders`
/** What an Avro record of a row begins with: the second branch, and a text of three bytes. */
const ROW_HEAD = Buffer.from([2, 6, ...Buffer.from('row')])

function config(format: string): string {
  return scaledConfig(PROJECT, { checkpointEvery: '1s', parallelism: 2, format })
}

describe('an environment whose stamped topics are Avro', () => {
  const bench = new Workbench({
    ...orderProject("m.files('in/*.jsonl', { format: 'json-lines' })"),
    'millrace.config.ts': config('avro'),
  })
  afterAll(async () => {
    await cancelJobs(PROJECT)
    await bench.close()
  })
  const scaled = (): DevProcess => bench.devWith(SERVERS, '--env', 'scaled', '--no-server')
  const rowsOf = async (env: string): Promise<number> => {
    const { rows } = await bench.json(['sql', 'select count(*) from shop_orders', '--env', env])
    return Number((rows as unknown as number[][] | undefined)?.[0]?.[0] ?? 0)
  }
  const digestOf = async (env: string): Promise<unknown> => (await bench.json(['digest', '--env', env])).tables

  it('gives the tables of the stream engine, late rows too, also when the session is killed on the way', {
    timeout: CASE_MS_MAX,
  }, async () => {
    bench.write('in/a.jsonl', orderLines(0, LINES))
    bench.write('in/late.jsonl', orderLines(0, 50))
    await bench.follow(LINES + 50)
    const expected = await rowsOf('dev')
    const first = scaled()
    await first.until((one) => one.taken === LINES + 50)
    await first.kill('SIGKILL')
    const second = scaled()
    while ((await rowsOf('scaled')) < expected) await sleep(LOOK_MS)
    await second.kill('SIGTERM')
    expect(second.of('problem')).toEqual([])
    expect(await digestOf('scaled')).toEqual(await digestOf('dev'))
    const records = (await committedValues(SERVERS.BROKERS, TOPIC)).flat()
    expect(records.filter((bytes) => bytes.subarray(0, ROW_HEAD.length).equals(ROW_HEAD))).toHaveLength(LINES + 50)
  })

  it('is refused another format, and takes it when it begins anew', { timeout: CASE_MS_MAX }, async () => {
    bench.write('millrace.config.ts', config('json'))
    const { status, stdout } = await bench.run(['dev', '--json', '--env', 'scaled', '--no-server'], SERVERS)
    expect(status).toBe(1)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').error).toMatchObject({
      code: 'environment/other-format',
      asked: 'json',
      found: 'avro',
    })
    const dev = bench.devWith(SERVERS, '--env', 'scaled', '--no-server', '--reset')
    await dev.until((one) => one.taken === LINES + 50)
    await withAdmin({ brokers: [SERVERS.BROKERS] }, async (admin) => {
      while (!(await admin.exists(TOPIC))) await sleep(LOOK_MS)
    })
    let values: string[] = []
    while (values.length < LINES) values = (await committedValues(SERVERS.BROKERS, TOPIC)).flat().map(String)
    await dev.kill('SIGTERM')
    expect(values.every((value) => value.startsWith('{"_kind":"'))).toBe(true)
  })
})
