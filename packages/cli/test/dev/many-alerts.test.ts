import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { logLine, Workbench } from './dev-process.ts'

/** More than the ledger looks for together. */
const ADDRESSES = 230
/** Failed logins of each, beyond what the example takes for an attack. */
const GUESSES = 25
const START_MS = Date.parse('2026-03-01T00:00:00Z')

function addressOf(i: number): string {
  return `10.1.${i >> 8}.${i & 255}`
}

const attacks = Array.from({ length: GUESSES * ADDRESSES }, (_, i) =>
  logLine(addressOf(i % ADDRESSES), START_MS + Math.floor(i / ADDRESSES) * 1000, 'POST /login', 401, 9),
).join('')
const quiet = Array.from({ length: 20 }, (_, minute) => logLine('10.9.9.9', START_MS + (minute + 1) * 60_000, 'GET /', 200, 9)).join('')

it('points every alert of a round of hundreds at lines of its own', async () => {
  const bench = new Workbench()
  afterAll(() => bench.close())
  const path = bench.log('access.log')
  writeFileSync(path, attacks)
  const dev = bench.dev()
  await dev.until((one) => one.taken === GUESSES * ADDRESSES)
  appendFileSync(path, quiet)
  await dev.until((one) => one.of('alert').length >= ADDRESSES)
  await dev.kill('SIGTERM')
  const text = readFileSync(path, 'latin1')
  const wrong = dev.of('alert').filter((alert) => {
    const { ip } = alert.key as { ip: string }
    const offsets = alert.sample_offsets as number[]
    return (
      offsets.length === 0 ||
      offsets.some((offset) => !text.startsWith(`${ip} - - [`, offset) || !/^\S+ .*POST \/login/.test(text.slice(offset)))
    )
  })
  expect(new Set(dev.of('alert').map(({ key }) => (key as { ip: string }).ip)).size).toBe(ADDRESSES)
  expect(wrong).toEqual([])
})
