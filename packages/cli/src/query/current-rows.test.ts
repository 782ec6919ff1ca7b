import { type Duckdb, openDuckdb } from '@millrace/engine-duckdb'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TableSpec } from '../pipeline/table-spec.ts'
import { currentRows, netChanges } from './current-rows.ts'

const SPEC: TableSpec = {
  ...{ name: 'view', kind: 'view', asset: 'view', time: undefined, corrected: true },
  fields: [
    { name: '_op', type: 'int32', nullable: false },
    { name: 'num1', type: 'int64', nullable: true },
    { name: 'txt1', type: 'string', nullable: true },
    { name: '_available_at', type: 'timestamp', nullable: false },
  ],
}
const COLUMNS = ['_op', 'num1', 'txt1', '_available_at', 'note']

let duckdb: Duckdb
beforeAll(async () => {
  duckdb = await openDuckdb({ threads: 1 })
})
afterAll(() => duckdb.close())

type Change = readonly [op: number, num1: number | null, txt1: string | null]

async function rowsOf(sql: string): Promise<unknown[][]> {
  return duckdb.with(async (connection) => (await connection.runAndReadAll(`SELECT * FROM ${sql} ORDER BY ALL`)).getRowsJson())
}

function tableOf(changes: readonly Change[]): string {
  const cell = (value: unknown) => (value === null ? 'NULL' : typeof value === 'string' ? `'${value}'` : String(value))
  const rows = changes.map((change, i) => `(${[...change.map(cell), i, 'NULL'].join(', ')})`)
  const typed =
    '"_op"::INTEGER AS "_op", num1::BIGINT AS num1, txt1::VARCHAR AS txt1, "_available_at"::BIGINT AS "_available_at", note::VARCHAR AS note'
  const list = rows.length === 0 ? '(0, NULL, NULL, 0, NULL)' : rows.join(', ')
  return `(SELECT ${typed} FROM (VALUES ${list}) t("_op", num1, txt1, "_available_at", note)${rows.length === 0 ? ' WHERE false' : ''})`
}

const changes = fc.array(
  fc.tuple(fc.constantFrom(0, 1, 2, 3), fc.constantFrom(null, 1, 2), fc.constantFrom(null, 'a')) as fc.Arbitrary<Change>,
  { maxLength: 12 },
)

it('any part of the changes may be replaced by its net changes, which hold nothing that cancels', async () => {
  await fc.assert(
    fc.asyncProperty(changes, changes, async (part, rest) => {
      const net = netChanges(SPEC, tableOf(part), COLUMNS)
      const both = `(SELECT * FROM ${net} UNION ALL SELECT * FROM ${tableOf(rest)})`
      expect(await rowsOf(currentRows(SPEC, both))).toEqual(await rowsOf(currentRows(SPEC, tableOf([...part, ...rest]))))
      const signs = await rowsOf(`(SELECT num1, txt1, count(DISTINCT "_op") AS ops FROM ${net} GROUP BY ALL)`)
      expect(signs.every(([, , ops]) => ops === '1')).toBe(true)
      expect((await rowsOf(net)).length).toBeLessThanOrEqual(part.length)
    }),
    { numRuns: 60 },
  )
})
