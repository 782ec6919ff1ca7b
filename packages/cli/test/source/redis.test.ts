import { RedisServer, redisMissing } from '@millrace/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from './source-project.ts'

const missing = redisMissing()

describe('a sink into Redis', () => {
  const project = orderProject("m.files('in/*.jsonl', { format: 'json-lines' })")
  const sinks = `import { env, redisKeys, sink } from 'millrace'
import { shopOrders } from './orders.ts'
export const latest = sink('latest', { from: shopOrders, to: redisKeys({ url: env('REDIS_URL'), prefix: 'shop', key: ['shop'] }) })
`
  const bench = new Workbench({ ...project, 'sinks.ts': sinks })
  let server: RedisServer
  beforeAll(async () => {
    if (missing === undefined) server = await RedisServer.start()
  })
  afterAll(async () => {
    await bench.close()
    await server?.close()
  })

  it('has the last row of each key, across a kill', { timeout: 180_000 }, async (context) => {
    if (missing !== undefined) return context.skip(missing)
    const ends = async (): Promise<string> => server.ask('hget', 'shop:shop-3', 'window_end')
    bench.write('in/a.jsonl', orderLines(0, 3000))
    const first = bench.devWith({ REDIS_URL: server.url }, '--no-server')
    await first.until((one) => one.of('window').length > 50)
    await first.kill('SIGKILL')
    bench.write('in/b.jsonl', orderLines(3000, 4000))
    const dev = bench.devWith({ REDIS_URL: server.url }, '--no-server')
    await dev.until((one) => one.of('window').some((line) => line.window_end === '2026-03-01T01:06:00.000Z'))
    // A shop's rows come with those of its partition, so the others' may come later.
    const limits = { timeout: 60_000, interval: 50 }
    await expect.poll(ends, limits).toBe('2026-03-01T01:06:00.000Z')
    const keys = async (): Promise<readonly string[]> => (await server.ask('keys', 'shop:*')).split('\n').sort()
    await expect.poll(keys, limits).toEqual(Array.from({ length: 7 }, (_, i) => `shop:shop-${i}`))
    expect(await dev.kill('SIGTERM')).toBe(0)
    const { rows } = await bench.json([
      'sql',
      "select hits from shop_orders where shop = 'shop-3' and window_end = timestamptz '2026-03-01 01:06:00+00'",
    ])
    expect(await server.ask('hget', 'shop:shop-3', 'hits')).toBe(String((rows as unknown as [[number]])[0][0]))
  })
})
