import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FollowFilesOptions, followFiles } from './follow-files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-live-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Collects the text and the time of each delivery until `done` says so. */
async function collect(options: Partial<FollowFilesOptions>, done: (text: string) => boolean): Promise<{ text: string; at: number[] }> {
  const stop = new AbortController()
  const guard = setTimeout(() => stop.abort(), 5000)
  let text = ''
  const at: number[] = []
  for await (const { events } of followFiles({ patterns: ['*.log'], cwd: folder, signal: stop.signal, ...options })) {
    for (const event of events) {
      if (event.kind !== 'lines' || event.block.kind !== 'lines') continue
      text += Buffer.from(event.block.bytes.subarray(event.block.from, event.block.to)).toString()
      at.push(performance.now())
    }
    if (done(text)) stop.abort()
  }
  clearTimeout(guard)
  return { text, at }
}

test('hands lines over as they are written, through rotations, until it is stopped', async () => {
  const path = join(folder, 'a.log')
  const collecting = collect({}, (text) => text.includes('line 99'))
  for (let i = 0; i < 100; i++) {
    appendFileSync(path, `line ${i}\n`)
    if (i % 25 === 24) renameSync(path, `${path}.${i}`)
    if (i % 5 === 0) await sleep(3)
  }
  const { text } = await collecting
  expect(text.trim().split('\n').sort()).toEqual(Array.from({ length: 100 }, (_, i) => `line ${i}`).sort())
})

test('is woken by the system long before its next look', async () => {
  writeFileSync(join(folder, 'a.log'), 'first\n')
  const collecting = collect({ pollMs: 4000 }, (text) => text.includes('second'))
  await sleep(200)
  const written = performance.now()
  appendFileSync(join(folder, 'a.log'), 'second\n')
  const { at } = await collecting
  expect(at[1] - written).toBeLessThan(2000)
})

test('finds files in a folder that appears later, by looking', async () => {
  const collecting = collect({ patterns: ['later/*.log'], pollMs: 20 }, (text) => text.includes('here'))
  await sleep(50)
  const { mkdirSync } = await import('node:fs')
  mkdirSync(join(folder, 'later'))
  writeFileSync(join(folder, 'later', 'a.log'), 'here\n')
  expect((await collecting).text).toBe('here\n')
})

test('ends at once when it was stopped before', async () => {
  const steps: unknown[] = []
  for await (const step of followFiles({ patterns: ['*'], cwd: folder, signal: AbortSignal.abort() })) steps.push(step)
  expect(steps).toEqual([])
})
