import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fastClock } from './clock.ts'
import { simulateLive } from './live.ts'
import { startShop } from './shop-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'shop-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const START = Date.UTC(2026, 2, 16, 16)
const COMBINED = /^[\d.]+ - - \[\d\d\/Mar\/2026:\d\d:\d\d:\d\d \+0000\] "([A-Z]+) (\S+) HTTP\/1\.1" \d{3} (-|\d+) "[^"]*" "[^"]*"$/

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1)

test('logs every request that was sent, at simulated times, and jumps past the last window', async () => {
  const logFile = join(folder, 'live.log')
  const clock = fastClock({ start: START, speed: 600 })
  const shop = await startShop({ port: 0, logFile, clock })
  const sent = await simulateLive({
    baseUrl: `http://127.0.0.1:${shop.port}`,
    clock,
    seed: 3,
    intensity: 0.3,
    minutes: 14,
    start: START,
    visitorsPerMinute: 1,
  })
  await shop.close()
  const lines = linesOf(logFile)
  expect(sent.failed).toBe(0)
  expect(lines.length).toBe(sent.requestsSent)
  expect(shop.lines()).toBe(sent.requestsSent)
  expect(lines.filter((line) => !COMBINED.test(line))).toEqual([])
  const hourOf = (line: string): number => Number(/2026:(\d\d):/.exec(line)?.[1])
  expect(hourOf(lines[lines.length - 1]) - hourOf(lines[lines.length - 2])).toBeGreaterThanOrEqual(2)
  expect(sent.labels.length).toBe(6)
  for (const { addresses, from, to } of sent.labels) {
    expect(Date.parse(from)).toBeLessThanOrEqual(Date.parse(to))
    expect(lines.some((line) => line.startsWith(`${addresses[0]} `))).toBe(true)
  }
})

test('stops when it is told to, and all that was sent is logged', async () => {
  const logFile = join(folder, 'stopped.log')
  const clock = fastClock({ start: START, speed: 60 })
  const shop = await startShop({ port: 0, logFile, clock })
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 700)
  const sent = await simulateLive({
    baseUrl: `http://127.0.0.1:${shop.port}`,
    clock,
    seed: 3,
    intensity: 1,
    minutes: 60,
    start: START,
    signal: stop.signal,
  })
  await shop.close()
  expect(sent.requestsSent).toBeGreaterThan(5)
  expect(linesOf(logFile).length).toBe(sent.requestsSent)
})

test('believes an address only when it is one', async () => {
  const logFile = join(folder, 'address.log')
  const shop = await startShop({ port: 0, logFile, clock: fastClock({ start: START, speed: 1 }) })
  const url = `http://127.0.0.1:${shop.port}/search?q=a"b`
  await fetch(url, { headers: { 'x-forwarded-for': '81.2.3.4', 'user-agent': 'say "hi"' } }).then((response) => response.arrayBuffer())
  await fetch(url, { headers: { 'x-forwarded-for': 'no address' } }).then((response) => response.arrayBuffer())
  await shop.close()
  const [first, second] = linesOf(logFile)
  expect(first).toMatch(/^81\.2\.3\.4 - - .* "say \\"hi\\""$/)
  expect(second).toMatch(/^127\.0\.0\.1 - - /)
})

test('logs a client that leaves before its answer has come', async () => {
  const logFile = join(folder, 'left.log')
  const shop = await startShop({ port: 0, logFile, clock: fastClock({ start: START, speed: 1 }) })
  await new Promise<void>((resolve) => {
    const socket = connect(shop.port, '127.0.0.1', () => {
      socket.write('GET /images/hero.jpg HTTP/1.1\r\nHost: a\r\n\r\n', () => setTimeout(() => socket.destroy(), 30))
    })
    socket.on('close', () => setTimeout(resolve, 50))
  })
  await shop.close()
  expect(linesOf(logFile)).toHaveLength(1)
})
