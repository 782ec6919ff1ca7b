import { calendarOffsets } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import type { CalendarPlan, WindowGrid } from '../physical-plan.ts'
import { tileIndex, tileStart } from './window-grid.ts'

const HOUR_MS = 3_600_000
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu', 'America/Sao_Paulo']
const UNITS = ['day', 'week', 'month'] as const

function calendar(unit: CalendarPlan['unit'], zone: string): WindowGrid {
  const offsets = calendarOffsets(zone)
  const plan = { unit, from: offsets.map((one) => one.from), offsetMs: offsets.map((one) => one.offsetMs) }
  return { tilesPerWindow: 1, stepMs: 0, offsetMs: 0, calendar: plan }
}

describe.each(ZONES.flatMap((zone) => UNITS.map((unit) => [unit, zone] as const)))('the %ss of %s', (unit, zone) => {
  const grid = calendar(unit, zone)

  it('hold every instant between their start and the next one', () => {
    for (let time = Date.UTC(2011, 11, 20); time < Date.UTC(2013, 1, 1); time += 7 * HOUR_MS + 1) {
      const index = tileIndex(grid, time)
      expect(tileStart(grid, index)).toBeLessThanOrEqual(time)
      expect(tileStart(grid, index + 1)).toBeGreaterThan(time)
    }
  })

  it('begin with the first instant that is in them', () => {
    for (let time = Date.UTC(2018, 0, 1); time < Date.UTC(2019, 0, 1); time += 40 * HOUR_MS) {
      const start = tileStart(grid, tileIndex(grid, time))
      expect(tileIndex(grid, start)).toBe(tileIndex(grid, time))
      expect(tileIndex(grid, start - 1)).toBeLessThan(tileIndex(grid, time))
    }
  })

  it('are known for times that no record has', () => {
    for (const time of [-100_000_000_000_000, -62_135_596_800_000, 253_402_300_799_999]) expect(tileIndex(grid, time)).not.toBeNaN()
    expect(tileIndex(grid, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(tileStart(grid, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY)
  })
})

it('a grid of one size floors, also before 1970', () => {
  const grid: WindowGrid = { tilesPerWindow: 1, stepMs: 10, offsetMs: 3, calendar: null }
  expect([-8, -7, 2, 3, 12, 13].map((time) => tileIndex(grid, time))).toEqual([-2, -1, -1, 0, 0, 1])
  expect(tileStart(grid, -1)).toBe(-7)
})
