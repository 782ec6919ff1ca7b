import { type Batch, batchFromRows, type Field, type Value } from '@millrace/columnar'
import { userError } from '@millrace/core'
import type { IncomingRecord } from '../client/topic-reader.ts'
import { type Json, parseJson } from './exact-number.ts'
import { valueOfJson } from './json-value.ts'

/** Where records come from, for people. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
}

/** What records say: rows, or that one is given or taken back, as `debezium-json` has it. */
export type RowForm = 'rows' | 'changes'

interface RowRecords extends RecordPlace {
  /** Rows when left out. */
  readonly form?: RowForm | undefined
}

/** The column that says whether a change gives its row or takes it back, and what it says. */
const CHANGE = { column: '_op', gives: 0, takesBack: 3 } as const

const RAW_CHARS_SHOWN = 200

/**
 * The records' JSON objects as rows of these fields. Members that are no fields are left out, those that are missing are null. Of changes
 * `_op` says whether the row is given (0) or taken back (3).
 *
 * @throws user `kafka/bad-record` for a record that is no such row, with its partition and offset
 */
export function batchOfJson(records: readonly IncomingRecord[], fields: readonly Field[], place: RowRecords): Batch {
  return batchFromRows(
    fields,
    records.map((record) => rowOf(record, fields, place)),
  )
}

function rowOf(record: IncomingRecord, fields: readonly Field[], place: RowRecords): Value[] {
  const said = objectOf(record)
  if (said === undefined) throw badRecord(record, place, 'is no JSON object')
  const object = place.form === 'changes' ? changedRow(said) : said
  if (object === undefined) throw badRecord(record, place, 'is no change of a row')
  return fields.map(({ name, type, nullable }) => {
    const json = Object.hasOwn(object, name) ? object[name] : null
    const value = valueOfJson(json, type)
    if (value === undefined) throw badRecord(record, place, `has no ${type} under \`${name}\``)
    if (value === null && !nullable) throw badRecord(record, place, `has null under \`${name}\``)
    return value
  })
}

type JsonObject = { readonly [name: string]: Json }

function changedRow({ op, before, after }: JsonObject): JsonObject | undefined {
  if (op === 'c' && isObject(after)) return { ...after, [CHANGE.column]: CHANGE.gives }
  return op === 'd' && isObject(before) ? { ...before, [CHANGE.column]: CHANGE.takesBack } : undefined
}

function isObject(json: Json | undefined): json is JsonObject {
  return json !== null && typeof json === 'object' && !Array.isArray(json)
}

function objectOf({ value }: IncomingRecord): JsonObject | undefined {
  try {
    const json = parseJson(String(value))
    return isObject(json) ? json : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function badRecord({ offset, value }: IncomingRecord, { topic, partition }: RecordPlace, fault: string): Error {
  return userError('kafka/bad-record', `The record at offset ${offset} of partition ${partition} of the topic ${topic} ${fault}.`, {
    asked: topic,
    found: String(value).slice(0, RAW_CHARS_SHOWN),
    do: 'Let nobody else write to the topic, or read it as a source, which puts such records into dead letters.',
    details: { topic, partition, offset },
  })
}
