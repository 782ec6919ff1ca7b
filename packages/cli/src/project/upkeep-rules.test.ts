import { describe, expect, it } from 'vitest'
import { checkUpkeep, upkeepRules } from './upkeep-rules.ts'

const USUAL = { compact: { targetBytes: 134_217_728, filesMin: 8 }, keepSnapshots: 100, keepChangesMs: 3_600_000 }

describe('rules of upkeep', () => {
  it('are the usual ones where nothing is declared', () => {
    expect(upkeepRules()).toEqual(USUAL)
    expect(upkeepRules({ compact: true })).toEqual(USUAL)
  })

  it('are those of the table, then those of all', () => {
    const lake = { compact: { targetMb: 1 }, keepChanges: '1d', tables: { orders: { compact: false, keepSnapshots: 7 } } } as const
    expect(upkeepRules(lake)).toEqual({ ...USUAL, compact: { targetBytes: 1_048_576, filesMin: 8 }, keepChangesMs: 86_400_000 })
    expect(upkeepRules(lake, 'orders')).toEqual({ compact: undefined, keepSnapshots: 7, keepChangesMs: 86_400_000 })
  })

  it.each<[unknown, string]>([
    [{ keepSnapshots: 0 }, 'project/bad-setting'],
    [{ keepSnapshots: 501 }, 'project/bad-setting'],
    [{ compact: { targetMb: 1.5 } }, 'project/bad-setting'],
    [{ compact: { filesMax: 3 } }, 'project/unknown-setting'],
    [{ keepChanges: 'long' }, 'project/bad-duration'],
    [{ keep: 3 }, 'project/unknown-setting'],
    [{ tables: { ordres: {} } }, 'project/unknown-setting'],
    [{ tables: { orders: { keepSnapshot: 3 } } }, 'project/unknown-setting'],
  ])('are refused where they cannot be: %j', (lake, code) => {
    expect(() => checkUpkeep(lake as Parameters<typeof checkUpkeep>[0], ['orders'])).toThrow(expect.objectContaining({ code }))
  })
})
