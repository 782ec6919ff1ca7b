import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Label } from './ask.ts'
import { writeHistory } from './history.ts'

const folder = mkdtempSync(join(tmpdir(), 'history-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const START = Date.UTC(2026, 2, 2)
const LINE =
  /^(\S+) - - \[(\d\d)\/Mar\/2026:(\d\d):(\d\d):(\d\d) \+0000\] "(?:[^"\\]|\\.)*" (\d{3}) (-|\d+) "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"$/

test('writes a log in order of time whose failed logins are those of the labelled addresses, mostly', () => {
  const { lines, labels } = writeHistory(folder, { seed: 6, days: 0.5, intensity: 1, start: START })
  const log = readFileSync(join(folder, 'access.log'), 'utf8').split('\n').slice(0, -1)
  const written = readFileSync(join(folder, 'labels.jsonl'), 'utf8')
  expect(log.length).toBe(lines)
  expect(
    written
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Label),
  ).toEqual(labels)
  const parsed = log.map((line) => LINE.exec(line))
  expect(log.filter((_, i) => parsed[i] === null)).toEqual([])
  const times = parsed.map((match) => Date.UTC(2026, 2, ...(match as string[]).slice(2, 6).map(Number)))
  expect(times.every((time, i) => i === 0 || time >= times[i - 1])).toBe(true)
  const guessers = new Set(labels.filter(({ kind }) => kind.endsWith('credential-stuffing')).flatMap(({ addresses }) => addresses))
  const failed = parsed.filter((match) => match?.[6] === '401').map((match) => match?.[1] as string)
  const guessed = failed.filter((ip) => guessers.has(ip))
  expect(guessed.length).toBeGreaterThan(failed.length / 2)
  expect(guessed.length).toBeLessThan(failed.length)
})
