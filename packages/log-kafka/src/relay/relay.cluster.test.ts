import { setTimeout as sleep } from 'node:timers/promises'
import { decodeBatch, type Field, rowsOf, type Value } from '@millrace/columnar'
import { expect, onTestFinished, test } from 'vitest'
import { CLUSTER, freshName } from '../../test/kafka-address.ts'
import { type ScratchLog, scratchLog, TOPIC } from '../../test/stamped-log.ts'
import { TopicAdmin } from '../client/topic-admin.ts'
import { TopicProducer } from '../client/topic-producer.ts'
import { TransactionalProducer } from '../client/transactional-producer.ts'
import { Relay, type RelayOptions } from './relay.ts'

const FIELDS: readonly Field[] = [
  { name: 'num1', type: 'int64', nullable: false },
  { name: 'ts1', type: 'timestamp', nullable: true },
]

function use<T extends { close(): Promise<void> }>(one: T): T {
  onTestFinished(() => one.close())
  return one
}

async function topicOf(partitions: number): Promise<string> {
  const topic = freshName('features')
  await use(new TopicAdmin(CLUSTER)).ensure({ topic, partitions })
  return topic
}

async function logOf(): Promise<ScratchLog> {
  const scratch = await scratchLog()
  onTestFinished(() => scratch.remove())
  return scratch
}

function records(topic: string, partition: number, ...numbers: number[]) {
  return numbers.map((number) => ({ topic, partition, value: Buffer.from(`{"num1":${number},"ts1":"2026-01-31T12:00:00.5","other":[1]}`) }))
}

function running({ log }: ScratchLog, from: string, options: Partial<RelayOptions> = {}) {
  const relay = new Relay({ log, connection: CLUSTER, from, to: TOPIC, partitions: 2, fields: FIELDS, key: ['num1'], ...options })
  const stop = new AbortController()
  const done = relay.run(stop.signal)
  return {
    relay,
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

function rows({ log }: ScratchLog): Value[][] {
  const batches = [0, 1].flatMap((partition) =>
    log.read({ topic: TOPIC, partition, from: 0, bytesMax: 1e9 }).map(({ bytes }) => decodeBatch(new Uint8Array(bytes)).batch),
  )
  return batches.flatMap(rowsOf)
}

const numbers = (scratch: ScratchLog): number[] =>
  rows(scratch)
    .map(([number]) => number as number)
    .toSorted((a, b) => a - b)

async function until(done: () => boolean): Promise<void> {
  while (!done()) await sleep(10)
}

test('rows of committed transactions come once, over restarts, and those of aborted ones never', async () => {
  const [scratch, topic] = [await logOf(), await topicOf(2)]
  const producer = use(new TransactionalProducer({ connection: CLUSTER, transactionalId: freshName('flink') }))
  const commit = async (...sent: number[]) => {
    await producer.send([...records(topic, 0, ...sent), ...records(topic, 1, ...sent.map((number) => number + 100))])
    await producer.commit()
  }
  await commit(1, 2)
  const first = running(scratch, topic)
  await until(() => numbers(scratch).length === 4)
  await producer.send(records(topic, 0, 7, 8))
  await producer.abort()
  await commit(3)
  await until(() => numbers(scratch).length === 6)
  await first.stop()
  await commit(4, 5)
  const second = running(scratch, topic)
  await until(() => numbers(scratch).length >= 10)
  await second.stop()
  expect(numbers(scratch)).toEqual([1, 2, 3, 4, 5, 101, 102, 103, 104, 105])
  expect(rows(scratch)[0][1]).toBe(Date.parse('2026-01-31T12:00:00.500Z'))
})

test('a topic that is not there yet is waited for, and one that grows is read whole', async () => {
  const [scratch, topic] = [await logOf(), freshName('features')]
  const { relay, stop } = running(scratch, topic)
  await until(() => relay.status.failures > 0)
  expect(relay.status).toMatchObject({ state: 'retrying', lastError: `The topic ${topic} is not on Kafka yet.` })
  const admin = use(new TopicAdmin(CLUSTER))
  await admin.ensure({ topic, partitions: 1 })
  const producer = use(new TopicProducer({ connection: CLUSTER }))
  await producer.send(records(topic, 0, 1))
  await until(() => numbers(scratch).length === 1)
  await admin.grow(topic, 2)
  const later = use(new TopicProducer({ connection: CLUSTER }))
  await later.send(records(topic, 1, 2))
  await until(() => numbers(scratch).length === 2)
  await stop()
  expect(numbers(scratch)).toEqual([1, 2])
})

test('a record that is no row ends it, with partition and offset', async () => {
  const [scratch, topic] = [await logOf(), await topicOf(1)]
  await use(new TopicProducer({ connection: CLUSTER })).send([
    ...records(topic, 0, 1),
    { topic, partition: 0, value: Buffer.from('{"num1":"x"}') },
  ])
  const { relay, stop } = running(scratch, topic)
  await until(() => relay.refusal !== undefined)
  await stop()
  expect(relay.refusal).toMatchObject({ code: 'kafka/bad-record', facts: { details: { topic, partition: 0, offset: 1 } } })
  expect(numbers(scratch)).toEqual([])
})

test('changes come with what they say, a row before what takes it back', async () => {
  const [scratch, topic] = [await logOf(), await topicOf(1)]
  const row = (number: number) => `{"num1":1,"ts1":"2026-01-31T12:00:0${number}"}`
  const given = (number: number) => `{"before":null,"after":${row(number)},"op":"c"}`
  const takenBack = (number: number) => `{"before":${row(number)},"after":null,"op":"d"}`
  const values = [given(0), takenBack(0), given(1), takenBack(1), given(2)]
  await use(new TopicProducer({ connection: CLUSTER })).send(values.map((value) => ({ topic, partition: 0, value: Buffer.from(value) })))
  const fields = [...FIELDS, { name: '_op', type: 'int32', nullable: false }]
  const { stop } = running(scratch, topic, { form: 'changes', fields })
  await until(() => rows(scratch).length === 5)
  await stop()
  const second = (number: number): number => Date.UTC(2026, 0, 31, 12, 0, number)
  expect(rows(scratch)).toEqual([
    [1, second(0), 0],
    [1, second(0), 3],
    [1, second(1), 0],
    [1, second(1), 3],
    [1, second(2), 0],
  ])
})
