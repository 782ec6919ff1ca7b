import fc from 'fast-check'
import { expect, it } from 'vitest'
import { plainTime } from './plain-time.ts'

const time = fc.integer({ min: new Date('0001-01-01T00:00:00Z').getTime(), max: new Date('9999-12-31T23:59:59.999Z').getTime() })

it('gives the time that a text names, or leaves it', () => {
  fc.assert(
    fc.property(time, fc.boolean(), (ms, whole) => {
      const at = whole ? ms - (((ms % 1000) + 1000) % 1000) : ms
      const text = new Date(at).toISOString()
      const given = plainTime(whole ? text.replace('.000Z', 'Z') : text)
      return Number(text.slice(8, 10)) > 28 ? given === undefined : given === at
    }),
    { numRuns: 5_000 },
  )
})

it('leaves every other text', () => {
  const good = '2026-03-04T05:06:07.089Z'
  for (let at = 0; at < good.length; at++)
    for (const other of ['x', ' ', '/', ':', '-', '٣', 'é']) {
      const text = good.slice(0, at) + other + good.slice(at + 1)
      if (text !== good) expect(plainTime(text), text).toBeUndefined()
    }
  for (const text of [
    '',
    '2026-03-04',
    '2026-13-04T05:06:07Z',
    '2026-00-04T05:06:07Z',
    '2026-03-00T05:06:07Z',
    '2026-03-04T24:06:07Z',
    '2026-03-04T05:60:07Z',
    '2026-03-04T05:06:60Z',
    '0000-03-04T05:06:07Z',
  ])
    expect(plainTime(text), text).toBeUndefined()
})
