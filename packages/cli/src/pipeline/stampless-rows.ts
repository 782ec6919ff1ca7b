import { type Batch, type Column, columnOf, Dictionary } from '@millrace/columnar'
import { bugError, STAMP_FIELDS } from '@millrace/core'
import type { BatchSource } from '@millrace/engine-stream'

/** Rows of a view as records of a source: they have no stamps, and what has no time operators looks at none. */
export function stampless(batch: Batch): BatchSource {
  return {
    rows: batch.rows,
    watermarkAfter: 0,
    ingestedAt: 0,
    column: (name) => {
      const column = columnOf(batch, name) ?? blankStamp(name, batch.rows)
      if (column !== undefined) return column
      throw bugError('stream/missing-column', `The view's rows have no column \`${name}\`.`, {
        asked: name,
        found: batch.fields.map((field) => field.name),
      })
    },
  }
}

function blankStamp(name: string, rows: number): Column | undefined {
  switch (STAMP_FIELDS.find((field) => field.name === name)?.type) {
    case 'int64':
      return { kind: 'int64', safe: true, values: new Float64Array(rows), nulls: null }
    case 'int32':
      return { kind: 'int32', values: new Int32Array(rows), nulls: null }
    case 'timestamp':
      return { kind: 'timestamp', values: new Float64Array(rows), nulls: null }
    case 'string':
      return { kind: 'string', codes: new Int32Array(rows), dictionary: Dictionary.fromTexts(['']), nulls: null }
    default:
      return undefined
  }
}
