import { batchFromRows, type Field } from '@millrace/columnar'
import type { Expr } from '@millrace/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LakeFixture, openFixture } from '../../test/lake-fixture.ts'
import { filters, judge, type ModelRow, rows } from '../../test/table-model.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)
const FIELDS: readonly Field[] = [
  { name: 'ts1', type: 'timestamp', nullable: true },
  { name: 'num1', type: 'int64', nullable: true },
  { name: 'num2', type: 'int32', nullable: true },
  { name: 'dbl1', type: 'double', nullable: true },
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'flag1', type: 'boolean', nullable: true },
  { name: 'date1', type: 'date', nullable: true },
]
const SPECS = [
  [],
  ['day(ts1)'],
  ['hour(ts1)', 'truncate(2, txt1)'],
  ['bucket(4, txt1)', 'bucket(3, num1)'],
  ['truncate(5, num1)', 'flag1'],
  ['num2', 'month(date1)'],
  ['date1', 'year(ts1)', 'bucket(2, ts1)'],
]

let tables = 0
const file = fc.array(rows(FIELDS), { minLength: 1, maxLength: 6 })

test(`a filter leaves out no file that holds a row it takes, and finds those rows (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SPECS),
      fc.array(file, { minLength: 1, maxLength: 4 }),
      fc.array(filters(FIELDS), { minLength: 8, maxLength: 8 }),
      check,
    ),
    { seed: SEED, numRuns: 40 },
  )
}, 120_000)

type Row = ModelRow & { readonly at: number }

async function check(partitionBy: string[], files: ModelRow[][], wheres: Expr[]) {
  const name = { namespace: 'dev', table: `t${tables++}` }
  await fixture.lake.openTable(name, { fields: FIELDS, partitionBy })
  for (const part of files) {
    const values = part.map((row) => FIELDS.map((field) => row[field.name]))
    await fixture.lake.append(name, { batches: [batchFromRows(FIELDS, values)], positions: {} })
  }
  let left = files.flat().map((row, at): Row => ({ ...row, at }))
  for (const where of wheres) {
    const what = `${partitionBy.join(', ')}: ${JSON.stringify(where)}`
    const taken = left.filter((row) => judge(where, row) === true)
    const scan = await fixture.lake.scan(name, { where })
    expect(
      scan.files.reduce((sum, one) => sum + one.rows, 0),
      what,
    ).toBeGreaterThanOrEqual(taken.length)
    const after = await fixture.lake.deleteRows(name, { where })
    left = left.filter((row) => !taken.includes(row))
    expect(after?.rows, what).toBe(left.length)
  }
}
