import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { TopicAdmin, TransactionalProducer } from '@millrace/log-kafka'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DevProcess, Workbench } from '../dev/dev-process.ts'
import { orderProject, orders } from './source-project.ts'

const connection = { brokers: [process.env.MILLRACE_KAFKA ?? ''] }
const topic = `orders-${randomUUID().slice(0, 8)}`
const admin = new TopicAdmin(connection)
const producer = new TransactionalProducer({ connection, transactionalId: topic })
const bench = new Workbench(orderProject(`m.kafka('${topic}', { cluster: { brokers: m.env('SHOP_KAFKA') } })`))
const decoded = (dev: DevProcess): number => Number(dev.of('status').at(-1)?.decoded ?? 0)
const start = (): DevProcess => bench.devWith({ SHOP_KAFKA: connection.brokers[0] }, '--no-server')

/** Orders in two partitions, in one transaction, and some that are taken back. */
async function send(from: number, to: number): Promise<void> {
  const records = orders(from, to).map((order, i) => ({ topic, partition: i % 2, value: Buffer.from(JSON.stringify(order)) }))
  await producer.send(records.slice(0, 20))
  await producer.abort()
  await producer.send(records)
  await producer.commit()
}

beforeAll(() => admin.ensure({ topic, partitions: 2 }))
afterAll(async () => {
  await Promise.all([producer.close(), admin.close()])
  await bench.close()
})

it('is not read, and the session goes on, while a setting is not set', async () => {
  const dev = bench.dev('--no-server')
  await dev.until((one) => one.of('problem').length > 0)
  expect(dev.of('problem')[0]).toMatchObject({ code: 'kafka/not-set' })
  expect(await dev.kill('SIGTERM')).toBe(0)
})

it('has each record once, although it is killed on the way and more comes later, with a dead letter for what is none', async () => {
  for (let kill = 0; kill < 2; kill++) {
    await send(kill * 1_000, kill * 1_000 + 1_000)
    const dev = start()
    await dev.until((one) => decoded(one) > kill * 1_000)
    await sleep(100)
    await dev.kill('SIGKILL')
  }
  const dev = start()
  await dev.until((one) => decoded(one) === 2_000)
  await producer.send([{ topic, partition: 1, value: Buffer.from('no order') }])
  await producer.commit()
  await send(2_000, 2_345)
  await dev.until((one) => decoded(one) === 2_345)
  expect(dev.of('problem')).toEqual([])
  expect(await dev.kill('SIGTERM')).toBe(0)
  const counts = 'select count(*), count(distinct number), min(number), max(number), count(distinct _split) from orders'
  expect((await bench.json(['sql', counts])).rows).toEqual([[2_345, 2_345, 0, 2_344, 2]])
  const letters = 'select reason, _split from orders__dead_letters'
  expect((await bench.json(['sql', letters])).rows).toEqual([['decode/not-this-format', `${topic}/1`]])
})
