import { describe, expect, it } from 'vitest'
import { calendarOffsets, isTimeZone, ZONE_FROM, ZONE_UNTIL, zoneOffsets } from './time-zone.ts'

const HOUR_MS = 3_600_000
const at = (text: string): number => Date.parse(text)

/** The offset at an instant, from the table. */
function offsetAt(zone: string, time: number): number | undefined {
  return zoneOffsets(zone).findLast(({ from }) => from <= time)?.offsetMs
}

describe('offsets of a zone', () => {
  it('of UTC are none', () => {
    expect(zoneOffsets('UTC')).toEqual([{ from: ZONE_FROM, offsetMs: 0 }])
  })

  it('change to the second when clocks are moved', () => {
    const summer = at('2024-03-31T01:00:00Z')
    expect(zoneOffsets('Europe/Paris')).toContainEqual({ from: summer, offsetMs: 2 * HOUR_MS })
    expect(offsetAt('Europe/Paris', summer - 1)).toBe(HOUR_MS)
  })

  it('keep the seconds of local mean times', () => {
    expect(zoneOffsets('Europe/Paris')[0].offsetMs).toBe(561_000)
    expect(zoneOffsets('Africa/Monrovia')[0].offsetMs).toBe(-2_588_000)
  })

  it('go on with the rules of today until 2200', () => {
    expect(zoneOffsets('Europe/Paris').at(-1)?.from).toBeGreaterThan(at('2199-10-01T00:00:00Z'))
    expect(zoneOffsets('Europe/Paris').at(-1)?.from).toBeLessThan(ZONE_UNTIL)
  })

  it('follow a zone through a day that it skips', () => {
    expect(offsetAt('Pacific/Apia', at('2011-12-30T09:59:59Z'))).toBe(-10 * HOUR_MS)
    expect(offsetAt('Pacific/Apia', at('2011-12-30T10:00:00Z'))).toBe(14 * HOUR_MS)
  })

  it('find changes that lie weeks apart', () => {
    const moved = zoneOffsets('Africa/Casablanca').filter(
      ({ from }) => from >= at('2025-01-01T00:00:00Z') && from < at('2026-01-01T00:00:00Z'),
    )
    expect(moved.map(({ offsetMs }) => offsetMs)).toEqual([0, HOUR_MS])
  })

  it('are those of Intl at random instants of every fiftieth zone', () => {
    const zones = Intl.supportedValuesOf('timeZone').filter((_, i) => i % 50 === 0)
    for (const zone of zones) {
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
      for (let i = 0; i < 500; i++) {
        const time = Math.floor((ZONE_FROM + (ZONE_UNTIL - ZONE_FROM) * ((i * 0.618034) % 1)) / 1000) * 1000
        const local = new Date(time + (offsetAt(zone, time) ?? 0)).toISOString()
        expect(`${local.slice(0, 10)} ${local.slice(11, 19)}`, `${zone} at ${new Date(time).toISOString()}`).toBe(format.format(time))
      }
    }
  })

  it('are none of what is no zone', () => {
    for (const zone of ['', '+02:00', 'Nowhere/City', 'Europe/Paris ']) expect(isTimeZone(zone)).toBe(false)
    for (const zone of ['UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires']) expect(isTimeZone(zone)).toBe(true)
    expect(() => zoneOffsets('Nowhere/City')).toThrow('The time zone `Nowhere/City` is not known.')
  })
})

describe('offsets for calendar days', () => {
  const dayOf = (zone: string, time: number): string => {
    const offset = calendarOffsets(zone).findLast(({ from }) => from <= time)?.offsetMs ?? 0
    return new Date(time + offset).toISOString().slice(0, 10)
  }

  it('stay in the day that has begun when clocks go back over midnight', () => {
    // Newfoundland went back from 00:01 to 23:01 on 2006-10-29, 02:31 UTC.
    expect(dayOf('America/St_Johns', at('2006-10-29T02:29:59Z'))).toBe('2006-10-28')
    expect(dayOf('America/St_Johns', at('2006-10-29T02:30:00Z'))).toBe('2006-10-29')
    expect(dayOf('America/St_Johns', at('2006-10-29T02:45:00Z'))).toBe('2006-10-29')
    expect(dayOf('America/St_Johns', at('2006-10-29T03:30:00Z'))).toBe('2006-10-29')
  })

  it('end the day at its second midnight when clocks go back at midnight', () => {
    // São Paulo went back from 00:00 to 23:00 on 2018-02-18, 02:00 UTC.
    expect(dayOf('America/Sao_Paulo', at('2018-02-18T01:59:59Z'))).toBe('2018-02-17')
    expect(dayOf('America/Sao_Paulo', at('2018-02-18T02:59:59Z'))).toBe('2018-02-17')
    expect(dayOf('America/Sao_Paulo', at('2018-02-18T03:00:00Z'))).toBe('2018-02-18')
  })

  it('begin a day whose midnight is skipped with its first instant', () => {
    // São Paulo went from 00:00 to 01:00 on 2018-11-04, 03:00 UTC.
    expect(dayOf('America/Sao_Paulo', at('2018-11-04T02:59:59Z'))).toBe('2018-11-03')
    expect(dayOf('America/Sao_Paulo', at('2018-11-04T03:00:00Z'))).toBe('2018-11-04')
  })

  it('never go back by a day, in any zone', () => {
    for (const zone of Intl.supportedValuesOf('timeZone').filter((_, i) => i % 40 === 3)) {
      const offsets = calendarOffsets(zone)
      for (const [i, { from, offsetMs }] of offsets.entries()) {
        if (i === 0) continue
        const day = (time: number, offset: number) => Math.floor((time + offset) / 86_400_000)
        expect(day(from, offsetMs), zone).toBeGreaterThanOrEqual(day(from - 1, offsets[i - 1].offsetMs))
        expect(from, zone).toBeGreaterThan(offsets[i - 1].from)
      }
    }
  })
})
