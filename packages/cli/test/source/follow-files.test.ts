import { appendFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { tarOf, zipOf } from '@millrace/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { ORDERS_SELECT, writeParquet } from './parquet-file.ts'
import { orderCsv, orderLines, orderProject } from './source-project.ts'

const CASE_MS_MAX = 180_000

async function rows(bench: Workbench): Promise<unknown> {
  return (
    await bench.json(['sql', 'select count(*), count(distinct number), min(number), max(number), count(distinct _arrival) from orders'])
  ).rows
}

/** Puts a file there at once, as those should who write whole files. */
function put(bench: Workbench, name: string, content: string | Uint8Array): void {
  renameSync(bench.write(`${name}.part`, content), join(bench.project, name))
}

const figures = (dev: DevProcess) =>
  dev.of('status').at(-1) as unknown as { lines: number; decoded: number; blank: number; dead_letters: number } | undefined
const decoded = (dev: DevProcess, count: number): Promise<void> => dev.until((one) => figures(one)?.decoded === count)

/** The steps build on each other. */
describe('dev follows CSV, growing, compressed and packed', () => {
  const bench = new Workbench(orderProject("m.files(['in/*.csv', 'in/*.{gz,zip,tar}'], { format: 'csv', limits: { membersMax: 3 } })"))
  let dev: DevProcess
  beforeAll(() => {
    dev = bench.dev('--no-server')
  })
  afterAll(() => bench.close())

  it('reads lines as they are written, and whole files once', { timeout: CASE_MS_MAX }, async () => {
    const csv = orderCsv(0, 100)
    bench.write('in/a.csv', csv.slice(0, 1001))
    put(bench, 'in/b.csv.gz', gzipSync(orderCsv(100, 200)))
    put(
      bench,
      'in/c.zip',
      zipOf([
        { name: 'x.csv', bytes: orderCsv(200, 250) },
        { name: 'y.csv', bytes: orderCsv(250, 300).trimEnd() },
      ]),
    )
    await dev.until((one) => (figures(one)?.decoded ?? 0) > 200)
    appendFileSync(join(bench.project, 'in/a.csv'), csv.slice(1001))
    await decoded(dev, 300)
    expect(dev.of('problem')).toEqual([])
  })

  it('goes on after a kill, knows what it has read, and takes another version in anew', { timeout: CASE_MS_MAX }, async () => {
    await dev.kill('SIGKILL')
    dev = bench.dev('--no-server')
    appendFileSync(join(bench.project, 'in/a.csv'), orderCsv(300, 310).split('\n').slice(1).join('\n'))
    put(bench, 'in/b.csv.gz', gzipSync(orderCsv(310, 320)))
    await decoded(dev, 320)
  })

  it('says what is cut off or expands too far, and reads the rest of a file that is whole in the end', {
    timeout: CASE_MS_MAX,
  }, async () => {
    const whole = gzipSync(orderCsv(320, 30_320))
    put(bench, 'in/d.csv.gz', whole.subarray(0, whole.length - 2000))
    await dev.until((one) => one.of('problem').length === 1)
    expect(dev.of('problem')[0]).toMatchObject({ path: 'in/d.csv.gz', code: 'source/truncated-gzip' })
    put(bench, 'in/d.csv.gz', whole)
    await decoded(dev, 30_320)
    put(bench, 'in/d.csv.gz', gzipSync(orderCsv(320, 30_420)))
    await decoded(dev, 30_420)
    put(bench, 'in/bomb.csv.gz', gzipSync(Buffer.alloc(80 * 1024 ** 2)))
    put(bench, 'in/many.tar', tarOf(Array.from({ length: 4 }, (_, i) => ({ name: `${i}.csv`, bytes: 'number\n' }))))
    await dev.until((one) => one.of('problem').length === 3)
    expect(
      dev
        .of('problem')
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['source/expands-too-far', 'source/too-many-members', 'source/truncated-gzip'])
  })

  it('has each record once, and the balance holds', async () => {
    const { lines, blank, dead_letters: letters } = figures(dev) as NonNullable<ReturnType<typeof figures>>
    expect(lines).toBe(30_420 + blank + letters)
    expect(await dev.kill('SIGTERM')).toBe(0)
    expect(await rows(bench)).toEqual([[30_420, 30_420, 0, 30_419, 30_420]])
  })
})

describe('dev follows JSON lines and Parquet', () => {
  it('reads JSON lines as they are written', { timeout: CASE_MS_MAX }, async () => {
    const bench = new Workbench(orderProject("m.files('in/*.jsonl', { format: 'json-lines' })"))
    try {
      const dev = bench.dev('--no-server')
      bench.write('in/a.jsonl', orderLines(0, 50))
      await decoded(dev, 50)
      appendFileSync(join(bench.project, 'in/a.jsonl'), `${orderLines(50, 100)}no json\n`)
      await dev.until((one) => figures(one)?.dead_letters === 1)
      expect(await dev.kill('SIGTERM')).toBe(0)
      expect(await rows(bench)).toEqual([[100, 100, 0, 99, 100]])
    } finally {
      await bench.close()
    }
  })

  it('keeps files on time beside each other that are there together', { timeout: CASE_MS_MAX }, async () => {
    const bench = new Workbench(orderProject("m.files('in/*.gz', { format: 'json-lines', follow: false })"))
    try {
      const all = orderLines(0, 4_000).trimEnd().split('\n')
      for (const shard of [0, 1, 2]) bench.write(`in/${shard}.gz`, gzipSync(all.filter((_, i) => i % 3 === shard).join('\n')))
      await sleep(1_100)
      const dev = bench.dev('--no-server')
      expect(await dev.exited).toBe(0)
      expect(figures(dev)).toMatchObject({ decoded: 4_000, late: { shop_orders: 0 } })
    } finally {
      await bench.close()
    }
  })

  it('reads Parquet files whole, also when it is killed on the way, and ends when it should not follow', {
    timeout: CASE_MS_MAX,
  }, async () => {
    const bench = new Workbench(orderProject("m.files('in/*.parquet', { format: 'parquet', follow: false })"))
    try {
      bench.write('in/readme.txt', 'a folder')
      await writeParquet(join(bench.project, 'in/a.parquet'), ORDERS_SELECT, orderLines(0, 200_000))
      await writeParquet(join(bench.project, 'in/b.parquet'), ORDERS_SELECT.replace('shop,', 'shop AS store,'), orderLines(0, 10))
      await sleep(1_100)
      const first = bench.dev('--no-server')
      await first.until((one) => one.of('file').length === 2)
      await sleep(300)
      await first.kill('SIGKILL')
      const dev = bench.dev('--no-server')
      expect(await dev.exited).toBe(0)
      expect(dev.of('problem')[0]).toMatchObject({ path: 'in/b.parquet', code: 'source/other-schema' })
      expect(figures(dev)?.decoded).toBe(200_000)
      const again = bench.dev('--no-server')
      expect(await again.exited).toBe(0)
      expect(await rows(bench)).toEqual([[200_000, 200_000, 0, 199_999, 200_000]])
    } finally {
      await bench.close()
    }
  })
})
