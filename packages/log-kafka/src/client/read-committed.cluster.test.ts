import { type MessageToProduce, ProduceAcks, Producer } from '@platformatic/kafka'
import { expect, onTestFinished, test } from 'vitest'
import { CLUSTER, freshName, readAll } from '../../test/kafka-address.ts'
import { clientOptions } from './kafka-connection.ts'
import { TopicAdmin } from './topic-admin.ts'

type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>
type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>

/** A topic of one partition, and a producer of transactions for it. */
async function open() {
  const topic = freshName('read-committed')
  const admin = new TopicAdmin(CLUSTER)
  await admin.ensure({ topic, partitions: 1 })
  const transactionalId = freshName('writer')
  const producer = new Producer({
    ...clientOptions(CLUSTER, 'test'),
    idempotent: true,
    transactionalId,
    producerId: -1n,
    producerEpoch: -1,
  })
  onTestFinished(async () => {
    await Promise.all([admin.close(), producer.close(true)])
  })
  const message = (text: string) => ({ topic, partition: 0, value: Buffer.from(text) })
  const transact = async (act: (transaction: Transaction) => Promise<unknown>, end: 'commit' | 'abort') => {
    const transaction = await producer.beginTransaction()
    await act(transaction)
    await transaction[end]()
  }
  return {
    values: async () => (await readAll(topic))[0].map(({ value }) => String(value)),
    write: (texts: readonly string[], end: 'commit' | 'abort') =>
      transact((transaction) => transaction.send({ messages: texts.map(message) as Message[], acks: ProduceAcks.ALL }), end),
    /** A transaction that has taken the partition in and ends before it writes there, as that of a process which is killed between the two. */
    abortEmpty: async () => {
      const metadata = await producer.metadata({ topics: [topic] })
      await transact((transaction) => transaction.addPartitions(metadata, [message('never')]), 'abort')
    },
  }
}

test('records that are committed between an aborted transaction and one that is aborted before its first record', async () => {
  const { values, write, abortEmpty } = await open()
  await write(['aborted'], 'abort')
  for (const text of ['one', 'two', 'three']) await write([text], 'commit')
  await abortEmpty()
  await write(['four'], 'commit')
  expect(await values()).toEqual(['one', 'two', 'three', 'four'])
})
