import { createHash } from 'node:crypto'
import { type Batch, columnOf, type Field, valueAt } from '@millrace/columnar'
import type { EventLog, LogTransaction } from '@millrace/core'
import { jsonValue } from '../output/json-value.ts'

/** A key whose text is longer is known by its SHA-256: keys of the log are bounded. */
const KEY_TEXT_MAX = 1_000
/** Rows that ended this long before the latest of their model are forgotten. */
export const ONLINE_KEEP_MS = 24 * 3_600_000
/** Rows forgotten in one transaction. */
const FORGET_ROWS_MAX = 5_000
const TIME_BYTES = 8

/** The latest scored row of a key. */
export interface OnlineRow {
  /** End of the row's window, epoch ms. */
  readonly windowEnd: number
  /** The row's columns, the score's too, in the JSON form that all commands share. */
  readonly row: Readonly<Record<string, unknown>>
}

/** Where the rows of a model's batches go, by key. */
export interface OnlineTable {
  readonly model: string
  /** Columns of the key. */
  readonly entity: readonly string[]
}

function onlinePrefix(model: string): string {
  return `online/${model}/`
}

/** Where the latest row of a key lies; `values` are the key's, in the JSON form that all commands share. */
export function onlineKey(model: string, values: readonly unknown[]): string {
  const text = JSON.stringify(values)
  return onlinePrefix(model) + (text.length <= KEY_TEXT_MAX ? text : createHash('sha256').update(text).digest('hex'))
}

/** The latest row of every key in a batch, whose rows of one key come in the order of their windows. */
export function onlineRows(batch: Batch, { model, entity }: OnlineTable): ReadonlyMap<string, Uint8Array> {
  const latest = new Map<string, number>()
  const keyColumns = entity.map((name) => placeOf(batch, name))
  for (let row = 0; row < batch.rows; row++)
    latest.set(
      onlineKey(
        model,
        keyColumns.map((place) => cell(batch, place, row)),
      ),
      row,
    )
  const places = batch.fields.flatMap((field, place) => (field.name.startsWith('_') ? [] : [place]))
  const ends = columnOf(batch, 'window_end')
  return new Map(
    [...latest].map(([key, row]) => {
      const json = Object.fromEntries(places.map((place) => [batch.fields[place].name, cell(batch, place, row)]))
      return [key, encoded(ends?.kind === 'timestamp' ? ends.values[row] : 0, json)]
    }),
  )
}

/** The latest row of a key, or undefined. @param values the key's, in the JSON form that all commands share */
export function readOnlineRow(log: Pick<EventLog, 'get'>, model: string, values: readonly unknown[]): OnlineRow | undefined {
  const bytes = log.get(onlineKey(model, values))
  if (bytes === undefined) return undefined
  const buffer = Buffer.from(bytes)
  return { windowEnd: buffer.readDoubleLE(0), row: JSON.parse(buffer.toString('utf8', TIME_BYTES)) as Record<string, unknown> }
}

/** Prepares to forget keys whose last window ended before `before`; says how many it found. */
export function forgetOnlineRows(
  log: Pick<EventLog, 'entries'>,
  model: string,
  before: number,
): { readonly rows: number; readonly write: (transaction: LogTransaction) => void } {
  const old: string[] = []
  for (const { key, value } of log.entries(onlinePrefix(model))) {
    if (new DataView(value.buffer, value.byteOffset, TIME_BYTES).getFloat64(0, true) >= before) continue
    if (old.push(key) === FORGET_ROWS_MAX) break
  }
  return {
    rows: old.length,
    write: (transaction) => {
      for (const key of old) transaction.remove(key)
    },
  }
}

function placeOf(batch: Batch, name: string): number {
  return batch.fields.findIndex((field: Field) => field.name === name)
}

function cell(batch: Batch, place: number, row: number): unknown {
  return jsonValue(valueAt(batch.columns[place], row), batch.fields[place].type)
}

function encoded(windowEnd: number, row: Readonly<Record<string, unknown>>): Uint8Array {
  const json = Buffer.from(JSON.stringify(row))
  const bytes = Buffer.allocUnsafe(TIME_BYTES + json.length)
  bytes.writeDoubleLE(windowEnd, 0)
  json.copy(bytes, TIME_BYTES)
  return bytes
}
