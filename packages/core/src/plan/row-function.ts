import type { Field, Value } from '@millrace/columnar'
import type { MapFunction } from './map-function.ts'
import { givenReader, takenReader } from './map-value.ts'

/** Longest message of a dead letter, characters. */
const MESSAGE_CHARS_MAX = 500
/** Longest text of what the function was given that a dead letter keeps, characters. */
const RECORD_CHARS_MAX = 1024

/** Why a row has no place behind a map: its function threw, or gave another shape than declared. */
export type MapReason = 'map/threw' | 'map/wrong-shape'

export interface MapRefusal {
  readonly reason: MapReason
  readonly message: string
  /** What the function was given, as JSON, at most 1,024 characters of it. */
  readonly record: string
}

/** What a function gave for a row: the values of its columns in order, or why it gave none. */
export type MapOutcome = { readonly values: readonly Value[] } | MapRefusal

/** Values of the columns that are read, in order, to what the function makes of them; throws nothing. */
export type RowFunction = (values: readonly Value[]) => MapOutcome

/** What a map's function is given and what it must give. */
export interface MapShape {
  readonly reads: readonly Field[]
  readonly columns: readonly Field[]
}

/** The function over values as engines hold them. */
export function rowFunction({ call }: MapFunction, { reads, columns }: MapShape): RowFunction {
  const givens = reads.map(({ name, type }) => ({ name, read: givenReader(type) }))
  const takens = columns.map((field) => ({ field, read: takenReader(field.type) }))
  return (values) => {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < givens.length; i++) {
      const value = values[i]
      row[givens[i].name] = value === null ? null : givens[i].read(value)
    }
    const refuse = (reason: MapReason, message: string): MapRefusal => ({
      reason,
      message: cut(message, MESSAGE_CHARS_MAX),
      record: recordOf(row),
    })
    let result: unknown
    try {
      result = call(row as never)
    } catch (error) {
      return refuse('map/threw', error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    }
    try {
      const taken = takenValues(result, takens)
      return typeof taken === 'string' ? refuse('map/wrong-shape', taken) : { values: taken }
    } catch (error) {
      return refuse('map/wrong-shape', `What the function gives cannot be read: ${String(error)}`)
    }
  }
}

interface Taken {
  readonly field: Field
  readonly read: (given: unknown) => Value | undefined
}

/** The values of the columns, or the sentence that says what is wrong. */
function takenValues(result: unknown, takens: readonly Taken[]): Value[] | string {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return otherThanObject(result)
  const given = result as Readonly<Record<string, unknown>>
  if (typeof given.then === 'function') {
    Promise.resolve(given).catch(() => {})
    return 'The function gives a promise; a map computes its row at once, without waiting.'
  }
  const values: Value[] = []
  for (const { field, read } of takens) {
    const one = given[field.name]
    if (one === undefined) return `The function gives no \`${field.name}\`.`
    const value = one === null ? null : read(one)
    if (value === undefined) return `The function gives ${shown(one)} under \`${field.name}\`, which is ${field.type}.`
    if (value === null && !field.nullable) return `The function gives ${shown(one)} under \`${field.name}\`, which is never null.`
    values.push(value)
  }
  const known = takens.length
  const names = Object.keys(given)
  if (names.length === known) return values
  const extra = names.find((name) => !takens.some(({ field }) => field.name === name))
  return extra === undefined ? values : `The function gives \`${extra}\`, which is none of its columns.`
}

function otherThanObject(result: unknown): string {
  if (result === null || result === undefined)
    return `The function gives ${String(result)} in place of its columns; leave rows out with a filter.`
  return `The function gives ${shown(result)} in place of an object of its columns.`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return cut(JSON.stringify(value), 80)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : cut(value.toISOString(), 80)
  return typeof value === 'object' && value !== null ? 'an object' : cut(typeof value === 'bigint' ? `${value}n` : String(value), 80)
}

function recordOf(row: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
  })
  return cut(text, RECORD_CHARS_MAX)
}

/** At most so many characters, and no half of one. */
function cut(text: string, max: number): string {
  return text.slice(0, max).toWellFormed()
}
