import { join } from 'node:path'
import { decodeBatch, rowsOf } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { filler } from '../test/filler.ts'
import { numbers, STAMPS } from '../test/numbers.ts'
import { scratchFolder, scratchLog } from '../test/scratch.ts'
import { type EmbeddedLog, openLog } from './index.ts'

const text = (value: Uint8Array | undefined): string | undefined => (value === undefined ? undefined : Buffer.from(value).toString())
const bytes = (value: string): Uint8Array => Buffer.from(value)

/** Three batches of 10, 5 and 20 numbers, offsets 0 to 34. */
async function threeBatches(log: EmbeddedLog): Promise<void> {
  await log.openTopic('t', { partitions: 2 })
  for (const [from, to] of [
    [0, 10],
    [10, 15],
    [15, 35],
  ]) {
    await log.transact((transaction) => transaction.append({ topic: 't', partition: 1, batch: numbers(from, to), ...STAMPS }))
  }
}

function placesFrom(log: EmbeddedLog, from: number, bytesMax = 1e9): number[][] {
  return log.read({ topic: 't', partition: 1, from, bytesMax }).map(({ offset, span }) => [offset, span])
}

test('offsets are dense over batches, and each partition counts its own', async () => {
  const log = scratchLog()
  await threeBatches(log)
  expect(placesFrom(log, 0)).toEqual([
    [0, 10],
    [10, 5],
    [15, 20],
  ])
  expect(log.range('t', 1)).toEqual({ first: 0, next: 35 })
  expect(log.range('t', 0)).toEqual({ first: 0, next: 0 })
})

test('what is read decodes to what was appended', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 1 })
  await log.transact((transaction) => {
    transaction.append({ topic: 't', partition: 0, batch: numbers(0, 3), watermarkAfter: 5, ingestedAt: 6 })
    transaction.append({ topic: 't', partition: 0, batch: numbers(0, 0), watermarkAfter: 7, ingestedAt: 8, eventTime: 'event_time' })
  })
  const [batch, heartbeat] = log.read({ topic: 't', partition: 0, from: 0, bytesMax: 1e6 })
  expect(rowsOf(decodeBatch(batch.bytes).batch)).toEqual([[0], [1], [2]])
  expect(decodeBatch(batch.bytes)).toMatchObject({ watermarkAfter: 5, ingestedAt: 6 })
  expect(decodeBatch(heartbeat.bytes)).toMatchObject({ rows: 0, watermarkAfter: 7, minEventTime: undefined })
  expect([heartbeat.offset, heartbeat.span]).toEqual([3, 1])
})

test('reading begins with the entry that holds the offset', async () => {
  const log = scratchLog()
  await threeBatches(log)
  expect(placesFrom(log, 9)).toEqual([
    [0, 10],
    [10, 5],
    [15, 20],
  ])
  expect(placesFrom(log, 10)).toEqual([
    [10, 5],
    [15, 20],
  ])
  expect(placesFrom(log, 34)).toEqual([[15, 20]])
  expect(placesFrom(log, 35)).toEqual([])
})

test('a read gives at least one entry and stops after the asked bytes', async () => {
  const log = scratchLog()
  await threeBatches(log)
  expect(placesFrom(log, 0, 1)).toEqual([[0, 10]])
})

test('an offset outside the log is refused with what the log keeps', async () => {
  const log = scratchLog()
  await threeBatches(log)
  expect(() => placesFrom(log, 36)).toThrow('Offset 36 of `t`/1 was asked for; the log keeps 0 to 35.')
  await log.trim('t', 1, 12)
  expect(() => placesFrom(log, 9)).toThrow('Offset 9 of `t`/1 was asked for; the log keeps 10 to 35.')
})

test('another number of partitions is refused, the same is not', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 2 })
  await log.openTopic('t', { partitions: 2 })
  await expect(log.openTopic('t', { partitions: 3 })).rejects.toMatchObject({ code: 'log/partitions-differ', family: 'user' })
  await expect(log.openTopic('u', { partitions: 0 })).rejects.toMatchObject({ code: 'log/partitions-out-of-range' })
  expect(log.topics()).toEqual([{ topic: 't', partitions: 2 }])
})

test('topics that begin alike keep their entries apart', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 1 })
  await log.openTopic('t/u', { partitions: 1 })
  await log.transact((transaction) => {
    transaction.appendEncoded('t', 0, filler(10))
    transaction.appendEncoded('t/u', 0, filler(20))
  })
  expect(log.read({ topic: 't/u', partition: 0, from: 0, bytesMax: 1e6 }).map((entry) => entry.bytes.length)).toEqual([20])
  expect(log.topics().map(({ topic }) => topic)).toEqual(['t', 't/u'])
})

test('a transaction that throws leaves nothing behind', async () => {
  const log = scratchLog()
  await threeBatches(log)
  const failing = log.transact((transaction) => {
    transaction.append({ topic: 't', partition: 1, batch: numbers(35, 40), ...STAMPS })
    transaction.setPosition('c', 't', 1, 40)
    transaction.put('k', bytes('v'))
    return transaction.appendEncoded('nowhere', 0, filler(1))
  })
  await expect(failing).rejects.toMatchObject({ code: 'log/unknown-topic', facts: { found: ['t'] } })
  expect(log.range('t', 1).next).toBe(35)
  expect([log.position('c', 't', 1), log.get('k')]).toEqual([undefined, undefined])
})

test('a transaction sees its own writes and gives back what its function returned', async () => {
  const log = scratchLog()
  const seen = await log.transact((transaction) => {
    transaction.put('k', bytes('1'))
    const first = text(transaction.get('k'))
    transaction.remove('k')
    return [first, transaction.get('k')]
  })
  expect(seen).toEqual(['1', undefined])
  expect(log.get('k')).toBeUndefined()
})

test('appends, positions and pairs of one transaction are there after reopening', async () => {
  const path = scratchFolder()
  const log = openLog({ path })
  await threeBatches(log)
  await log.transact((transaction) => {
    transaction.setPosition('c', 't', 1, 12)
    transaction.put('k', bytes('v'))
    transaction.put('empty', bytes(''))
  })
  await log.close()
  const again = openLog({ path })
  expect([again.position('c', 't', 1), again.position('d', 't', 1), text(again.get('k')), text(again.get('empty'))]).toEqual([
    12,
    undefined,
    'v',
    '',
  ])
  expect(again.range('t', 1)).toEqual({ first: 0, next: 35 })
  await again.close()
})

test('a position beyond the end is refused', async () => {
  const log = scratchLog()
  await threeBatches(log)
  await expect(log.transact((transaction) => transaction.setPosition('c', 't', 1, 36))).rejects.toMatchObject({
    code: 'log/position-out-of-range',
  })
})

test('a transaction cannot be used after it, nor begun within another', async () => {
  const log = scratchLog()
  const kept = await log.transact((transaction) => transaction)
  expect(() => kept.put('k', bytes('v'))).toThrow('after the function it was given to had returned')
  let inner: Promise<unknown> | undefined
  await log.transact(() => {
    inner = log.transact(() => 1).catch((error: { code: string }) => error.code)
  })
  expect(await inner).toBe('log/nested-transaction')
})

test('pairs come by key in the order of their bytes, over any number of pages', async () => {
  const log = scratchLog()
  const keys = ['a/', 'a/\u0000', 'a/z', 'a/ÿ', 'a/😀', 'a0', 'a', 'b/1']
  const many = Array.from({ length: 3000 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
  await log.transact((transaction) => {
    for (const key of [...keys, ...many].toReversed()) transaction.put(key, bytes(key))
  })
  const found = [...log.entries('a/')]
  expect(found.map(({ key }) => key)).toEqual(['a/', 'a/\u0000', 'a/z', 'a/ÿ', 'a/😀'])
  expect(found.every(({ key, value }) => text(value) === key)).toBe(true)
  expect([...log.entries('many/')].map(({ key }) => key)).toEqual(many)
  expect([...log.entries('')]).toHaveLength(keys.length + many.length)
})

test('large pairs come over pages of bytes', async () => {
  const log = scratchLog()
  await log.transact((transaction) => {
    for (let i = 0; i < 9; i++) transaction.put(`big/${i}`, new Uint8Array(1_500_000).fill(i))
  })
  const found = [...log.entries('big/')]
  expect(found.map(({ value }) => [value.length, value[0], value[1_499_999]])).toEqual(
    Array.from({ length: 9 }, (_, i) => [1_500_000, i, i]),
  )
})

test('keys are counted in bytes and refused when too long', async () => {
  const log = scratchLog()
  await log.transact((transaction) => transaction.put('é'.repeat(950), bytes('v')))
  expect(text(log.get('é'.repeat(950)))).toBe('v')
  await expect(log.transact((transaction) => transaction.put('é'.repeat(951), bytes('v')))).rejects.toMatchObject({
    code: 'log/key-too-long',
  })
})

test('entries of many megabytes come back whole and begin at a multiple of 8', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 2 })
  const sizes = [1, 30_000, 33_000, 5_000_001, 20_000_003]
  await log.transact((transaction) => {
    for (const [i, size] of sizes.entries()) transaction.appendEncoded('t', 1, { bytes: new Uint8Array(size).fill(i + 1), span: 2 })
  })
  const entries = log.read({ topic: 't', partition: 1, from: 0, bytesMax: 1e9 })
  expect(entries.map((entry) => entry.bytes.length)).toEqual(sizes)
  expect(
    entries.every((entry, i) => entry.bytes[0] === i + 1 && entry.bytes[sizes[i] - 1] === i + 1 && entry.bytes.byteOffset % 8 === 0),
  ).toBe(true)
})

test('an entry above the greatest size is refused', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 1 })
  await expect(log.transact((transaction) => transaction.appendEncoded('t', 0, filler(64 * 1024 * 1024 + 1)))).rejects.toMatchObject({
    code: 'log/entry-out-of-range',
  })
})

test('a copy holds what was committed at one moment, while another writes on', async () => {
  const log = scratchLog()
  await log.openTopic('t', { partitions: 2 })
  let written = 0
  const write = async (): Promise<void> => {
    await log.transact((transaction) => {
      for (const partition of [0, 1]) transaction.appendEncoded('t', partition, filler(20_000))
      transaction.put('written', bytes(String(++written)))
    })
  }
  for (let i = 0; i < 20; i++) await write()
  const path = join(scratchFolder(), 'copy')
  let isCopied = false
  const copied = log.copyTo(path).finally(() => {
    isCopied = true
  })
  while (!isCopied) {
    await write()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await copied
  const copy = openLog({ path, readOnly: true })
  const count = Number(text(copy.get('written')))
  expect(count).toBeGreaterThanOrEqual(20)
  expect([0, 1].map((partition) => copy.range('t', partition).next)).toEqual([count, count])
  expect(copy.read({ topic: 't', partition: 1, from: 0, bytesMax: 1e9 }).length).toBe(count)
  await copy.close()
})
