import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeBatch } from '@millrace/columnar'
import { expect, onTestFinished, test } from 'vitest'
import { openLog } from '../src/index.ts'
import { numbers, STAMPS } from './numbers.ts'
import { scratchFolder, scratchLog } from './scratch.ts'

/** A writer in a process of its own, the offsets it has acknowledged so far, and its end. */
function startWriter(mode: string, path: string): { child: ChildProcess; acknowledged: () => number; ended: Promise<string | null> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), mode, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  child.stdout?.on('data', (data: Buffer) => {
    said += data.toString()
  })
  const ended = new Promise<string | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)))
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, acknowledged: () => Number(said.trimEnd().split('\n').at(-1)), ended }
}

test('what was acknowledged is there after kill -9, and nothing half', async () => {
  const path = scratchFolder()
  let least = 0
  for (let round = 0; round < 5; round++) {
    const writer = startWriter('acknowledge', path)
    while (!(writer.acknowledged() > least)) await sleep(5)
    await sleep(Math.random() * 60)
    writer.child.kill('SIGKILL')
    await writer.ended
    least = writer.acknowledged()
    const log = openLog({ path })
    const { next } = log.range('t', 0)
    expect(next).toBeGreaterThanOrEqual(least)
    expect(Buffer.from(log.get('next') ?? []).toString()).toBe(String(next))
    expect(decodeBatch(log.read({ topic: 't', partition: 0, from: next - 1, bytesMax: 1 })[0].bytes).rows).toBe(1000)
    await log.close()
    least = next
  }
}, 60_000)

test('a process killed within a transaction leaves nothing behind, and others go on writing', async () => {
  const path = scratchFolder()
  const log = scratchLog({ path })
  await log.openTopic('t', { partitions: 1 })
  await log.transact((transaction) => transaction.append({ topic: 't', partition: 0, batch: numbers(0, 10), ...STAMPS }))
  expect(await startWriter('inside', path).ended).toBe('SIGKILL')
  expect(log.range('t', 0)).toEqual({ first: 0, next: 10 })
  expect(log.get('next')).toBeUndefined()
  expect(await log.transact((transaction) => transaction.append({ topic: 't', partition: 0, batch: numbers(10, 20), ...STAMPS }))).toBe(10)
}, 60_000)
