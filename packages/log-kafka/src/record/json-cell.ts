import { type CodedColumn, type Column, type DateColumn, dateText, type TimestampColumn, valueAt } from '@millrace/columnar'
import { isNested } from '@millrace/core'
import type { WriteCell } from './row-shape.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20
const DAY_MS = 86_400_000
const NULL = Buffer.from('null')
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/**
 * Writes a column's values as the records of topics have them: integers with all their digits and decimals as numbers, times in ISO 8601 with milliseconds,
 * bytes in base64, a value of type json as text, lists and structs as they are.
 */
export function cellWriter(column: Column, type: string): WriteCell {
  const write = valueWriter(column, type)
  const { nulls } = column
  if (nulls === null) return write
  return (writer, row) => (nulls[row] === 1 ? writer.copy(NULL) : write(writer, row))
}

function valueWriter(column: Column, type: string): WriteCell {
  switch (column.kind) {
    case 'boolean':
      return (writer, row) => writer.copy(column.values[row] === 1 ? TRUE : FALSE)
    case 'int32':
      return (writer, row) => writer.integer(column.values[row])
    case 'int64':
      return column.safe ? (writer, row) => writer.integer(column.values[row]) : (writer, row) => writer.ascii(String(column.values[row]))
    case 'double':
      return (writer, row) => writer.ascii(String(valueAt(column, row)))
    case 'timestamp':
      return timestampWriter(column)
    case 'date':
      return dateWriter(column)
    default:
      return codedWriter(column, codedForm(column, type))
  }
}

function codedForm(column: CodedColumn, type: string): (code: number) => Uint8Array | undefined {
  const { dictionary } = column
  if (column.kind === 'bytes') return (code) => Buffer.from(`"${Buffer.from(dictionary.entry(code)).toString('base64')}"`)
  if (type.startsWith('decimal(') || isNested(type)) return (code) => dictionary.entry(code)
  return (code) =>
    isPlain(dictionary.bytes, dictionary.offsets[code], dictionary.offsets[code + 1]) ? undefined : escaped(dictionary.text(code))
}

/** Whether UTF-8 needs nothing but quotes around it. */
function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] < SPACE || bytes[i] === QUOTE || bytes[i] === BACKSLASH) return false
  return true
}

function escaped(text: string): Uint8Array {
  return Buffer.from(JSON.stringify(text))
}

/** Each entry is looked at once, however many rows have it. `formOf` gives undefined for what stands as it is between quotes. */
function codedWriter({ codes, dictionary }: CodedColumn, formOf: (code: number) => Uint8Array | undefined): WriteCell {
  const { bytes, offsets, size } = dictionary
  const seen = new Uint8Array(size)
  const forms = new Map<number, Uint8Array>()
  return (writer, row) => {
    const code = codes[row]
    if (seen[code] === 0) {
      const form = formOf(code)
      seen[code] = form === undefined ? 1 : 2
      if (form !== undefined) forms.set(code, form)
    }
    if (seen[code] === 2) return writer.copy(forms.get(code) as Uint8Array)
    const from = offsets[code]
    const to = offsets[code + 1]
    writer.reserve(to - from + 2)
    writer.bytes[writer.at++] = QUOTE
    writer.copy(bytes, from, to)
    writer.bytes[writer.at++] = QUOTE
  }
}

/** Neighbouring rows are mostly of one day, whose text is kept. */
function timestampWriter({ values }: TimestampColumn): WriteCell {
  let day = Number.NaN
  let opening: Uint8Array = NULL
  return (writer, row) => {
    const value = values[row]
    const of = Math.floor(value / DAY_MS)
    if (of !== day) {
      day = of
      opening = Buffer.from(`"${dateText(of)}T`)
    }
    const ms = value - of * DAY_MS
    writer.copy(opening)
    writer.reserve(14)
    writer.digits((ms / 3_600_000) | 0, 2)
    writer.bytes[writer.at++] = 0x3a
    writer.digits(((ms / 60_000) | 0) % 60, 2)
    writer.bytes[writer.at++] = 0x3a
    writer.digits(((ms / 1000) | 0) % 60, 2)
    writer.bytes[writer.at++] = 0x2e
    writer.digits(ms % 1000, 3)
    writer.bytes[writer.at++] = 0x5a
    writer.bytes[writer.at++] = QUOTE
  }
}

function dateWriter({ values }: DateColumn): WriteCell {
  let day = Number.NaN
  let text: Uint8Array = NULL
  return (writer, row) => {
    if (values[row] !== day) {
      day = values[row]
      text = Buffer.from(`"${dateText(day)}"`)
    }
    writer.copy(text)
  }
}
