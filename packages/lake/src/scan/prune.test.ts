import type { ScanBound } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batch, DAY_MS, FIELDS, type LakeFixture, openFixture } from '../../test/lake-fixture.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const NONE = { positions: {} }

describe('a table by day', () => {
  const name = { namespace: 'dev', table: 'by_day' }
  const days = [-1, -1, 0, 1, 20_000]
  beforeAll(async () => {
    await fixture.lake.openTable(name, { fields: FIELDS, partitionByDay: 'ts1' })
    await fixture.lake.append(name, {
      batches: [batch(days.map((day, i) => [day * DAY_MS + (i === 0 ? DAY_MS - 1 : i), i, `txt${i}`]))],
      ...NONE,
    })
    await fixture.lake.append(name, { batches: [batch([[null, 100, null]])], ...NONE })
  })
  const numbers = async (...bounds: ScanBound[]) => {
    const scan = await fixture.lake.scan(name, { bounds })
    const rows = await fixture.read(scan, 'num1')
    return { files: scan.files.length, pruned: scan.pruned, rows: rows.map(([value]) => Number(value)) }
  }

  test('has one file a day, also before 1970 and for rows without a time', async () => {
    expect(await numbers()).toEqual({ files: 5, pruned: 0, rows: [0, 1, 2, 3, 4, 100] })
  })

  test('is read by day: the last millisecond of 1969 lies in the day before the epoch', async () => {
    expect(await numbers({ column: 'ts1', max: -1 })).toEqual({ files: 1, pruned: 4, rows: [0, 1] })
    expect(await numbers({ column: 'ts1', min: 0, max: DAY_MS - 1 })).toEqual({ files: 1, pruned: 4, rows: [2] })
    expect(await numbers({ column: 'ts1', min: 2 * DAY_MS })).toEqual({ files: 1, pruned: 4, rows: [4] })
  })

  test('includes both ends of a bound', async () => {
    expect((await numbers({ column: 'ts1', min: DAY_MS + 3, max: DAY_MS + 3 })).rows).toEqual([3])
    expect((await numbers({ column: 'ts1', min: DAY_MS + 4, max: DAY_MS + 5 })).rows).toEqual([])
  })

  test('combines bounds on several columns', async () => {
    expect((await numbers({ column: 'num1', min: 2 }, { column: 'txt1', max: 'txt2' })).rows).toEqual([2])
  })
})

describe('a table without partitions', () => {
  const name = { namespace: 'dev', table: 'flat' }
  beforeAll(async () => {
    await fixture.lake.openTable(name, { fields: FIELDS })
    for (const [low, prefix] of [
      [0, 'a'],
      [100, 'b'],
      [200, 'ü'],
    ] as const) {
      const rows = Array.from({ length: 50 }, (_, i) => [(low + i) * 1000, low + i, `${prefix.repeat(20)}${i}`])
      await fixture.lake.append(name, { batches: [batch(rows)], ...NONE })
    }
    await fixture.lake.append(name, { batches: [batch([[null, 2n ** 53n, null]])], ...NONE })
  })

  test.each<[string, ScanBound, number]>([
    ['whole numbers', { column: 'num1', min: 100, max: 149 }, 1],
    ['whole numbers beyond what doubles hold', { column: 'num1', min: 2n ** 53n }, 1],
    ['numbers between two files', { column: 'num1', min: 50, max: 99 }, 0],
    ['times', { column: 'ts1', min: 249_000 }, 1],
    ['texts longer than the bound that is kept', { column: 'txt1', min: 'b'.repeat(25), max: 'b'.repeat(26) }, 1],
    ['texts in the order of their UTF-8 bytes', { column: 'txt1', min: 'z' }, 1],
    ['a column it does not have', { column: 'nothing', min: 1 }, 4],
    ['a bound of another kind than the column, which says nothing', { column: 'num1', min: 'x' }, 4],
  ])('leaves out files by %s', async (_what, bound, files) => {
    const scan = await fixture.lake.scan(name, { bounds: [bound] })
    expect([scan.files.length, scan.pruned]).toEqual([files, 4 - files])
  })
})
