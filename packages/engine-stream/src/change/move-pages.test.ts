import { batchFromRows, columnOf, rowsOf } from '@millrace/columnar'
import { type Aggregate, STAMP_FIELDS } from '@millrace/core'
import { expect, test } from 'vitest'
import { planOf, windowNode } from '../../test/plan-fixture.ts'
import { lowerPlan } from '../lower/lower-plan.ts'
import type { PhysicalPlan, WindowOperatorPlan } from '../operator/physical-plan.ts'
import type { KeptPage } from '../operator/state-page.ts'
import { batchSource } from '../run/batch-source.ts'
import { PartitionRunner } from '../run/partition-runner.ts'
import { movedTilePages } from './move-pages.ts'

const KEYS = 10_000
const SOURCE_FIELDS = [
  { name: 'ts1', type: 'timestamp' },
  { name: 'key1', type: 'int64' },
  { name: 'num1', type: 'int64' },
]
const FIELDS = [...STAMP_FIELDS, ...SOURCE_FIELDS.map((field) => ({ ...field, nullable: false }))]

function physical(sums: boolean): PhysicalPlan {
  const total: Aggregate = { name: 'total', fn: 'sum', args: [{ col: 'num1' }] }
  const window = windowNode({ kind: 'tumbling', size_ms: 1000 }, [...(sums ? [total] : []), { name: 'rows', fn: 'count' }])
  return lowerPlan(planOf([window], { fields: SOURCE_FIELDS, late: 'drop' }))
}

function push(runner: PartitionRunner, keys: readonly number[]): void {
  const rows = keys.map((key) => [0, 'a', 0, 0, 1, '', 0, 1, key, 7])
  runner.push(batchSource(batchFromRows(FIELDS, rows), { watermarkAfter: 0, ingestedAt: 0 }))
}

test('groups that were written alone go on under a window with a further aggregate', () => {
  const [before, after] = [physical(false), physical(true)]
  const old = new PartitionRunner(before, { mode: 'as_served' })
  const kept = new Map<string, Uint8Array>()
  const commit = (): void => {
    for (const { key, value } of old.takePages()) value === undefined ? kept.delete(key) : kept.set(key, value)
  }
  push(
    old,
    Array.from({ length: KEYS }, (_, key) => key),
  )
  commit()
  push(old, [5, 5, 9_999])
  commit()
  expect([...kept.keys()].some((key) => key.startsWith('0/tile/0/change/'))).toBe(true)

  const forms = { before: before.operators[0] as WindowOperatorPlan, after: after.operators[0] as WindowOperatorPlan }
  const own = [...kept].filter(([key]) => key.startsWith('0/')).map(([key, value]): KeptPage => ({ key: key.slice(2), value }))
  const meta = new TextDecoder().decode(kept.get('meta')).replaceAll(before.planHash, after.planHash)
  const runner = new PartitionRunner(after, { mode: 'as_served' })
  runner.restore([
    ...movedTilePages(forms, own).map(({ key, value }) => ({ key: `0/${key}`, value })),
    { key: 'meta', value: new TextEncoder().encode(meta) },
  ])
  push(runner, [9_999])

  const found = new Map<unknown, unknown[]>()
  for (const batch of runner.finish()) {
    const names = ['key1', 'total', 'rows']
    const columns = names.map((name) => columnOf(batch, name) as NonNullable<ReturnType<typeof columnOf>>)
    const fields = names.map((name) => ({ name, type: 'int64', nullable: true }))
    for (const [key, ...values] of rowsOf({ rows: batch.rows, fields, columns })) found.set(key, values)
  }
  expect(found.size).toBe(KEYS)
  expect([found.get(4), found.get(5), found.get(9_999)]).toEqual([
    [null, 1],
    [null, 3],
    [7, 3],
  ])
})
