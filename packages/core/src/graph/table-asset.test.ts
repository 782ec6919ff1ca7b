import { describe, expect, it } from 'vitest'
import { events, failure } from '../../test/view-fixture.ts'
import { compileAsset } from '../compile/index.ts'
import { Project, sql, table } from './index.ts'

describe('a table by SQL', () => {
  it('names assets, and writes values as literals', () => {
    const asset = table('late_ones', { sql: sql`select ${1.5} as x, ${"it's"} as y, ${12n} as z from ${events}` })
    expect(asset.sql).toBe(`select 1.5 as x, 'it''s' as y, 12 as z from "events"`)
    // @ts-expect-error an object that is no asset
    expect(() => sql`select ${{}}`).not.toThrow()
    expect(failure(() => sql`select ${Number.NaN}`).code).toBe('project/bad-literal')
  })

  it('stands behind what it names by reference, which must be exported', () => {
    const asset = table('copied', { sql: sql`select * from ${events}` })
    expect([...new Project('p', [asset, events]).assets.keys()]).toEqual(['events', 'copied'])
    expect(failure(() => new Project('p', [asset])).code).toBe('project/input-not-exported')
  })

  it('has no plan', () => {
    const error = failure(() => compileAsset(table('plain', { sql: 'select 1 as one' })))
    expect(error.code).toBe('project/no-plan')
    expect(error.facts.at?.file).toContain('table-asset.test.ts')
  })
})
