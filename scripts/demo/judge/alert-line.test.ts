import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { alertsWithoutLines } from './alert-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-alert-line-'))
const log = join(folder, 'access.log')
writeFileSync(log, '10.0.0.1 a\n10.0.0.10 b\n10.0.0.1 c\n')
afterAll(() => rmSync(folder, { recursive: true }))

it.each([
  ['10.0.0.1', [0, 23], 0],
  ['10.0.0.10', [11], 0],
  ['10.0.0.1', [], 1],
  ['10.0.0.1', [11], 1],
  ['10.0.0.1', [0, 1], 1],
  ['10.0.0.1', [999], 1],
])('of %s at %j leaves %i alerts without lines', (address, offsets, count) => {
  expect(alertsWithoutLines([{ address, offsets }], log)).toBe(count)
})
