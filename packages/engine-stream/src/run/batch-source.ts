import { type Batch, type BatchHeader, batchHeader, type Column, columnOf, decodeBatch } from '@millrace/columnar'
import { StreamFault } from '../operator/stream-fault.ts'

/** Records of one partition as the runner takes them: rows in the order of their stamps, and the source's watermark after them. */
export interface BatchSource {
  readonly rows: number
  /** Epoch ms. */
  readonly watermarkAfter: number
  /** Epoch ms; becomes `_available_at` of the windows that these records close. */
  readonly ingestedAt: number
  column(name: string): Column
}

/** Records that lie in memory. */
export function batchSource(batch: Batch, header: { readonly watermarkAfter: number; readonly ingestedAt: number }): BatchSource {
  return {
    rows: batch.rows,
    ...header,
    column: (name) => {
      const column = columnOf(batch, name)
      if (column === undefined)
        throw new StreamFault(
          'stream/missing-column',
          `The records have no column \`${name}\`; they have ${batch.fields.map((field) => field.name).join(', ')}.`,
        )
      return column
    },
  }
}

/** Records of a log entry: the wanted columns are decoded once for all that read them, others when they are first asked for. */
export function encodedSource(bytes: Uint8Array, wanted: readonly string[]): BatchSource {
  const header: BatchHeader = batchHeader(bytes)
  const columns = new Map<string, Column>()
  const decode = (names: readonly string[]): void => {
    const { batch } = decodeBatch(bytes, names, { verify: columns.size === 0 })
    for (const [place, column] of batch.columns.entries()) columns.set(names[place], column)
  }
  if (header.rows > 0) decode(wanted)
  return {
    rows: header.rows,
    watermarkAfter: header.watermarkAfter,
    ingestedAt: header.ingestedAt,
    column: (name) => {
      if (!columns.has(name)) decode([name])
      return columns.get(name) as Column
    },
  }
}
