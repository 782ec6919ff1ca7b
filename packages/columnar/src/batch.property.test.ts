import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkProperty, randomBatch } from '../test/random-batch.ts'
import { batchFromRows, columnOf, concatBatches, keyPartitions, murmur2, partitionOf, rowsOf, splitByPartition, takeRows } from './index.ts'

test('a batch gives back the rows it was made from', () => {
  checkProperty('rows', randomBatch, ({ rows, batch }) => {
    expect(rowsOf(batch)).toEqual(rows)
  })
})

test('taking rows equals taking them one by one', () => {
  const picked = randomBatch.chain((random) =>
    fc.tuple(fc.constant(random), fc.array(fc.nat(Math.max(0, random.rows.length - 1)), { maxLength: random.rows.length * 2 })),
  )
  checkProperty('take', picked, ([{ fields, rows, batch }, places]) => {
    const taken = takeRows(batch, Int32Array.from(places))
    const expected = places.map((place) => rows[place])
    expect(rowsOf(taken)).toEqual(expected)
    expect(shapeOf(taken)).toEqual(shapeOf(batchFromRows(fields, expected)))
  })
})

test('concatenating equals appending the rows', () => {
  const parts = randomBatch.chain((random) => fc.tuple(fc.constant(random), fc.array(fc.nat(random.rows.length), { maxLength: 4 })))
  checkProperty('concat', parts, ([{ fields, rows, batch }, cuts]) => {
    const edges = [0, ...cuts.toSorted((a, b) => a - b), rows.length]
    const pieces = edges.slice(1).map((edge, i) => batchFromRows(fields, rows.slice(edges[i], edge)))
    const joined = concatBatches(pieces)
    expect(rowsOf(joined)).toEqual(rows)
    expect(shapeOf(joined)).toEqual(shapeOf(batch))
  })
})

test('concatenating columns of many values keeps their rows, with nulls and empty texts, from views of dictionaries too', () => {
  const rows = Array.from({ length: 2_500 }, (_, i) => [i % 7 === 0 ? null : `text ${(i * 31) % 2_000}`.slice(0, i % 11)])
  const whole = batchFromRows([{ name: 'text', type: 'string', nullable: true }], rows)
  const part = (from: number, to: number) =>
    takeRows(
      whole,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    )
  const varied = batchFromRows(
    whole.fields,
    rows.map(([text], i) => [text === null ? null : `${i} ${text}`]),
  )
  for (const parts of [
    [whole, part(3, 2_000), whole],
    [varied, varied, part(0, 5)],
    [part(0, 0), varied],
  ])
    expect(rowsOf(concatBatches(parts))).toEqual(parts.flatMap((one) => rowsOf(one)))
})

test('splitting keeps every row, in order, in the partition of its key', () => {
  const keyed = randomBatch.chain((random) =>
    fc.tuple(fc.constant(random), fc.subarray(random.fields.map((field) => field.name)), fc.integer({ min: 1, max: 5 })),
  )
  checkProperty('split', keyed, ([{ fields, rows, batch }, keys, partitions]) => {
    const places = keys.map((key) => fields.findIndex((field) => field.name === key))
    const expected = rows.map((row) => partitionOf(murmur2(expectedKey(places.map((place) => row[place]))), partitions))
    const ofRow = keyPartitions(batch, keys, partitions)
    if (keys.length > 0) expect([...ofRow]).toEqual(expected)
    else expect([...ofRow]).toEqual(rows.map(() => 0))
    const parts = splitByPartition(batch, ofRow, partitions)
    for (let partition = 0; partition < partitions; partition++) {
      const mine = rows.filter((_, row) => ofRow[row] === partition)
      const part = parts[partition]
      expect(part === undefined ? [] : rowsOf(part)).toEqual(mine)
    }
  })
})

function expectedKey(values: readonly unknown[]): Buffer {
  const parts = values.map((value) =>
    value === null ? Buffer.of(1) : value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value)),
  )
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.of(0), part])))
}

/** What the rows do not show: dictionary order and size, the form of int64, whether there is a null array. */
function shapeOf(batch: ReturnType<typeof takeRows>): unknown {
  return batch.fields.map((field) => {
    const column = columnOf(batch, field.name)
    if (column === undefined) return undefined
    const form = column.kind === 'int64' ? column.safe : undefined
    const entries =
      column.kind === 'string' || column.kind === 'bytes'
        ? Array.from({ length: column.dictionary.size }, (_, code) => [...column.dictionary.entry(code)])
        : undefined
    return { kind: column.kind, nulls: column.nulls !== null, form, entries }
  })
}
