import { describe, expect, it } from 'vitest'
import { everything, namesOf, output, refusal, revised, source, window } from '../../test/plan-fixture.ts'

const of = (kind: object) => [window('w', 'events', ['txt1'], { window: kind })]
const LONG = 100_000_000_000_001

describe('a window', () => {
  it.each([
    [{ kind: 'session', gap_ms: 1 }],
    [{ kind: 'calendar', unit: 'day', zone: 'Europe/Paris' }],
    [{ kind: 'calendar', unit: 'week', zone: 'UTC' }],
    [{ kind: 'calendar', unit: 'month', zone: 'America/Argentina/Buenos_Aires' }],
    [{ kind: 'tumbling', size_ms: 5, offset_ms: -3 }],
    [{ kind: 'hopping', size_ms: 6, every_ms: 3 }],
  ])('of form %j gives its bounds, keys and aggregates, without stamps', (kind) => {
    const checked = output(of(kind))
    expect(namesOf(checked)).toEqual(['window_start', 'window_end', 'txt1', 'w_hits'])
    expect(checked).toMatchObject({ stamped: false, tie: { arrival: 'never', positions: 1 }, immediate: false, upsert: false })
    expect(checked).toMatchObject({ window: { start: 'window_start', end: 'window_end' }, origins: [] })
    expect(output(of(kind), revised('events'))).toMatchObject({ upsert: true, upsertKeys: ['window_start', 'window_end', 'txt1'] })
  })

  it('of kind `all` has no bounds, is an upsert, and comes out as its records come in', () => {
    const checked = output([everything('e', 'events', ['txt1', 'int1'])])
    expect(namesOf(checked)).toEqual(['txt1', 'int1', 'e_hits'])
    expect(checked).toMatchObject({ upsert: true, upsertKeys: ['txt1', 'int1'], window: undefined, immediate: true })
    expect(output([window('w', 'events', ['txt1']), everything('e', 'w', ['txt1'])]).immediate).toBe(false)
  })

  it.each([
    [{ kind: 'tumbling', size_ms: 100, early_ms: 50 }],
    [{ kind: 'hopping', size_ms: 60, every_ms: 20, early_ms: 15 }],
    [{ kind: 'calendar', unit: 'week', zone: 'UTC', early_ms: 86_400_001 }],
  ])('of form %j gives early results, which are corrected', (kind) => {
    expect(output(of(kind))).toMatchObject({ upsert: true, upsertKeys: ['window_start', 'window_end', 'txt1'], immediate: false })
    expect(refusal([...of(kind), window('x', 'w', ['txt1'])]).code).toBe('plan/time-over-upsert')
    expect(output([...of(kind), everything('e', 'w', ['txt1'])]).upsert).toBe(true)
  })

  const refused: readonly (readonly [string, string, object])[] = [
    ['early results every 0 ms', 'plan/early-results', { kind: 'tumbling', size_ms: 100, early_ms: 0 }],
    ['early results every −1 ms', 'plan/early-results', { kind: 'hopping', size_ms: 100, every_ms: 50, early_ms: -1 }],
    ['early results once a window', 'plan/early-results', { kind: 'tumbling', size_ms: 100, early_ms: 100 }],
    ['early results that do not divide', 'plan/not-divisible', { kind: 'tumbling', size_ms: 100, early_ms: 30 }],
    ['early results once a day', 'plan/early-results', { kind: 'calendar', unit: 'day', zone: 'UTC', early_ms: 86_400_000 }],
    ['early results of a session', 'plan/early-window', { kind: 'session', gap_ms: 100, early_ms: 10 }],
    ['early results without a window', 'plan/early-window', { kind: 'all', early_ms: 10 }],
    ['early results of no number', 'plan/shape', { kind: 'tumbling', size_ms: 100, early_ms: '10s' }],
    ['a session without a gap', 'plan/window-size', { kind: 'session', gap_ms: 0 }],
    ['a gap of more than 3,000 years', 'plan/bad-bound', { kind: 'session', gap_ms: LONG }],
    ['a size of more than 3,000 years', 'plan/bad-bound', { kind: 'tumbling', size_ms: LONG }],
    ['an offset of more than 3,000 years', 'plan/bad-bound', { kind: 'tumbling', size_ms: 1, offset_ms: -LONG }],
    ['a step of nothing', 'plan/window-size', { kind: 'hopping', size_ms: 5, every_ms: 0 }],
    ['a step that does not divide', 'plan/not-divisible', { kind: 'hopping', size_ms: 5, every_ms: 2 }],
    ['a unit of the calendar that there is none of', 'plan/shape', { kind: 'calendar', unit: 'year', zone: 'UTC' }],
    ['a calendar without a zone', 'plan/shape', { kind: 'calendar', unit: 'day' }],
    ['a kind that there is none of', 'plan/shape', { kind: 'global' }],
    ...['', 'Nowhere/City', '+02:00', 'Europe/Paris ', '123', 'undefined'].map(
      (zone) => [`the zone “${zone}”`, 'plan/unknown-zone', { kind: 'calendar', unit: 'day', zone }] as const,
    ),
  ]
  it.each(refused)('refuses %s with %s', (_, code, kind) => {
    expect(refusal(of(kind)).code).toBe(code)
  })

  it('says what is wrong in one sentence', () => {
    expect(refusal(of({ kind: 'session', gap_ms: 0 })).message).toBe('The window of window-aggregate `w` has a gap of 0 ms.')
    const zone = refusal(of({ kind: 'calendar', unit: 'day', zone: 'Mars' }))
    expect(zone.message).toBe('The window of window-aggregate `w` asks for the time zone `Mars`, which is not known.')
    expect(zone.facts.do).toBe('Give an IANA name, e.g. `Europe/Berlin` or `UTC`.')
    expect(refusal(of({ kind: 'global' })).message).toBe(
      '`plan.nodes[3].window.kind` is "global"; expected is one of tumbling, hopping, session, calendar, all.',
    )
  })
})

describe('a late policy that corrects results', () => {
  const late = (revise: unknown) => [source('events', 1, { late: { revise } })]

  it('says for how long', () => {
    expect(output([window('w', 'events', ['txt1'])], late('90s')).upsert).toBe(true)
    expect(refusal([window('w', 'events', ['txt1'])], late('soon')).message).toBe(
      'The late policy `revise` of source `events` is `soon`, which is no length of time.',
    )
    expect(refusal([window('w', 'events', ['txt1'])], late('soon')).code).toBe('plan/bad-duration')
    expect(refusal([window('w', 'events', ['txt1'])], late('99999999d')).code).toBe('plan/bad-bound')
    expect(refusal([window('w', 'events', ['txt1'])], late(3600)).code).toBe('plan/shape')
  })

  it('leaves no room for a second time operator', () => {
    const nodes = [window('v', 'events', ['txt1']), window('w', 'v', ['txt1'])]
    expect(output(nodes).upsert).toBe(false)
    expect(refusal(nodes, late('1h')).code).toBe('plan/time-over-upsert')
  })
})
