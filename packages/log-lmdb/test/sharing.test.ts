import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { openLog } from '../src/index.ts'
import { filler } from './filler.ts'
import { scratchFolder, scratchLog } from './scratch.ts'

function startThread(data: { path: string; count: number }): Worker {
  const worker = new Worker(join(import.meta.dirname, 'thread.ts'), { workerData: data })
  onTestFinished(async () => void (await worker.terminate()))
  return worker
}

function ended(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))
}

test('threads of one process write in turn, and each sees what the others wrote', async () => {
  const path = scratchFolder()
  const log = scratchLog({ path })
  await log.openTopic('t', { partitions: 1 })
  const threads = Array.from({ length: 3 }, () => startThread({ path, count: 50 }))
  const mine: number[] = []
  for (let i = 0; i < 50; i++) mine.push(await log.transact((transaction) => transaction.appendEncoded('t', 0, filler(5000))))
  expect(await Promise.all(threads.map(ended))).toEqual([0, 0, 0])
  const theirs = [...log.entries('offset/')].map(({ key }) => Number(key.slice(7)))
  expect([...mine, ...theirs].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, offset) => offset))
  expect(log.range('t', 0)).toEqual({ first: 0, next: 200 })
})

test('a log opened for reading sees a writer that goes on, and refuses to write', async () => {
  const path = scratchFolder()
  const writer = scratchLog({ path })
  await writer.openTopic('t', { partitions: 1 })
  const reader = openLog({ path, readOnly: true })
  onTestFinished(() => reader.close())
  expect(reader.topics()).toEqual([{ topic: 't', partitions: 1 }])
  await writer.transact((transaction) => transaction.appendEncoded('t', 0, filler(100)))
  expect(reader.range('t', 0).next).toBe(1)
  expect(reader.stats().topics[0].bytes).toBe(100)
  await expect(reader.transact(() => 1)).rejects.toMatchObject({ code: 'log/read-only' })
  await expect(reader.openTopic('u', { partitions: 1 })).rejects.toMatchObject({ code: 'log/read-only' })
})

test('a folder without a log is not made into one by a reader', () => {
  const path = join(scratchFolder(), 'missing')
  expect(() => openLog({ path, readOnly: true })).toThrow(`There is no log in ${path}.`)
})

test('a path that is a file, or lies below one, is refused in a sentence', () => {
  const path = join(scratchFolder(), 'file')
  writeFileSync(path, 'not a log')
  expect(() => openLog({ path })).toThrow(`The log in ${path} is not a folder.`)
  expect(() => openLog({ path: join(path, 'below') })).toThrow('is not a folder.')
})
