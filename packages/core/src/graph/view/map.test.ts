import { describe, expect, expectTypeOf, it } from 'vitest'
import { events, failure, fieldsOf, nodesOf, others } from '../../../test/view-fixture.ts'
import { compileAsset } from '../../compile/index.ts'
import { t } from '../../contract/index.ts'
import { count, gt, type Typed } from '../../expr/index.ts'
import { aggregate, filter, latest, map, tumbling } from '../index.ts'

describe('map', () => {
  it('adds columns to those that are there, and takes the place of others', () => {
    const view = map('view', events, {
      reads: ['txt1', 'num1'],
      columns: { section: t.string({ nullable: true }), num1: t.int64() },
      fn: ({ txt1, num1 }) => {
        expectTypeOf(txt1).toEqualTypeOf<string | null>()
        expectTypeOf(num1).toEqualTypeOf<number | null>()
        return { section: txt1?.split('/')[1] ?? null, num1: BigInt(num1 ?? 0) }
      },
    })
    expectTypeOf(view.row.section).toEqualTypeOf<Typed<'string'>>()
    expectTypeOf(view.row.num1).toEqualTypeOf<Typed<'int64'>>()
    expectTypeOf(view.row.dbl1).toEqualTypeOf<Typed<'double'>>()
    expect(fieldsOf(view)).toEqual({ ts1: 'timestamp', txt1: 'string', num1: 'int64', dbl1: 'double', boo1: 'boolean', section: 'string' })
    expect(nodesOf(view)).toEqual(['scan(events)', 'map'])
    expect(nodesOf(filter('behind', view, (r) => gt(r.num1, 5)))).toEqual(['scan(events)', 'map', 'filter'])
  })

  it('gives a function all columns where none is named, as values of their types', () => {
    const view = map('view', others, {
      columns: { n: t.double() },
      fn: (row) => {
        expectTypeOf(row).toEqualTypeOf<{
          readonly ts2: Date | null
          readonly txt2: string | null
          readonly txt1: string | null
          readonly big2: bigint | null
        }>()
        return { n: Number(row.big2) }
      },
    })
    expect(compileAsset(view).plan.nodes[1]).toMatchObject({
      reads: ['ts2', 'txt2', 'txt1', 'big2'],
      columns: [{ name: 'n', type: 'double' }],
    })
  })

  it('carries the name of the view and the hash of the function, which another function changes', () => {
    const planOf = (fn: () => { readonly n: number }) => compileAsset(map('view', events, { reads: [], columns: { n: t.int32() }, fn }))
    const one = planOf(() => ({ n: 1 }))
    expect(one.plan.nodes[1]).toMatchObject({ function: { name: 'view', hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) } })
    expect(planOf(() => ({ n: 2 })).plan.hash).not.toBe(one.plan.hash)
    expect(planOf(() => ({ n: 1 })).plan.hash).toBe(one.plan.hash)
  })

  it('lets windows stand behind it, with an exchange where it gave the key', () => {
    const same = map('same', events, { reads: ['txt1'], columns: { n: t.int32() }, fn: () => ({ n: 1 }) })
    const view = aggregate('view', same, { by: 'txt1', window: tumbling('1m'), columns: () => ({ rows: count() }) })
    expect(nodesOf(view)).toEqual(['scan(events)', 'map', 'window-aggregate'])
    const moved = map('moved', events, { reads: ['txt1'], columns: { txt1: t.string() }, fn: ({ txt1 }) => ({ txt1: txt1 ?? '' }) })
    const other = aggregate('other', moved, { by: 'txt1', window: tumbling('1m'), columns: () => ({ rows: count() }) })
    expect(nodesOf(other)).toContain('exchange(txt1)')
  })

  it('is refused over rows that are corrected', () => {
    const current = latest('current', events, { by: 'txt1' })
    const view = map('view', current, { columns: { n: t.int32() }, fn: () => ({ n: 1 }) })
    expect(failure(() => compileAsset(view)).code).toBe('plan/map-over-upsert')
    expect(failure(() => map('view', events, { columns: { _n: t.int32() }, fn: () => ({ _n: 1 }) })).code).toBe('plan/system-name')
  })

  it('underlines what does not fit', () => {
    // @ts-expect-error the column is called txt1
    expect(failure(() => map('wrong', events, { reads: ['txt'], columns: { n: t.int32() }, fn: () => ({ n: 1 }) })).code).toBe(
      'project/unknown-column',
    )
    // @ts-expect-error only txt1 is read
    map('wrong', events, { reads: ['txt1'], columns: { n: t.int32() }, fn: ({ num1 }) => ({ n: num1 ?? 0 }) })
    // @ts-expect-error text is no number
    map('wrong', events, { columns: { n: t.int32() }, fn: () => ({ n: 'one' }) })
    // @ts-expect-error n may not be null
    map('wrong', events, { columns: { n: t.int32() }, fn: () => ({ n: null }) })
    // @ts-expect-error n is missing
    map('wrong', events, { columns: { n: t.int32() }, fn: () => ({}) })
    // @ts-expect-error a promise is no row
    map('wrong', events, { columns: { n: t.int32() }, fn: async () => ({ n: 1 }) })
    // @ts-expect-error a text column may be null
    map('wrong', events, { reads: ['txt1'], columns: { n: t.int32() }, fn: ({ txt1 }) => ({ n: txt1.length }) })
    map('right', events, { columns: { n: t.int32({ nullable: true }), big: t.int64() }, fn: () => ({ n: null, big: 1 }) })
  })
})
