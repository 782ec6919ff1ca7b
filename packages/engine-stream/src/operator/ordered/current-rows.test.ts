import { type Batch, batchFromRows, rowsOf, type Value } from '@millrace/columnar'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { registerFields } from '../register-field.ts'
import type { KeptPage } from '../state-page.ts'
import { CHANGE } from './change.ts'
import { CurrentRows } from './current-rows.ts'

const COLUMNS = [
  { register: 0, type: 'int64' },
  { register: 1, type: 'string' },
  { register: 2, type: 'double' },
]
const FIELDS = registerFields(COLUMNS)

function newRows(identity: readonly number[] | null = [0]): CurrentRows {
  return new CurrentRows({ columns: COLUMNS, identity, groups: [1], groupFields: [{ ...FIELDS[1], nullable: false }] })
}

type Change = readonly [change: number, ...row: Value[]]

function apply(rows: CurrentRows, changes: readonly Change[]) {
  const batch = batchFromRows(
    FIELDS,
    changes.map(([, ...row]) => row),
  )
  return rows.apply(
    batch,
    rows.groupsOf(batch),
    Int32Array.from(changes, ([change]) => change),
  )
}

function groupOf(rows: CurrentRows, name: string | null): string[] {
  const [group] = rows.groupsOf(batchFromRows(FIELDS, [[0, name, 0]]))
  return texts(rows.rowsOf(rows.idsOfGroup(group)))
}

function texts(batch: Batch): string[] {
  return rowsOf(batch)
    .map((row) => row.map(String).join(' '))
    .sort()
}

function save(rows: CurrentRows, pages: Map<string, Uint8Array>): string[] {
  return [...rows.takePages()].map(({ key, value }) => {
    if (value === undefined) pages.delete(key)
    else pages.set(key, value)
    return `${value === undefined ? 'no ' : ''}${key}`
  })
}

function restored(pages: ReadonlyMap<string, Uint8Array>, identity?: readonly number[] | null): CurrentRows {
  const rows = newRows(identity)
  rows.restore([...pages].map(([key, value]): KeptPage => ({ key, value })))
  return rows
}

describe('changes', () => {
  test('a row that comes for a row of the same identity takes its place, one that comes again as it was is the same row', () => {
    const rows = newRows()
    apply(rows, [
      [CHANGE.insert, 1, 'a', 0.5],
      [CHANGE.insert, 2, 'a', null],
    ])
    const changed = apply(rows, [
      [CHANGE.before, 1, 'a', 0.5],
      [CHANGE.after, 1, 'a', 0.25],
      [CHANGE.before, 2, 'a', null],
      [CHANGE.after, 2, 'a', null],
    ])
    expect([...changed.removed]).toEqual([0])
    expect(texts(rows.rowsOf(changed.added))).toEqual(['1 a 0.25'])
    expect(groupOf(rows, 'a')).toEqual(['1 a 0.25', '2 a null'])
  })

  test('of two rows of one identity that which is taken back goes, whichever came first', () => {
    for (const gone of [0.5, 0.25]) {
      const rows = newRows()
      apply(rows, [
        [CHANGE.insert, 1, 'a', 0.5],
        [CHANGE.after, 1, 'a', 0.25],
      ])
      apply(rows, [[CHANGE.before, 1, 'a', gone]])
      expect(groupOf(rows, 'a')).toEqual([`1 a ${0.75 - gone}`])
    }
  })

  test('a row that is not current cannot be taken back', () => {
    expect(() => apply(newRows(), [[CHANGE.remove, 1, 'a', 0.5]])).toThrow(/not current/)
  })
})

describe('pages', () => {
  test('rows are written once, and which of them are gone beside them', () => {
    const rows = newRows()
    const pages = new Map<string, Uint8Array>()
    apply(
      rows,
      Array.from({ length: 5000 }, (_, i): Change => [CHANGE.insert, i, `${i % 3}`, i]),
    )
    expect(save(rows, pages)).toEqual(['corrected/rows/0', 'corrected/rows/1'])
    apply(rows, [
      [CHANGE.remove, 7, '1', 7],
      [CHANGE.insert, 9_007_199_254_740_993n, 'x', 1],
    ])
    expect(save(rows, pages)).toEqual(['corrected/rows/1', 'corrected/gone/0'])
    const again = restored(pages)
    expect(save(again, pages)).toEqual([])
    expect(groupOf(again, 'x')).toEqual(['9007199254740993 x 1'])
    expect(groupOf(again, '1')).toEqual(groupOf(rows, '1'))
  })

  test('what is gone is cleared away once it is the greater part, its pages too', () => {
    const rows = newRows()
    const pages = new Map<string, Uint8Array>()
    const all = Array.from({ length: 9000 }, (_, i) => [i, 'a', i] as const)
    apply(
      rows,
      all.map((row): Change => [CHANGE.insert, ...row]),
    )
    apply(
      rows,
      all.slice(100).map((row): Change => [CHANGE.remove, ...row]),
    )
    save(rows, pages)
    expect(rows.compact()).toBe(true)
    expect(rows.size).toBe(100)
    save(rows, pages)
    expect([...pages.keys()]).toEqual(['corrected/rows/0'])
    expect(groupOf(restored(pages), 'a')).toHaveLength(100)
  })
})

test('the same rows are current as in a plain list, after any changes and restarts', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', null), fc.constantFrom(0, 0.5, null))
  const step = fc.record({ row, takesBack: fc.boolean(), restarts: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom([0], null), (steps, identity) => {
      let rows = newRows(identity)
      const pages = new Map<string, Uint8Array>()
      const plain: string[] = []
      for (const { row: values, takesBack, restarts } of steps) {
        const text = values.map(String).join(' ')
        const place = plain.indexOf(text)
        if (takesBack && place < 0) continue
        if (takesBack) plain.splice(place, 1)
        else plain.push(text)
        apply(rows, [[takesBack ? CHANGE.remove : CHANGE.insert, ...values]])
        save(rows, pages)
        if (restarts) rows = restored(pages, identity)
      }
      expect(['a', 'b', null].flatMap((name) => groupOf(rows, name)).sort()).toEqual(plain.sort())
    }),
    { verbose: true },
  )
})
