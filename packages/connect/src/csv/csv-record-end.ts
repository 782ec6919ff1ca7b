import type { CsvOptions, RecordFormat } from '@millrace/core'
import type { RecordEnd } from '../files/line-cutter.ts'
import { CsvRecord } from './csv-record.ts'

const NEWLINE = 0x0a

/** How records of the format are told apart where a line break may lie within one; undefined where each line is a record. */
export function recordEndOf(format: RecordFormat): RecordEnd | undefined {
  return format.kind === 'csv' ? csvRecordEnd(format) : undefined
}

function csvRecordEnd({ delimiter }: CsvOptions): RecordEnd {
  const record = new CsvRecord(delimiter)
  return (bytes, from, to) => {
    let end = from
    let records = 0
    while (end < to) {
      const next = record.read(bytes, end, to)
      const isWhole = record.ending === 'whole' || (record.ending === 'bad' && bytes[next - 1] === NEWLINE)
      if (!isWhole) break
      end = next
      records += 1
    }
    return { end, records }
  }
}
