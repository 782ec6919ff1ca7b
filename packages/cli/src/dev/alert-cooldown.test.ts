import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AlertCooldown } from './alert-cooldown.ts'

const OF = { alert: 'busy', partition: 1, cooldownMs: 600 }
let folder = ''
let log: EmbeddedLog
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-cooldown-'))
  log = openLog({ path: folder })
})
afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('AlertCooldown', () => {
  it('admits a key again once the cool-down is over, counted from the last admission', () => {
    const cooldown = new AlertCooldown(log, OF)
    expect([0, 599, 600, 1_199, 1_200].map((end) => cooldown.admits('a', end))).toEqual([true, false, true, false, true])
    expect(cooldown.admits('b', 1_200)).toBe(true)
  })

  it('remembers across processes what was written, and only that', async () => {
    const before = new AlertCooldown(log, OF)
    before.admits('written', 100)
    await log.transact(before.takeChanges())
    before.admits('lost', 100)
    const after = new AlertCooldown(log, OF)
    expect([after.admits('written', 200), after.admits('lost', 200)]).toEqual([false, true])
  })

  it('takes only the changes up to a round, so that a later one is not written before it is handed on', async () => {
    const cooldown = new AlertCooldown(log, OF)
    cooldown.admits('first', 100)
    const round = cooldown.takeChanges()
    cooldown.admits('second', 100)
    await log.transact(round)
    expect([...log.entries('alert/busy/1/')]).toHaveLength(1)
  })

  it('forgets keys that have cooled down', async () => {
    const cooldown = new AlertCooldown(log, OF)
    cooldown.admits('a', 100)
    await log.transact(cooldown.takeChanges())
    cooldown.passed(700)
    await log.transact(cooldown.takeChanges())
    expect([...log.entries('alert/')]).toEqual([])
  })

  it('keeps partitions and alerts apart', async () => {
    const cooldown = new AlertCooldown(log, OF)
    cooldown.admits('a', 100)
    await log.transact(cooldown.takeChanges())
    expect(new AlertCooldown(log, { ...OF, partition: 2 }).admits('a', 200)).toBe(true)
    expect(new AlertCooldown(log, { ...OF, alert: 'other' }).admits('a', 200)).toBe(true)
  })
})
