import { batchFromRows, type Field } from '@millrace/columnar'
import { RedisServer, redisMissing } from '@millrace/testkit'
import { createClient, type RedisClientType } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { appendRows, rowsBatch, SINK_FIELDS, scratchLog, TOPIC, until } from '../../../test/sink-place.ts'
import { torture } from '../../../test/sink-torture.ts'
import { SinkRunner } from '../sink-runner.ts'
import { RedisSink } from './redis-sink.ts'

const KEY = ['ip', 'window_end']
const AT = { log: 'l', topic: TOPIC, partition: 0 }
const POSITION = `millrace:sink:s:l:${TOPIC}:0`
const missing = redisMissing()

const EVERY_TYPE: readonly Field[] = [
  { name: 'id', type: 'int32', nullable: false },
  { name: 'flag', type: 'boolean', nullable: true },
  { name: 'wide', type: 'int64', nullable: true },
  { name: 'num', type: 'double', nullable: true },
  { name: 'txt', type: 'string', nullable: true },
  { name: 'raw', type: 'bytes', nullable: true },
  { name: 'ts', type: 'timestamp', nullable: true },
  { name: 'day', type: 'date', nullable: true },
  { name: 'doc', type: 'json', nullable: true },
]
const TEXT = `it's "quoted" \n é 漢 \0`
const ROWS = [
  [1, true, 9_223_372_036_854_775_807n, 1e-7, TEXT, Uint8Array.of(0, 255, 92), 1_700_000_000_123, -1, '{"n":1.50}'],
  [2, null, null, null, null, null, null, null, null],
]

describe('rows in Redis', () => {
  let server: RedisServer
  let client: RedisClientType

  beforeAll(async () => {
    if (missing === undefined) server = await RedisServer.start()
  })
  beforeEach(async (context) => {
    if (missing !== undefined) return context.skip(missing)
    client = createClient({ url: server.url })
    client.on('error', () => {})
    await client.connect()
    await client.flushAll()
    onTestFinished(() => client.destroy())
  })
  afterAll(() => server?.close())

  function sinkTo(options: Partial<ConstructorParameters<typeof RedisSink>[0]> = {}): RedisSink {
    const sink = new RedisSink({ name: 's', url: server.url, prefix: 'p', fields: SINK_FIELDS, key: KEY, form: 'hash', ...options })
    onTestFinished(() => sink.close())
    return sink
  }

  it('are hashes of every type exactly, without what is null', async () => {
    const sink = sinkTo({ fields: EVERY_TYPE, key: ['id'] })
    await sink.open()
    await sink.write(batchFromRows(EVERY_TYPE, ROWS), { ...AT, from: 0, next: 2 })
    expect({ ...(await client.hGetAll('p:1')) }).toEqual({
      ...{ id: '1', flag: 'true', wide: '9223372036854775807', num: '1e-7', txt: TEXT, raw: 'AP9c' },
      ...{ ts: '2023-11-14T22:13:20.123Z', day: '1969-12-31', doc: '{"n":1.50}' },
    })
    expect({ ...(await client.hGetAll('p:2')) }).toEqual({ id: '2' })
    expect(await client.get(POSITION)).toBe('2')
  })

  it('are JSON texts where that is declared', async () => {
    const sink = sinkTo({ fields: EVERY_TYPE, key: ['id'], form: 'json' })
    await sink.open()
    await sink.write(batchFromRows(EVERY_TYPE, ROWS), { ...AT, from: 0, next: 2 })
    expect(JSON.parse((await client.get('p:1')) ?? '')).toMatchObject({ wide: '9223372036854775807', txt: TEXT, doc: { n: 1.5 } })
    expect(JSON.parse((await client.get('p:2')) ?? '')).toMatchObject({ id: 2, flag: null })
  })

  it('have keys that no two rows share, whatever their values hold', async () => {
    const fields = [
      { name: 'a', type: 'string', nullable: true },
      { name: 'b', type: 'string', nullable: true },
    ]
    const values = ['', ':', '%', '%3A', '%0', null, 'é']
    const rows = values.flatMap((a) => values.map((b) => [a, b]))
    const sink = sinkTo({ fields, key: ['a', 'b'] })
    await sink.open()
    await sink.write(batchFromRows(fields, rows), { ...AT, from: 0, next: rows.length })
    // The row of two nulls is a hash without fields, which Redis does not keep.
    expect(await client.dbSize()).toBe(rows.length)
  })

  it('replace the one of the same key, also where it was of another type or had other columns', async () => {
    const sink = sinkTo({ key: ['ip'] })
    await sink.open()
    await client.set('p:a', 'of somebody else')
    const row = (hits: number, score: number | null) => ['a', 1000, hits, score]
    await sink.write(batchFromRows(SINK_FIELDS, [row(1, 0.5), row(2, 0.25)]), { ...AT, from: 0, next: 2 })
    expect(await client.hGet('p:a', 'hits')).toBe('2')
    await sink.write(batchFromRows(SINK_FIELDS, [row(3, null)]), { ...AT, from: 2, next: 3 })
    expect(Object.keys(await client.hGetAll('p:a'))).toEqual(['ip', 'window_end', 'hits'])
  })

  it('are forgotten after their time, and the position is not', async () => {
    for (const form of ['hash', 'json'] as const) {
      const sink = sinkTo({ ttlMs: 60, form, name: `s-${form}`, prefix: form })
      await sink.open()
      await sink.write(rowsBatch(0, 3), { ...AT, from: 0, next: 3 })
    }
    await until(async () => (await client.dbSize()) === 2)
    expect(await client.get(`millrace:sink:s-json:l:${TOPIC}:0`)).toBe('3')
  })

  it('are not written by two, nor where they were written already', async () => {
    const [one, other] = [sinkTo(), sinkTo()]
    await one.open()
    await other.open()
    expect([await one.position(AT), await other.position(AT)]).toEqual([0, 0])
    await one.write(rowsBatch(0, 3), { ...AT, from: 0, next: 3 })
    await expect(other.write(rowsBatch(3, 5), { ...AT, from: 0, next: 5 })).rejects.toMatchObject({ code: 'sink/position-moved' })
    expect(await client.dbSize()).toBe(4)
    await other.open()
    expect(await other.position(AT)).toBe(3)
  })

  it.each([
    ['sink/bad-url', { url: 'http://localhost' }],
    ['sink/unknown-key', { key: ['no_such'] }],
    ['sink/unknown-key', { key: [] }],
  ])('are refused where the declaration cannot be: %s', async (code, options) => {
    await expect(sinkTo(options).open()).rejects.toMatchObject({ code, family: 'user' })
  })

  it('wait for a server that is away, full, or asks for another password, and no secret shows', async () => {
    const wrong = sinkTo({ url: server.url.replace('secret', 'hidden') })
    const refused = await wrong.open().catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'sink/not-written', family: 'operating' })
    expect((refused as Error).message).not.toContain('hidden')
    const sink = sinkTo()
    await sink.open()
    await client.configSet('maxmemory', '1')
    await expect(sink.write(rowsBatch(0, 3), { ...AT, from: 0, next: 3 })).rejects.toMatchObject({ code: 'sink/not-written' })
    expect(await client.dbSize()).toBe(0)
    await client.configSet('maxmemory', '0')
    await sink.open()
    await sink.write(rowsBatch(0, 3), { ...AT, from: 0, next: 3 })
    expect(await client.dbSize()).toBe(4)
  })

  it('are not written where the position cannot be', async () => {
    await client.sendCommand(['ACL', 'SETUSER', 'half', 'on', '>half', '+@all', '~p:*', '%R~millrace:*'])
    const sink = sinkTo({ url: server.url.replace(':secret', 'half:half') })
    await sink.open()
    await expect(sink.write(rowsBatch(0, 3), { ...AT, from: 0, next: 3 })).rejects.toMatchObject({ code: 'sink/not-written' })
    expect(await client.dbSize()).toBe(0)
  })

  it('are all there after the server was killed in the middle', { timeout: 30_000 }, async () => {
    const { log } = await scratchLog()
    const sink = sinkTo()
    const limits = { pollMs: 5, batchRowsMax: 100, retry: { firstMs: 20, msMax: 100 } }
    const columns = SINK_FIELDS.map(({ name }) => name)
    const runner = new SinkRunner({ log, sink, name: 's', topic: TOPIC, partitions: 1, columns, limits })
    const stop = new AbortController()
    const done = runner.run(stop.signal)
    for (let part = 0; part < 20; part++) {
      await appendRows(log, rowsBatch(part * 100, part * 100 + 100))
      if (part !== 10) continue
      await server.kill()
      await until(() => runner.status.state !== 'running')
      await server.begin()
    }
    await until(() => runner.status.waiting === 0 && runner.status.state === 'running')
    stop.abort()
    await done
    const again = createClient({ url: server.url })
    await again.connect()
    expect(await again.dbSize()).toBe(2_001)
    again.destroy()
  })

  it('are each written once although its processes are killed', { timeout: 90_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    console.log(`seed ${seed}`)
    const { log, path } = await scratchLog(2)
    await client.configSet('notify-keyspace-events', 'Eh')
    const listener = client.duplicate()
    listener.on('error', () => {})
    await listener.connect()
    onTestFinished(() => listener.destroy())
    const written = new Map<string, number>()
    await listener.subscribe('__keyevent@0__:hset', (key) => {
      written.set(key, (written.get(key) ?? 0) + 1)
    })
    const rows = await torture({
      ...{ log, path, partitions: 2, seed, kills: 8 },
      target: { kind: 'redis-keys', url: server.url, prefix: 'p', key: KEY, form: 'hash' },
      hasAll: async (all) => written.size >= all,
    })
    expect((await client.keys('p:*')).length).toBe(rows)
    expect([...written.values()].every((times) => times === 1)).toBe(true)
    expect(written.size).toBe(rows)
  })
})
