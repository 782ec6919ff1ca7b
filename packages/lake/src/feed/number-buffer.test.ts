import { batchFromRows, type Field, type Value } from '@millrace/columnar'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LakeFixture, openFixture } from '../../test/lake-fixture.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const FIELDS: readonly Field[] = [
  { name: 'int1', type: 'int64', nullable: true },
  { name: 'ts1', type: 'timestamp', nullable: true },
]
const COLUMNS = 'int1, epoch_ms(ts1)'
const EDGE = 2 ** 51
const EDGE_MS = Math.floor(EDGE / 1000)

async function written(table: string, appends: readonly (readonly (readonly Value[])[])[]): Promise<unknown[]> {
  const name = { namespace: 'numbers', table }
  await fixture.lake.openTable(name, { fields: FIELDS })
  for (const rows of appends) await fixture.lake.append(name, { batches: [batchFromRows(FIELDS, rows)], positions: {} })
  return fixture.read(await fixture.lake.scan(name), `${COLUMNS}`)
}

const shown = (rows: readonly (readonly Value[])[]): unknown[] =>
  rows.map((row) => row.map((value) => (value === null ? null : String(value))))
const sorted = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort()

test('64-bit values are kept on both sides of the limit where their way of packing changes', async () => {
  const edges = [EDGE - 1, EDGE, EDGE + 1, Number.MAX_SAFE_INTEGER, 4_294_967_296, 4_294_967_295, 1, 0]
  const times = [EDGE_MS - 1, EDGE_MS, EDGE_MS + 1, 253_402_300_799_999, 4_294_967, 4_294_968, 1, 0]
  const rows = edges.flatMap((value, i) => [
    [value, times[i]],
    [-value + 0, Math.max(-times[i] + 0, -62_135_596_800_000)],
  ])
  const read = await written(
    'edges',
    rows.map((row) => [row]),
  )
  expect(sorted(read)).toEqual(sorted(shown(rows)))
})

test('the memory of one file leaves nothing behind in the next: neither nulls nor values', async () => {
  const first = Array.from({ length: 5000 }, (_, i): Value[] => (i % 2 === 0 ? [null, null] : [i, i]))
  const second = Array.from({ length: 3000 }, (_, i): Value[] => [-i - 1, i * 1000])
  const third: Value[][] = [
    [null, 7],
    [2 ** 53 - 1, null],
  ]
  const read = await written('reused', [first, second, third])
  expect(sorted(read)).toEqual(sorted(shown([...first, ...second, ...third])))
})
