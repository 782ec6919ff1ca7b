import { deepStrictEqual } from 'node:assert/strict'
import { batchFromRows, type Field } from '@millrace/columnar'
import type { TableName } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import type { CaseReport } from './case-report.ts'
import { NAMESPACE } from './lake-data.ts'
import { type CatalogAddress, runPyiceberg } from './pyiceberg.ts'

const PROGRAM = 'pyiceberg_structs.py'
const name: TableName = { namespace: NAMESPACE, table: 'structs' }
const FIELDS: readonly Field[] = [
  { name: 'num1', type: 'int64', nullable: false },
  { name: 'place', type: 'struct<city:string,zip:int32>', nullable: true },
  { name: 'lines', type: 'list<struct<sku:string,price:int32>>', nullable: true },
]

interface StructTurn {
  readonly python: string
  readonly address: CatalogAddress
  readonly lake: Lake
  readonly report: CaseReport
  /** Rows of the table as `[num1, place, lines]`, nested ones as JSON. */
  readonly read: () => Promise<unknown[][]>
}

/** Both rename, add, drop and widen fields of structs in one table, and read what the other wrote before and after. */
export async function checkStructs({ python, address, lake, report, read }: StructTurn): Promise<void> {
  const turn = (group: string) => runPyiceberg(python, address, group, { namespace: NAMESPACE }, report, PROGRAM)
  await lake.openTable(name, { fields: FIELDS })
  await lake.append(name, {
    batches: [
      batchFromRows(FIELDS, [
        [1, '{"city":"a","zip":1}', '[{"sku":"s","price":2}]'],
        [2, null, null],
      ]),
    ],
    positions: {},
  })
  await lake.evolve(name, {
    steps: [
      { kind: 'rename', column: 'place.city', to: 'town' },
      { kind: 'widen', column: 'place.zip', to: 'int64' },
      { kind: 'rename', column: 'lines.element.price', to: 'cents' },
      { kind: 'drop', column: 'lines.element.sku' },
      { kind: 'add', field: { name: 'lines.element.sku', type: 'string', nullable: true } },
    ],
  })
  const { fields } = await lake.scan(name)
  await lake.append(name, { batches: [batchFromRows(fields, [[3, '{"town":"c","zip":3}', '[{"cents":4,"sku":"new"}]']])], positions: {} })
  turn('first')
  await report.run('millrace reads fields of structs that pyiceberg renamed, added and wrote', async () => {
    const expected = [
      ['1', '{"street":null,"village":"a","zip":1}', '[{"cents":2,"sku":null}]'],
      ['2', null, null],
      ['3', '{"street":null,"village":"c","zip":3}', '[{"cents":4,"sku":"new"}]'],
      ['4', '{"street":"r","village":"d","zip":5}', '[{"cents":6,"sku":"py"}]'],
    ]
    const shown = async () => (await read()).map(([number, place, lines]) => [number, inOrder(place), inOrder(lines)])
    deepStrictEqual(await shown(), expected)
    await lake.compact(name)
    deepStrictEqual([(await lake.scan(name)).files.length, await shown()], [1, expected])
  })
  turn('second')
}

/** JSON with its members by name: pyiceberg puts added fields last. */
function inOrder(json: unknown): unknown {
  if (json === null) return null
  return JSON.stringify(JSON.parse(String(json)), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
