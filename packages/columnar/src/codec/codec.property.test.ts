import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkProperty, randomBatch } from '../../test/random-batch.ts'
import { BatchFormatError, batchFromRows, batchHeader, decodeBatch, encodeBatch, rowsOf, selectColumns, type Value } from '../index.ts'

const HEADER = { watermarkAfter: -62_135_596_800_000, ingestedAt: 1_700_000_000_123 }

test('a batch comes back equal from its binary form, at any alignment', () => {
  checkProperty('round trip', fc.tuple(randomBatch, fc.integer({ min: 0, max: 9 })), ([{ fields, rows, batch }, shift]) => {
    const encoded = encodeBatch(batch, HEADER)
    const moved = new Uint8Array(encoded.length + shift).subarray(shift)
    moved.set(encoded)
    const decoded = decodeBatch(moved)
    expect(decoded.batch.fields).toEqual(fields)
    expect(rowsOf(decoded.batch)).toEqual(rows)
    expect(decoded.batch.columns.map((column) => column.nulls === null)).toEqual(batch.columns.map((column) => column.nulls === null))
    expect(decoded).toMatchObject({ ...HEADER, version: 1, rows: rows.length, names: fields.map((field) => field.name) })
    expect(Buffer.compare(encodeBatch(decoded.batch, HEADER), encoded)).toBe(0)
  })
})

test('chosen columns decode as if the others were not there', () => {
  const chosen = randomBatch.chain((random) => fc.tuple(fc.constant(random), fc.shuffledSubarray(random.fields.map((field) => field.name))))
  checkProperty('chosen columns', chosen, ([{ batch }, names]) => {
    const part = decodeBatch(encodeBatch(batch, HEADER), names).batch
    expect(rowsOf(part)).toEqual(rowsOf(selectColumns(batch, names)))
  })
})

test('a changed byte is refused, never decoded into other values', () => {
  const changed = fc.tuple(randomBatch, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 255 }))
  checkProperty('changed byte', changed, ([{ batch }, place, flip]) => {
    const bytes = encodeBatch(batch, HEADER)
    bytes[Math.floor(place * bytes.length)] ^= flip
    expect(() => decodeBatch(bytes)).toThrow(BatchFormatError)
  })
})

test('a cut batch is refused', () => {
  checkProperty('cut batch', fc.tuple(randomBatch, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), ([{ batch }, place]) => {
    const bytes = encodeBatch(batch, HEADER)
    const cut = bytes.subarray(0, Math.floor(place * bytes.length))
    expect(() => decodeBatch(cut)).toThrow(BatchFormatError)
    expect(() => batchHeader(cut)).toThrow(BatchFormatError)
  })
})

test('the header has the range of the event time column', () => {
  checkProperty('event time', fc.array(fc.option(fc.integer({ min: -1e12, max: 1e13 })), { maxLength: 20 }), (times) => {
    const rows = times.map((time) => [time])
    const bytes = encodeBatch(batchOfTimes(rows), { ...HEADER, eventTime: 'at1' })
    const known = times.filter((time) => time !== null)
    const { minEventTime, maxEventTime } = batchHeader(bytes)
    expect([minEventTime, maxEventTime]).toEqual(known.length === 0 ? [undefined, undefined] : [Math.min(...known), Math.max(...known)])
  })
})

function batchOfTimes(rows: Value[][]) {
  return batchFromRows([{ name: 'at1', type: 'timestamp', nullable: true }], rows)
}
