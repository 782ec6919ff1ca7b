import { randomUUID } from 'node:crypto'
import { rowsOf, type Value } from '@millrace/columnar'
import { type KafkaSourceOptions, kafka } from '@millrace/core'
import { TopicAdmin, TopicProducer, TransactionalProducer } from '@millrace/log-kafka'
import { expect, onTestFinished, test } from 'vitest'
import type { DeadLetter } from '../dead-letter.ts'
import type { FeedPart, FeedProblem } from '../feed/record-feed.ts'
import { KafkaFeed, type KafkaFeedState } from './kafka-feed.ts'

const connection = { brokers: [process.env.MILLRACE_KAFKA ?? ''] }
const CLUSTER = { brokers: connection.brokers[0] }
const STREAM = {
  topic: 'numbers',
  eventTime: 'ts1',
  fields: [
    { name: 'ts1', type: 'timestamp' },
    { name: 'num1', type: 'int64', nullable: true },
    { name: 'txt1', type: 'string', nullable: true },
    { name: 'txt2', type: 'string', nullable: true },
  ],
}

function use<T extends { close(): Promise<void> }>(one: T): T {
  onTestFinished(() => one.close())
  return one
}

const admin = (): TopicAdmin => use(new TopicAdmin(connection))
const producer = (): TopicProducer => use(new TopicProducer({ connection }))

async function topicOf(partitions = 1): Promise<string> {
  const topic = `source-${randomUUID().slice(0, 8)}`
  await admin().ensure({ topic, partitions })
  return topic
}

function record(topic: string, number: number, partition = 0) {
  return { topic, partition, value: Buffer.from(`{"ts1":${number},"num1":${number}}`) }
}

/** What a feed hands over: rows with their split and offset, dead letters, problems, and events of splits. */
class Taken {
  readonly rows: { readonly split: string; readonly offset: number; readonly values: Value[] }[] = []
  readonly letters: (DeadLetter & { readonly split: string })[] = []
  readonly problems: FeedProblem['error'][] = []
  readonly events: string[] = []
  blank = 0
  state: KafkaFeedState | undefined
  readonly #stop = new AbortController()
  #done: Promise<void> = Promise.resolve()

  start(topic: string, options: Partial<KafkaSourceOptions> = {}, fields = STREAM.fields): this {
    const { cluster: _, ...declaration } = kafka(topic, { cluster: CLUSTER, ...options })
    const feed = new KafkaFeed({ stream: { ...STREAM, fields }, declaration, connection, state: this.state })
    this.#done = this.#take(feed)
    onTestFinished(() => this.stop())
    return this
  }

  get numbers(): number[] {
    return this.rows.map(({ values }) => Number(values[1])).toSorted((a, b) => a - b)
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  async #take(feed: KafkaFeed): Promise<void> {
    for await (const part of feed.parts(this.#stop.signal)) {
      if (part.kind === 'problem') this.problems.push(part.error)
      else if (part.kind === 'splits') this.events.push(...part.opened.map((split) => `opened ${split.split('/')[1]}`))
      else this.#add(part)
    }
  }

  #add({ decode, state, split = '', isIdle }: FeedPart): void {
    const decoded = decode?.(1)
    if (decoded !== undefined) {
      for (const [row, values] of rowsOf(decoded.batch).entries()) this.rows.push({ split, offset: decoded.offsets[row], values })
      this.letters.push(...decoded.deadLetters.map((letter) => ({ ...letter, split })))
      this.blank += decoded.blank
    }
    if (isIdle === true) this.events.push(`idle ${split.split('/')[1]}`)
    this.state = state as KafkaFeedState
  }
}

test('records of all partitions come with their split and offset, committed ones alone, and go on from the state', async () => {
  const topic = await topicOf(2)
  const sent = producer()
  await sent.send([record(topic, 1), record(topic, 2), record(topic, 3, 1)])
  const transactions = use(new TransactionalProducer({ connection, transactionalId: topic }))
  await transactions.send([record(topic, 98)])
  await transactions.abort()
  await transactions.send([record(topic, 4)])
  await transactions.commit()
  const first = new Taken().start(topic)
  await first.until(() => first.rows.length >= 4)
  await first.stop()
  expect(first.numbers).toEqual([1, 2, 3, 4])
  expect(first.rows.find(({ values }) => values[1] === 3)).toMatchObject({ split: `${topic}/1`, offset: 0 })
  expect(first.events.slice(0, 2)).toEqual(['opened 0', 'opened 1'])
  await sent.send([record(topic, 5), record(topic, 6, 1)])
  const second = new Taken()
  second.state = first.state
  second.start(topic)
  await second.until(() => second.rows.length >= 2)
  expect(second.numbers).toEqual([5, 6])
})

test('an empty partition is idle at once, one that is read when its end is reached', async () => {
  const topic = await topicOf(2)
  await producer().send([record(topic, 1)])
  const taken = new Taken().start(topic)
  await taken.until(() => taken.events.includes('idle 0'))
  expect(taken.events).toEqual(['opened 0', 'opened 1', 'idle 1', 'idle 0'])
})

test('poisoned records are dead letters with partition and offset, and the others go on', async () => {
  const topic = await topicOf(2)
  const bad = ['no json', '{"ts1":1,"num1":"x"}', '[]', '{"num1":1}', `{"ts1":1,"txt1":"${'x'.repeat(1024 * 1024)}"}`]
  await producer().send([
    record(topic, 1, 1),
    ...bad.map((value) => ({ topic, partition: 1, value: Buffer.from(value) })),
    { topic, partition: 1, value: Buffer.from([0x7b, 0xff]) },
    record(topic, 2, 1),
  ])
  const taken = new Taken().start(topic)
  await taken.until(() => taken.rows.length === 2)
  expect(taken.letters.map(({ split, offset, reason }) => [split, offset, reason])).toEqual([
    [`${topic}/1`, 1, 'decode/not-this-format'],
    [`${topic}/1`, 2, 'contract/type'],
    [`${topic}/1`, 3, 'contract/type'],
    [`${topic}/1`, 4, 'contract/null'],
    [`${topic}/1`, 5, 'decode/line-too-long'],
    [`${topic}/1`, 6, 'decode/invalid-utf8'],
  ])
})

test('key, timestamp and headers are fields, and records without value are passed over or rows', async () => {
  const topic = await topicOf()
  const header = (name: string, value: string) => [Buffer.from(name), Buffer.from(value)] as const
  await producer().send([
    {
      topic,
      partition: 0,
      key: Buffer.from('k1'),
      value: Buffer.from('{"num1":1}'),
      headers: new Map([header('trace', 'a'), header('other', 'b')]),
    },
    { topic, partition: 0, key: Buffer.from('k2'), value: null },
  ])
  const metadata = { key: 'txt1', timestamp: 'ts1', headers: { txt2: 'trace' } }
  const skipped = new Taken().start(topic, metadata)
  await skipped.until(() => skipped.rows.length + skipped.blank === 2)
  expect(skipped.rows.map(({ values }) => values.slice(1))).toEqual([[1, 'k1', 'a']])
  expect(Math.abs(Date.now() - Number(skipped.rows[0].values[0]))).toBeLessThan(600_000)
  const rows = new Taken().start(topic, { ...metadata, tombstones: 'rows' })
  await rows.until(() => rows.rows.length === 2)
  expect(rows.rows[1].values.slice(1)).toEqual([null, 'k2', null])
})

test('text and bytes are one field', async () => {
  const topic = await topicOf()
  await producer().send([
    { topic, partition: 0, value: Buffer.from('größe') },
    { topic, partition: 0, value: Buffer.from([0xff, 0]) },
  ])
  const text = new Taken().start(topic, { format: 'text', field: 'txt1', timestamp: 'ts1' })
  await text.until(() => text.rows.length + text.letters.length === 2)
  expect([text.rows[0].values[2], text.letters[0].reason]).toEqual(['größe', 'decode/invalid-utf8'])
  const fields = [STREAM.fields[0], { name: 'raw', type: 'bytes', nullable: true }]
  const bytes = new Taken().start(topic, { format: 'bytes', field: 'raw', timestamp: 'ts1' }, fields as typeof STREAM.fields)
  await bytes.until(() => bytes.rows.length === 2)
  expect(bytes.rows[1].values[1]).toEqual(Uint8Array.of(0xff, 0))
})

test('a topic that is not there is told and waited for; one that grows is read whole; the group says how far', async () => {
  const topic = `late-${randomUUID().slice(0, 8)}`
  const group = `group-${topic}`
  const taken = new Taken().start(topic, { group })
  await taken.until(() => taken.problems.length > 0)
  expect(taken.problems[0].code).toBe('kafka/no-topic')
  const kept = admin()
  await kept.ensure({ topic, partitions: 1 })
  await producer().send([record(topic, 1)])
  await taken.until(() => taken.rows.length === 1)
  await kept.grow(topic, 3)
  await producer().send([record(topic, 2, 1), record(topic, 3, 2)])
  await taken.until(() => taken.rows.length === 3)
  expect(taken.numbers).toEqual([1, 2, 3])
  let offsets: readonly (number | undefined)[] = []
  while (offsets.length < 3) offsets = await kept.groupOffsets(group, topic)
  expect(offsets).toEqual([1, 1, 1])
})

test('records that were deleted before they were read are told with their number', async () => {
  const topic = await topicOf()
  await producer().send([1, 2, 3, 4].map((number) => record(topic, number)))
  const first = new Taken().start(topic)
  await first.until(() => first.rows.length === 4)
  await first.stop()
  await producer().send([5, 6, 7].map((number) => record(topic, number)))
  await admin().deleteBefore(topic, [6])
  const second = new Taken()
  second.state = first.state
  second.start(topic)
  await second.until(() => second.rows.length === 1)
  expect(second.problems[0]).toMatchObject({ code: 'kafka/records-gone', facts: { details: { topic, partition: 0, missed: 2 } } })
  expect(second.numbers).toEqual([7])
})

test('a topic that was made anew is refused, and latest begins at the end', async () => {
  const topic = await topicOf()
  await producer().send([record(topic, 1)])
  const latest = new Taken().start(topic, { from: 'latest' })
  await latest.until(() => latest.events.includes('idle 0'))
  await producer().send([record(topic, 2)])
  await latest.until(() => latest.rows.length === 1)
  await latest.stop()
  expect(latest.numbers).toEqual([2])
  const other = new Taken()
  other.state = { topicId: randomUUID(), next: [1] }
  other.start(topic)
  await other.until(() => other.problems.length > 0)
  expect(other.problems[0].code).toBe('kafka/topic-recreated')
})
