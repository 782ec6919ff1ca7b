import { describe, expect, it } from 'vitest'
import { dedupe, everything, latest, namesOf, output, project, refusal, union } from '../../test/plan-fixture.ts'

describe('a latest', () => {
  it('is an upsert by its keys that keeps columns, time, tie and place, and has no stamps', () => {
    const checked = output([latest('c', 'events', ['txt1', 'int1'], { deleted: 'boo1' })])
    expect(namesOf(checked)).toEqual(['ts1', 'txt1', 'int1', 'big1', 'dbl1', 'boo1'])
    expect(checked).toMatchObject({ upsert: true, upsertKeys: ['txt1', 'int1'], eventTime: 'ts1', tie: { arrival: 'always' } })
    expect(checked).toMatchObject({ stamped: false, source: undefined, origins: [], partitionedBy: ['txt1'] })
  })

  it('comes out as its records come in, unless something before it waits', () => {
    expect(output([latest('c', 'events', ['txt1'])]).immediate).toBe(true)
    expect(output([dedupe('d', 'events', ['txt1']), latest('c', 'd', ['txt1'])]).immediate).toBe(false)
  })

  it('has no known keys once a project or a union takes them', () => {
    const current = latest('c', 'events', ['txt1', 'int1'])
    expect(output([current, project('p', 'c', { a: 'txt1', b: 'int1' })]).upsertKeys).toEqual(['a', 'b'])
    expect(output([current, project('p', 'c', { a: 'txt1' })])).toMatchObject({ upsert: true, upsertKeys: undefined })
    expect(output([current, union('u', ['c', 'others'])])).toMatchObject({ upsert: true, upsertKeys: undefined })
  })

  it('may be aggregated over, without a window', () => {
    expect(output([latest('c', 'events', ['txt1']), everything('e', 'c', ['txt1'])])).toMatchObject({ upsert: true, upsertKeys: ['txt1'] })
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['a key that is not there', 'plan/unknown-column', [latest('c', 'events', ['txt1', 'gone'])]],
    ['a floating-point key', 'plan/float-key', [latest('c', 'events', ['txt1', 'dbl1'])]],
    ['a column of removals that is not there', 'plan/unknown-column', [latest('c', 'events', ['txt1'], { deleted: 'boo2' })]],
    ['a column of removals that is no boolean', 'plan/argument-type', [latest('c', 'events', ['txt1'], { deleted: 'int1' })]],
    ['current rows', 'plan/time-over-upsert', [latest('a', 'events', ['txt1']), latest('c', 'a', ['txt1'])]],
    ['no keys', 'plan/shape', [{ ...latest('c', 'events', []), keys: undefined }]],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('says which column cannot say that a key is gone', () => {
    expect(refusal([latest('c', 'events', ['txt1'], { deleted: 'int1' })]).message).toBe(
      'The column `int1`, by which latest `c` removes keys, is int32; it must be boolean.',
    )
  })
})
