import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cleanUp, freshFolder, startMember } from '../../test/harness.ts'

afterAll(cleanUp)

it('lets one of four processes in at a time, also while some are killed', async () => {
  const folder = freshFolder()
  writeFileSync(join(folder, 'count'), '0')
  const counters = Array.from({ length: 4 }, () => startMember('count', folder, '60'))
  const victims = Array.from({ length: 2 }, () => startMember('lease', folder))
  await Promise.all(victims.map((victim) => victim.kill()))
  await Promise.all(counters.map((counter) => counter.reply))
  expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('240')
})
