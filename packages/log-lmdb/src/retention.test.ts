import { expect, test } from 'vitest'
import { filler } from '../test/filler.ts'
import { scratchLog } from '../test/scratch.ts'
import type { EmbeddedLog } from './index.ts'

async function tenEntries(log: EmbeddedLog): Promise<void> {
  await log.openTopic('t', { partitions: 1 })
  await log.transact((transaction) => {
    for (let i = 0; i < 10; i++) transaction.appendEncoded('t', 0, { ...filler(10_000), span: 10 })
  })
}

test('trim drops whole batches below the asked offset', async () => {
  const log = scratchLog()
  await tenEntries(log)
  expect(await log.trim('t', 0, 35)).toBe(30)
  expect(log.range('t', 0)).toEqual({ first: 30, next: 100 })
  expect(await log.trim('t', 0, 5)).toBe(30)
  expect(log.stats().topics[0]).toMatchObject({ bytes: 70_000 })
})

test('trim keeps what any registered consumer has not passed', async () => {
  const log = scratchLog()
  await tenEntries(log)
  await log.registerConsumer('c', 't')
  await log.registerConsumer('d', 't')
  expect(await log.trim('t', 0, 100)).toBe(0)
  await log.transact((transaction) => transaction.setPosition('c', 't', 0, 100))
  expect(await log.trim('t', 0, 100)).toBe(0)
  await log.transact((transaction) => transaction.setPosition('d', 't', 0, 55))
  expect(await log.trim('t', 0, 100)).toBe(50)
})

test('a consumer that is forgotten holds nothing back, and begins at the first offset when it comes again', async () => {
  const log = scratchLog()
  await tenEntries(log)
  await log.registerConsumer('c', 't')
  await log.registerConsumer('d', 't')
  await log.transact((transaction) => {
    transaction.setPosition('c', 't', 0, 20)
    transaction.setPosition('d', 't', 0, 60)
  })
  await log.transact((transaction) => transaction.forgetConsumer('c', 't'))
  expect(await log.trim('t', 0, 100)).toBe(60)
  expect(log.position('c', 't', 0)).toBeUndefined()
  expect(log.stats().topics[0].consumers.map(({ consumer }) => consumer)).toEqual(['d'])
})

test('a position without registration does not hold anything back', async () => {
  const log = scratchLog()
  await tenEntries(log)
  await log.transact((transaction) => transaction.setPosition('onlooker', 't', 0, 0))
  expect(await log.trim('t', 0, 100)).toBe(100)
  expect(log.read({ topic: 't', partition: 0, from: 100, bytesMax: 1 })).toEqual([])
})

test('many entries are dropped over several transactions, and offsets go on', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 1 })
  await log.transact((transaction) => {
    for (let i = 0; i < 300; i++) transaction.appendEncoded('t', 0, filler(100))
  })
  expect(await log.trim('t', 0, 299)).toBe(299)
  expect(await log.transact((transaction) => transaction.appendEncoded('t', 0, filler(1)))).toBe(300)
  expect(log.read({ topic: 't', partition: 0, from: 299, bytesMax: 1e6 }).map((entry) => entry.offset)).toEqual([299, 300])
})

test('trimmed space is used again: the file stays within twice what is kept', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 1 })
  for (let round = 0; round < 60; round++) {
    const next = await log.transact((transaction) => transaction.appendEncoded('t', 0, filler(700_000 + round * 5_000)))
    await log.trim('t', 0, next - 3)
    log.read({ topic: 't', partition: 0, from: next, bytesMax: 1 })
  }
  const { fileBytes, usedBytes, freeBytes } = log.stats()
  expect(fileBytes).toBeLessThan(2 * 6 * 1_000_000)
  expect(usedBytes + freeBytes).toBeLessThanOrEqual(fileBytes)
})

test('stats name every consumer with its positions', async () => {
  const log = scratchLog()
  await tenEntries(log)
  await log.registerConsumer('lake', 't')
  await log.registerConsumer('stream', 't')
  await log.transact((transaction) => transaction.setPosition('stream', 't', 0, 20))
  expect(log.stats().topics).toEqual([
    {
      topic: 't',
      bytes: 100_000,
      partitions: [{ partition: 0, first: 0, next: 100, bytes: 100_000 }],
      consumers: [
        { consumer: 'lake', positions: [undefined] },
        { consumer: 'stream', positions: [20] },
      ],
    },
  ])
})
