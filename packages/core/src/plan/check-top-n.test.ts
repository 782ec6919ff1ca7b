import { describe, expect, it } from 'vitest'
import { dedupe, everything, latest, namesOf, output, project, refusal, revised, topN, window } from '../../test/plan-fixture.ts'

const counts = window('w', 'events', ['txt1'])
const PER = ['window_start', 'window_end', 'txt1']

describe('a top-n', () => {
  it('gives the input’s columns, then the rank', () => {
    const checked = output([counts, topN('t', 'w', PER, { order_by: [['w_hits', 'desc']], rank: 'place' })])
    expect(namesOf(checked)).toEqual(['window_start', 'window_end', 'txt1', 'w_hits', 'place'])
    expect(checked.fields.at(-1)).toEqual({ name: 'place', type: 'int64', nullable: false })
    expect(namesOf(output([counts, topN('t', 'w', PER)]))).toHaveLength(4)
  })

  it('gives rows that stay per window, and corrected rows over an upsert', () => {
    expect(output([counts, topN('t', 'w', PER)])).toMatchObject({ upsert: false, window: { start: 'window_start', end: 'window_end' } })
    expect(output([latest('c', 'events', ['txt1']), topN('t', 'c', ['txt1'])])).toMatchObject({ upsert: true, upsertKeys: undefined })
    expect(output([everything('e', 'events', ['txt1']), topN('t', 'e', ['txt1'])]).upsert).toBe(true)
    expect(output([counts, topN('t', 'w', ['txt1'])], revised('events')).upsert).toBe(true)
  })

  it('finds the window’s columns under the names that a project gave them', () => {
    const renamed = project('p', 'w', { from: 'window_start', until: 'window_end', txt1: 'txt1', n: 'w_hits' })
    expect(output([counts, renamed, topN('t', 'p', ['txt1', 'until', 'from'])]).window).toEqual({ start: 'from', end: 'until' })
    expect(output([counts, dedupe('d', 'w', ['txt1']), topN('t', 'd', PER)]).upsert).toBe(false)
  })

  it('takes as many columns of order as there are, or none', () => {
    const order_by = [
      ['w_hits', 'desc'],
      ['txt1', 'asc'],
      ['window_end', 'asc'],
    ]
    expect(output([counts, topN('t', 'w', PER, { order_by, n: 1_000_000 })]).upsert).toBe(false)
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['a group that is not there', 'plan/unknown-column', [counts, topN('t', 'w', [...PER, 'gone'])]],
    ['an order that is not there', 'plan/unknown-column', [counts, topN('t', 'w', PER, { order_by: [['gone', 'asc']] })]],
    ['no rows', 'plan/bad-bound', [counts, topN('t', 'w', PER, { n: 0 })]],
    ['more than a million rows', 'plan/too-large', [counts, topN('t', 'w', PER, { n: 1_000_001 })]],
    ['rows of no window', 'plan/top-n-unbounded', [topN('t', 'events', ['txt1'])]],
    ['a window without its end', 'plan/top-n-unbounded', [counts, topN('t', 'w', ['window_start', 'txt1'])]],
    [
      'rows whose window a project dropped',
      'plan/top-n-unbounded',
      [counts, project('p', 'w', { txt1: 'txt1' }), topN('t', 'p', ['txt1'])],
    ],
    ['a rank called like a column', 'plan/clashing-names', [counts, topN('t', 'w', PER, { rank: 'w_hits' })]],
    ['a rank called like a system column', 'plan/system-name', [counts, topN('t', 'w', PER, { rank: '_rank' })]],
    ['a floating-point group', 'plan/float-key', [latest('c', 'events', ['txt1']), topN('t', 'c', ['txt1', 'dbl1'])]],
    ['a direction that is none', 'plan/shape', [counts, topN('t', 'w', PER, { order_by: [['w_hits', 'down']] })]],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('says what would bound it', () => {
    const bare = refusal([topN('t', 'events', ['txt1'])])
    expect(bare.message).toBe('The top-n `t` ranks rows that are of no window per txt1, which never ends.')
    expect(bare.facts.do).toBe('Rank the rows of a window, or current rows: put a window-aggregate or `latest` in front.')
    const windowed = refusal([counts, topN('t', 'w', ['txt1'])])
    expect(windowed.message).toBe('The top-n `t` ranks rows of the window window_start to window_end per txt1, which never ends.')
    expect(windowed.facts.do).toBe('Add window_start and window_end to `per`.')
  })
})
