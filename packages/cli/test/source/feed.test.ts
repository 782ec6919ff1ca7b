import { rmSync, utimesSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { orderProject, orders } from './source-project.ts'

const CASE_MS_MAX = 180_000
const COUNTS = 'select count(*), count(distinct number), min(number), max(number), max(_arrival), max(_offset) from orders'
const decoded = (dev: DevProcess): number => Number(dev.of('status').at(-1)?.decoded ?? 0)

describe('a stream that is pulled', () => {
  const PAGE = 100
  let held = 0
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    if (request.headers.authorization !== 'Bearer of the tests') return void response.writeHead(401).end()
    if (asked % 7 === 0) return void response.writeHead(429, { 'retry-after': '0' }).end()
    const from = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('after') ?? 0)
    const to = Math.min(held, from + PAGE)
    setTimeout(() => response.end(JSON.stringify({ items: orders(from, to), next: to < held ? String(to) : null })), 20)
  })
  const from =
    "m.httpPull(m.env('SHOP_URL'), { records: 'items', every: '1s', headers: { authorization: m.env('SHOP_TOKEN') }, paging: { kind: 'cursor', at: 'next', parameter: 'after' } })"
  const bench = new Workbench(orderProject(from))
  const start = (): DevProcess => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`
    return bench.devWith({ SHOP_URL: url, SHOP_TOKEN: 'Bearer of the tests' }, '--no-server')
  }
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
  afterAll(async () => {
    await bench.close()
    server.closeAllConnections()
    server.close()
  })

  it('is not, and the session goes on, while a setting is not set', async () => {
    const dev = bench.dev('--no-server')
    await dev.until((one) => one.of('problem').length === 2)
    expect(dev.of('problem').map(({ code }) => code)).toEqual(['pull/not-set', 'pull/not-set'])
    expect(asked).toBe(0)
    expect(await dev.kill('SIGTERM')).toBe(0)
  })

  it('has each record once, although it is killed on the way and the server holds more later', { timeout: CASE_MS_MAX }, async () => {
    for (let kill = 1; kill <= 2; kill++) {
      held = 1_000 * kill // so that each session has something new to tell of, even when the one before it took everything
      const dev = start()
      await dev.until((one) => decoded(one) > 0)
      await sleep(120)
      await dev.kill('SIGKILL')
    }
    held = 2_345
    const dev = start()
    await dev.until((one) => decoded(one) === 2_345)
    held = 2_400
    await dev.until((one) => decoded(one) === 2_400)
    expect(dev.of('problem')).toEqual([])
    expect(await dev.kill('SIGTERM')).toBe(0)
    expect((await bench.json(['sql', COUNTS])).rows).toEqual([[2_400, 2_400, 0, 2_399, 2_399, 2_399]])
  })

  it('says that it is refused, without showing a secret', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders?key=hidden`
    const dev = bench.devWith({ SHOP_URL: url, SHOP_TOKEN: 'wrong' }, '--no-server')
    await dev.until((one) => one.of('problem').length > 0)
    expect(dev.of('problem')[0]).toMatchObject({ code: 'pull/refused', stream: 'orders' })
    expect(JSON.stringify(dev.lines)).not.toMatch(/hidden|wrong/)
    await dev.kill('SIGTERM')
  })
})

describe('a stream that is made up', () => {
  const from =
    "m.generator({ seed: 11, rate: 8000, speed: 10, spread: '20s', count: 30_000, fields: { shop: { text: 'shop-{0-6}' }, number: { sequence: 0 }, total: { number: [0, 99], nulls: 0.1 } } })"

  it('is the same whether it was killed on the way or not', { timeout: CASE_MS_MAX }, async () => {
    const bench = new Workbench(orderProject(from))
    const whole = join(bench.folder, 'whole')
    try {
      for (let kill = 0; kill < 2; kill++) {
        const dev = bench.dev('--no-server')
        await dev.until((one) => decoded(one) > 0)
        await sleep(300)
        await dev.kill('SIGKILL')
      }
      const dev = bench.dev('--no-server')
      expect(await dev.exited).toBe(0)
      expect((await bench.json(['sql', COUNTS])).rows).toEqual([[30_000, 30_000, 0, 29_999, 29_999, 29_999]])
      await bench.run(['dev', '--no-server', '--json', '--state', whole])
      const digest = await bench.json(['digest', '--asset', 'orders'])
      expect(digest).toEqual(await bench.json(['digest', '--asset', 'orders', '--state', whole]))
    } finally {
      await bench.close(whole)
    }
  })

  it('is refused where a field is not made up', async () => {
    const bench = new Workbench(orderProject('m.generator({ seed: 1, rate: 1, fields: {} })'))
    try {
      const { status, stdout } = await bench.run(['dev', '--no-server', '--json'])
      expect(status).toBe(1)
      expect(stdout).toContain('project/not-generated')
    } finally {
      await bench.close()
    }
  })
})

describe('a manifest of a folder', () => {
  const bench = new Workbench({
    'package.json': '{"type":"module","private":true}\n',
    'millrace.config.ts': "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'blobs' })\n",
    'blobs.ts': `import { BLOB_FIELDS, blobFolder, contract, stream } from 'millrace'
export const Blob = contract('blob', { eventTime: 'seen_at', key: 'path', fields: BLOB_FIELDS })
export const blobs = stream('blobs', { contract: Blob, from: blobFolder('in/*', { every: '200ms' }), watermark: { delay: '0s' }, late: 'keep' })
`,
  })
  afterAll(() => bench.close())
  const put = (name: string, text: string, at: number): void => utimesSync(bench.write(`in/${name}`, text), at, at)

  it('has a record for each version of each file, also across a kill', { timeout: CASE_MS_MAX }, async () => {
    for (let i = 0; i < 300; i++) put(`${i}.txt`, `text ${i}`, 1_000_000 + i)
    const first = bench.dev('--no-server')
    await first.until((one) => decoded(one) === 300)
    put('7.txt', 'other', 2_000_000)
    rmSync(join(bench.project, 'in/9.txt'))
    await first.until((one) => decoded(one) === 302)
    await first.kill('SIGKILL')
    put('8.txt', 'other too', 2_000_000)
    const dev = bench.dev('--no-server')
    await dev.until((one) => decoded(one) === 303)
    await sleep(600)
    expect(decoded(dev)).toBe(303)
    expect(await dev.kill('SIGTERM')).toBe(0)
    const { rows } = await bench.json([
      'sql',
      'select path, version, removed, size, media_type, length(digest) from blobs where version > 1 order by path',
    ])
    expect(rows).toEqual([
      ['in/7.txt', 2, false, 5, 'text/plain', 64],
      ['in/8.txt', 2, false, 9, 'text/plain', 64],
      ['in/9.txt', 2, true, null, null, null],
    ])
  })
})
