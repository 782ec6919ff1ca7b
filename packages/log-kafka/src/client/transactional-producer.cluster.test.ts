import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { CLUSTER, freshName, readAll } from '../../test/kafka-address.ts'
import { TopicAdmin } from './topic-admin.ts'
import { TopicProducer } from './topic-producer.ts'
import { TopicReader } from './topic-reader.ts'
import { TransactionalProducer } from './transactional-producer.ts'

function use<T extends { close(): Promise<void> }>(one: T): T {
  onTestFinished(() => one.close())
  return one
}

const admin = (): TopicAdmin => use(new TopicAdmin(CLUSTER))
const producerOf = (transactionalId: string): TransactionalProducer =>
  use(new TransactionalProducer({ connection: CLUSTER, transactionalId }))

async function topicOf(partitions = 1): Promise<string> {
  const topic = freshName('transactions')
  await admin().ensure({ topic, partitions })
  return topic
}

function records(topic: string, from: number, to: number, partition = 0) {
  return Array.from({ length: to - from }, (_, i) => ({ topic, partition, value: Buffer.from(String(from + i)) }))
}

async function numbersIn(topic: string): Promise<number[]> {
  return (await readAll(topic)).flat().map(({ value }) => Number(value))
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

test('sends that are asked for at the same time are done one after another, all of them', async () => {
  const topic = await topicOf(3)
  const producer = producerOf(freshName('tx'))
  await Promise.all([0, 1, 2, 3, 4].map((part) => producer.send(records(topic, part * 10, part * 10 + 10, part % 3))))
  await producer.commit()
  expect((await numbersIn(topic)).toSorted((a, b) => a - b)).toEqual(upTo(50))
})

test('the same transactional id goes on after a restart, and the one before it is fenced', async () => {
  const topic = await topicOf()
  const id = freshName('tx')
  const before = producerOf(id)
  await before.send(records(topic, 100, 103))
  const after = producerOf(id)
  await after.open()
  await after.send(records(topic, 0, 3))
  await after.commit()
  await expect(before.commit()).rejects.toMatchObject({ code: 'kafka/fenced', family: 'operating' })
  expect(await numbersIn(topic)).toEqual([0, 1, 2])
})

test('nothing is committed where nothing was sent', async () => {
  const producer = producerOf(freshName('tx'))
  await producer.open()
  await producer.commit()
  await producer.abort()
})

test('a record above the limit is said in a sentence, and the transaction can be given up', async () => {
  const topic = await topicOf()
  const producer = producerOf(freshName('tx'))
  const noisy = { topic, partition: 0, value: Buffer.from(Array.from({ length: 3_000_000 }, () => Math.random() * 256)) }
  await expect(producer.send([noisy])).rejects.toMatchObject({ code: 'kafka/record-too-large' })
  await producer.close()
  expect(await numbersIn(topic)).toEqual([])
})

test('a reader at the end sees each transaction when it is committed, and nothing of others, also behind one that stays open for a while', async () => {
  const topic = await topicOf()
  const [slow, quick] = [producerOf(freshName('slow')), producerOf(freshName('quick'))]
  const reader = use(new TopicReader({ connection: CLUSTER, topic, waitMsMax: 50 }))
  reader.seek(0, 0)
  const seen: number[] = []
  let isDone = false
  const reading = (async () => {
    while (!isDone || seen.length < 60)
      for (const { records: found } of await reader.read()) seen.push(...found.map(({ value }) => Number(value)))
  })()
  const expected: number[] = []
  for (let round = 0; round < 10; round++) {
    await slow.send(records(topic, round * 10, round * 10 + 3))
    for (const part of [3, 6]) {
      await quick.send(records(topic, round * 10 + part, round * 10 + part + 3))
      await (part === 3 ? quick.abort() : quick.commit())
    }
    await sleep(20)
    expect(seen.length).toBe(round * 6)
    await slow.commit()
    expected.push(...[0, 1, 2, 6, 7, 8].map((number) => round * 10 + number))
    while (seen.length < expected.length) await sleep(5)
  }
  isDone = true
  await reading
  expect(seen).toEqual(expected)
})

test('what is sent right after a topic is made is there once', async () => {
  const topics = await Promise.all(Array.from({ length: 20 }, () => topicOf(2)))
  for (const topic of topics) {
    const producer = new TopicProducer({ connection: CLUSTER })
    await producer.send(records(topic, 0, 50))
    await producer.close()
    expect(await numbersIn(topic)).toEqual(upTo(50))
  }
})

test('a topic that is missing is said in a sentence', async () => {
  const topic = freshName('nowhere')
  await expect(use(new TopicProducer({ connection: CLUSTER })).send(records(topic, 0, 1))).rejects.toMatchObject({
    code: 'kafka/no-topic',
    message: `Could not write to ${topic}: the cluster at ${CLUSTER.brokers[0]} has no such topic.`,
  })
  await expect(admin().partitions(topic)).rejects.toMatchObject({ code: 'kafka/no-topic' })
})

test('an offset that retention took, and one that is not there yet, are said with what there is', async () => {
  const topic = await topicOf()
  await use(new TopicProducer({ connection: CLUSTER })).send(records(topic, 0, 5))
  const reader = use(new TopicReader({ connection: CLUSTER, topic }))
  reader.seek(0, 9)
  await expect(reader.read()).rejects.toMatchObject({
    code: 'kafka/offset-gone',
    message: `Partition 0 of the topic ${topic} was to be read from offset 9; it has those from 0 to 5.`,
  })
})

test('brokers that are not there are said with their address', async () => {
  const connection = { brokers: ['127.0.0.1:1'] }
  await expect(use(new TopicAdmin(connection)).exists('any')).rejects.toMatchObject({
    code: 'kafka/unreachable',
    family: 'operating',
    message: 'Could not list the topics: no Kafka broker answers at 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1).',
  })
  expect(() => new TopicAdmin({ brokers: ['localhost'] })).toThrow(expect.objectContaining({ code: 'kafka/bad-broker' }))
})
