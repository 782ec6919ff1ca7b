import { describe, expect, it } from 'vitest'
import { dedupe, everything, join, latest, output, over, project, refusal, revised, topN, union, window } from '../../test/plan-fixture.ts'

const lookup = (right = 'rights', changes: object = {}, left = 'events') => join('lookup', left, right, changes)

describe('a lookup', () => {
  it('keeps left’s time, tie and stamps', () => {
    const checked = output([lookup()])
    expect(checked).toMatchObject({ stamped: true, eventTime: 'ts1', tie: { arrival: 'always', positions: 1 }, immediate: true })
    expect(checked.origins.map((source) => source.name)).toEqual(['events'])
    expect(checked.source?.name).toBe('events')
  })

  it('takes rows of both sources of a union on its left', () => {
    expect(output([union('u', ['events', 'others']), lookup('rights', {}, 'u')]).origins.map((source) => source.name)).toEqual([
      'events',
      'others',
    ])
  })

  it('reads rows, current rows and running aggregates by their key', () => {
    for (const right of [latest('r', 'rights', ['txt2']), everything('r', 'rights', ['txt2'])]) {
      expect(output([right, lookup('r')]).upsert).toBe(false)
    }
    const renamed = [everything('r', 'rights', ['txt2']), project('p', 'r', { key: 'txt2', n: 'r_hits' })]
    expect(output([...renamed, lookup('p', { on: [['txt1', 'key']], how: 'left' })]).fields.at(-1)).toMatchObject({
      name: 'n',
      nullable: true,
    })
  })

  it('gives rows that stay, which a time operator behind it corrects where the source says so', () => {
    expect(output([lookup()], revised('events')).upsert).toBe(false)
    expect(output([lookup(), dedupe('d', 'j', ['txt1'])], revised('events')).upsert).toBe(true)
    expect(output([lookup(), dedupe('d', 'j', ['txt1'])], revised('rights')).upsert).toBe(false)
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['rows of a window on its left', 'plan/lookup-time', [window('w', 'events', ['txt1']), lookup('rights', {}, 'w')]],
    ['rows of a window on its right', 'plan/lookup-time', [window('w', 'rights', ['txt2']), lookup('w')]],
    ['rows that waited for a watermark', 'plan/lookup-time', [dedupe('d', 'rights', ['txt2']), latest('r', 'd', ['txt2']), lookup('r')]],
    ['rows of an over-aggregate', 'plan/lookup-time', [over('o', 'events', ['txt1']), lookup('rights', {}, 'o')]],
    ['no columns that must be equal', 'plan/join-without-key', [lookup('rights', { on: [] })]],
    ['a left side that is corrected', 'plan/time-over-upsert', [latest('c', 'events', ['txt1']), lookup('rights', {}, 'c')]],
    ['current rows by more than it joins on', 'plan/lookup-keys', [latest('r', 'rights', ['txt2', 'int2']), lookup('r')]],
    [
      'ranked rows, of which a key has several',
      'plan/lookup-keys',
      [latest('r', 'rights', ['txt2', 'int2']), topN('t', 'r', ['txt2']), lookup('t')],
    ],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('names the side that waits, and the keys that are missing', () => {
    const late = refusal([window('w', 'rights', ['txt2']), lookup('w')])
    expect(late.message).toBe('Join `j` looks rows up as they arrive, but those of `w` come out when a watermark has passed.')
    expect(late.facts.do).toBe('Use an as-of join, or look up before windows, joins and `dedupe`.')
    expect(refusal([latest('r', 'rights', ['txt2', 'int2']), lookup('r')]).message).toBe(
      'Join `j` looks up by txt2, but `r` has a current row per txt2, int2.',
    )
  })
})
