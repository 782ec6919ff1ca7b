import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { leftToOtherDays } from './tests-in-turn.ts'

const ROOT = join(import.meta.dirname, '../..')
const DAY_MS = 86_400_000

it('leaves tests that there are to other days, and each of them comes on one of two or of four', () => {
  const days = [0, 1, 2, 3].map((day) => leftToOtherDays(Date.UTC(2026, 0, 1) + day * DAY_MS))
  const all = [...new Set(days.flat())]
  for (const path of all) {
    expect(existsSync(join(ROOT, path)), path).toBe(true)
    expect(days.filter((left) => !left.includes(path))).toHaveLength(path.endsWith('.cluster.test.ts') ? 1 : 2)
  }
  expect(all).toHaveLength(10)
})
