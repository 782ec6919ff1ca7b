import { type Batch, batchFromRows, type Field, type Value } from '@millrace/columnar'

export const NAMESPACE = 'interop'
const DAY_MS = 86_400_000
const TIME_MIN = -62_135_596_800_000
const TIME_MAX = 253_402_300_799_999
const INT64_MAX = 2n ** 63n - 1n

/** A column of each type, with and without nulls. */
export const VALUE_FIELDS: readonly Field[] = [
  { name: 'num1', type: 'int64', nullable: false },
  { name: 'flag1', type: 'boolean', nullable: true },
  { name: 'int1', type: 'int32', nullable: true },
  { name: 'wide1', type: 'int64', nullable: true },
  { name: 'dbl1', type: 'double', nullable: true },
  { name: 'txt1', type: 'string', nullable: true },
  { name: 'doc1', type: 'json', nullable: true },
  { name: 'bin1', type: 'bytes', nullable: true },
  { name: 'ts1', type: 'timestamp', nullable: true },
  { name: 'day1', type: 'date', nullable: true },
  { name: '_arrival', type: 'int64', nullable: false },
]

/** Rows at the limits of the types, all nulls last. */
export const VALUE_ROWS: readonly (readonly Value[])[] = [
  [1, true, 2 ** 31 - 1, INT64_MAX, 1e-7, 'plain', '{"a":1}', new Uint8Array([0, 255]), 0, 0, 0],
  [2, false, -(2 ** 31), -INT64_MAX - 1n, -1.5e300, '', '[]', new Uint8Array([]), -1, -1, 1],
  [3, true, 0, 2n ** 53n + 1n, 0, '😀 ü \u0000 end', '"😀"', new Uint8Array([65]), TIME_MIN, -719_162, 2],
  [4, false, -1, 0, 5e-324, 'x'.repeat(5000), 'null', new Uint8Array(300).fill(7), TIME_MAX, 2_932_896, 3],
  [5, null, null, null, null, null, null, null, null, null, 4],
]

export const EVENT_FIELDS: readonly Field[] = [
  { name: 'event_time', type: 'timestamp', nullable: true },
  { name: 'num1', type: 'int64', nullable: false },
  { name: 'txt1', type: 'string', nullable: false },
]

export const EVENTS_PER_DAY = 1000
/** Days of the partitioned table; the first ones lie before 1970. */
export const EVENT_DAYS = [-2, -1, 0, 1, 19_000, 19_001, 19_002, 19_003]

/** Events of one day; `num1` counts from day index × 1,000. */
export function eventsOf(index: number): Batch {
  const rows = Array.from({ length: EVENTS_PER_DAY }, (_, i): Value[] => [
    EVENT_DAYS[index] * DAY_MS + Math.floor((i * DAY_MS) / EVENTS_PER_DAY),
    index * EVENTS_PER_DAY + i,
    `event ${String(i % 37).padStart(2, '0')}`,
  ])
  return batchFromRows(EVENT_FIELDS, rows)
}

/** Values as the Python side writes them into JSON: 64-bit integers as text, bytes as hex, times as epoch ms. */
export function shownRows(fields: readonly Field[], rows: readonly (readonly Value[])[]): unknown[][] {
  return rows.map((row) =>
    row.map((value, place) => {
      if (value === null) return null
      if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
      return ['int64', 'timestamp', 'date'].includes(fields[place].type) ? String(value) : value
    }),
  )
}
