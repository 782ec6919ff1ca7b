import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { batchFromRows } from '@millrace/columnar'
import { expect, it, onTestFinished } from 'vitest'
import { appendRows, rowsBatch, SINK_FIELDS, scratchLog, TOPIC, until } from '../../../test/sink-place.ts'
import { torture } from '../../../test/sink-torture.ts'
import { SinkRunner } from '../sink-runner.ts'
import { HttpSink } from './http-sink.ts'
import { retryAfterMs } from './post.ts'

interface Post {
  readonly key: string
  readonly type: string
  readonly lines: readonly Record<string, unknown>[]
}

/** A real web server; `answer` gets each post and its number from 1. */
async function receiver(answer: (response: ServerResponse, post: Post, count: number) => void): Promise<{ url: string; posts: Post[] }> {
  const posts: Post[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (data: Buffer) => {
      text += data
    })
    request.on('end', () => {
      const lines = text.trimEnd().split('\n')
      const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      const post = { key: String(request.headers['idempotency-key']), type: String(request.headers['content-type']), lines: parsed }
      posts.push(post)
      answer(response, post, posts.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, posts }
}

const accept = (response: ServerResponse) => void response.writeHead(200).end('{}')

/** What a receiver has that remembers keys. */
function kept(posts: readonly Post[]): number[] {
  const byKey = new Map(posts.map((post) => [post.key, post]))
  return [...byKey.values()].flatMap((post) => post.lines.map((line) => line.hits as number)).sort((a, b) => a - b)
}

const columns = SINK_FIELDS.map((field) => field.name)
const limits = { pollMs: 5, batchRowsMax: 40, retry: { firstMs: 5, msMax: 20 } }

it('posts rows as JSON lines with a key made of the offsets', async () => {
  const { url, posts } = await receiver(accept)
  const sink = new HttpSink({ name: 's', url })
  const batch = batchFromRows(SINK_FIELDS, [
    ['a', 1000, 9_223_372_036_854_775_807n, null],
    ['b"\n', 2000, -5, 1e-7],
  ])
  await sink.write(batch, { log: 'l', topic: TOPIC, partition: 3, from: 10, next: 13 })
  expect(posts).toEqual([
    {
      key: 's/l/scores/3/10-13',
      type: 'application/x-ndjson',
      lines: [
        { ip: 'a', window_end: '1970-01-01T00:00:01.000Z', hits: '9223372036854775807', score: null },
        { ip: 'b"\n', window_end: '1970-01-01T00:00:02.000Z', hits: -5, score: 1e-7 },
      ],
    },
  ])
  expect(await sink.position({ log: 'l', topic: TOPIC, partition: 3 })).toBe(13)
})

it('repeats the same rows under the same key after a failure, while the log grows', async () => {
  const { log } = await scratchLog()
  const { url, posts } = await receiver((response, _post, count) => (count % 3 === 0 ? accept(response) : response.writeHead(503).end()))
  const stop = new AbortController()
  const runner = new SinkRunner({
    ...{ log, name: 's', topic: TOPIC, partitions: 1, columns, limits },
    sink: new HttpSink({ name: 's', url }),
  })
  const done = runner.run(stop.signal)
  for (let n = 0; n < 30; n++) {
    await appendRows(log, rowsBatch(n * 10, n * 10 + 10))
    await until(() => posts.length > n)
  }
  await until(() => runner.status.waiting === 0)
  stop.abort()
  await done
  const bodies = new Map<string, Set<string>>()
  for (const { key, lines } of posts) bodies.set(key, (bodies.get(key) ?? new Set()).add(JSON.stringify(lines)))
  expect([...bodies.values()].every((set) => set.size === 1)).toBe(true)
  expect(posts.length).toBeGreaterThan(bodies.size)
  expect(kept(posts)).toEqual(Array.from({ length: 300 }, (_, n) => n))
})

it('waits as long as the receiver asks, and shows why', async () => {
  const { log } = await scratchLog()
  const times: number[] = []
  const { url } = await receiver((response, _post, count) => {
    times.push(performance.now())
    count === 1 ? response.writeHead(429, { 'retry-after': '1' }).end() : accept(response)
  })
  const stop = new AbortController()
  const runner = new SinkRunner({
    ...{ log, name: 's', topic: TOPIC, partitions: 1, columns, limits },
    sink: new HttpSink({ name: 's', url }),
  })
  const done = runner.run(stop.signal)
  await appendRows(log, rowsBatch(0, 1))
  await until(() => runner.status.state === 'retrying')
  expect(runner.status.lastError).toContain('the receiver answered 429')
  expect(runner.status.waiting).toBe(2)
  await until(() => times.length === 2)
  expect(times[1] - times[0]).toBeGreaterThan(950)
  stop.abort()
  await done
})

it('is left at once while its receiver hangs', async () => {
  const { log } = await scratchLog()
  const { url, posts } = await receiver(() => {})
  const stop = new AbortController()
  const sink = new HttpSink({ name: 's', url })
  const runner = new SinkRunner({ ...{ log, sink, name: 's', topic: TOPIC, partitions: 1, columns }, limits: { ...limits, stopMsMax: 50 } })
  const done = runner.run(stop.signal)
  await appendRows(log, rowsBatch(0, 10))
  await until(() => posts.length === 1)
  const begin = performance.now()
  stop.abort()
  await done
  expect(performance.now() - begin).toBeLessThan(2_000)
  expect(runner.status).toMatchObject({ state: 'stopped', rowsWritten: 0 })
})

it.each([
  ['2', 2_000],
  ['0', 0],
  ['Thu, 01 Jan 1970 00:00:05 GMT', 4_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['999999999', 3_600_000],
  ['soon', undefined],
  [null, undefined],
])('takes Retry-After %s for %s ms', (value, ms) => {
  expect(retryAfterMs(value, 1_000)).toBe(ms)
})

it('gives a receiver that remembers keys each row once although its processes are killed', { timeout: 90_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const { log, path } = await scratchLog(2)
  const { url, posts } = await receiver((response, _post, count) => (count % 7 === 0 ? response.writeHead(500).end() : accept(response)))
  const rows = await torture({
    ...{ log, path, partitions: 2, seed, kills: 6 },
    target: { kind: 'http', url },
    hasAll: async (all) => kept(posts).length >= all,
  })
  expect(kept(posts)).toEqual(Array.from({ length: rows }, (_, n) => n))
})
