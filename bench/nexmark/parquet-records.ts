import { join } from 'node:path'
import { type Batch, type Column, columnOf, Dictionary } from '@millrace/columnar'
import { bugError, type PlanSource, STAMP_FIELDS } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'
import type { BatchSource } from '@millrace/engine-stream'
import { parquetRows } from '../../packages/cli/src/pipeline/parquet-file.ts'

/** Stamps that the files hold. */
const KEPT_STAMPS = ['_arrival', '_watermark']
const INGESTED_AT = 0

/** Records of one source out of its Parquet file, in columnar batches. */
export class ParquetRecords {
  readonly source: string
  readonly #batches: AsyncIterator<{ readonly batch: Batch }>
  #next: Batch | undefined

  /** Of the source's columns only the wanted ones are read. */
  constructor(duckdb: Duckdb, source: PlanSource, of: { readonly folder: string; readonly columns: ReadonlySet<string> }) {
    this.source = source.name
    const stamps = STAMP_FIELDS.filter(({ name }) => KEPT_STAMPS.includes(name))
    const wanted = source.fields.filter(({ name }) => of.columns.has(name) || name === source.event_time)
    const stream = { topic: source.name, fields: [...stamps, ...wanted], eventTime: source.event_time }
    this.#batches = parquetRows(duckdb, stream, { path: join(of.folder, `${source.name}.parquet`), skip: 0 })[Symbol.asyncIterator]()
  }

  /** Reads on; false at the end. */
  async readOn(): Promise<boolean> {
    const { done, value } = await this.#batches.next()
    this.#next = done === true ? undefined : value.batch
    return this.#next !== undefined
  }

  /** The last arrival of the batch that was read. */
  get arrival(): number {
    return lastOf(this.#batch, '_arrival')
  }

  take(): BatchSource {
    const batch = this.#batch
    return {
      rows: batch.rows,
      watermarkAfter: lastOf(batch, '_watermark'),
      ingestedAt: INGESTED_AT,
      column: (name) => columnOf(batch, name) ?? constantColumn(name, batch.rows),
    }
  }

  get #batch(): Batch {
    if (this.#next === undefined) throw bugError('bench/no-batch', `There is no batch of ${this.source}.`)
    return this.#next
  }
}

function lastOf(batch: Batch, name: string): number {
  const column = columnOf(batch, name)
  if (column?.kind !== 'timestamp' && !(column?.kind === 'int64' && column.safe))
    throw bugError('bench/no-column', `There is no column ${name} of numbers.`)
  return Number(column.values[batch.rows - 1])
}

/** Stamps that the files do not hold: as the log of the same events has them. */
function constantColumn(name: string, rows: number): Column {
  switch (STAMP_FIELDS.find((field) => field.name === name)?.type) {
    case 'int64':
      return { kind: 'int64', safe: true, values: new Float64Array(rows), nulls: null }
    case 'int32':
      return { kind: 'int32', values: new Int32Array(rows).fill(1), nulls: null }
    case 'timestamp':
      return { kind: 'timestamp', values: new Float64Array(rows).fill(INGESTED_AT), nulls: null }
    case 'string':
      return { kind: 'string', codes: new Int32Array(rows), dictionary: Dictionary.fromTexts(['']), nulls: null }
    default:
      throw bugError('bench/no-column', `There is no column ${name}.`)
  }
}
