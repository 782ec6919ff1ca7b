import { type Batch, type Column, columnKind } from '@millrace/columnar'
import { bugError, type TableField } from '@millrace/core'
import { type BoundsForm, CodedBuffer } from './coded-buffer.ts'
import type { ColumnBuffer } from './column-buffer.ts'
import { DoubleBuffer, LongBuffer, SmallBuffer } from './number-buffer.ts'
import { isTextForm } from './text-form.ts'

/** Buffers kept for further rows; one more lets the oldest go. */
const SPARES_MAX = 4

/** Emptied buffers, for tables of the same columns. */
export class RowBufferPool {
  #spares: RowBuffer[] = []

  take(fields: readonly TableField[]): RowBuffer {
    const at = this.#spares.findIndex((spare) => sameFields(spare.fields, fields))
    return at < 0 ? new RowBuffer(fields) : this.#spares.splice(at, 1)[0]
  }

  give(buffer: RowBuffer): void {
    buffer.clear()
    this.#spares.push(buffer)
    if (this.#spares.length > SPARES_MAX) this.#spares.shift()
  }
}

function sameFields(a: readonly TableField[], b: readonly TableField[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ id, name, type, nullable }, i) => id === b[i].id && name === b[i].name && type === b[i].type && nullable === b[i].nullable)
  )
}

/** Rows that wait to become one data file. */
export class RowBuffer {
  readonly fields: readonly TableField[]
  readonly columns: readonly ColumnBuffer[]
  rows = 0

  constructor(fields: readonly TableField[]) {
    this.fields = fields
    this.columns = fields.map(bufferFor)
  }

  /** Adds the rows of a batch whose columns are those of the table, in its order. */
  append(batch: Batch): void {
    for (let place = 0; place < this.columns.length; place++) {
      this.columns[place].append(batch.columns[place], batch.rows)
      if (!this.fields[place].nullable && this.columns[place].nullCount > 0) throw nullIn(this.fields[place].name)
    }
    this.rows += batch.rows
  }

  /** Bytes of distinct strings held. */
  get textBytes(): number {
    return this.columns.reduce((sum, column) => sum + column.extraBytes, 0)
  }

  clear(): void {
    this.rows = 0
    for (const column of this.columns) column.clear()
  }
}

function bufferFor(field: TableField): ColumnBuffer {
  const kind = columnKind(field.type)
  switch (kind) {
    case 'boolean':
    case 'int32':
    case 'date':
      return new SmallBuffer(kind)
    case 'int64':
    case 'timestamp':
      return new LongBuffer(kind)
    case 'double':
      return new DoubleBuffer()
    case 'string':
      return new CodedBuffer('string', boundsForm(field.type))
    case 'bytes':
      return new CodedBuffer('bytes', 'bytes')
    default:
      throw bugError('lake/no-memory-form', `Column \`${field.name}\` is ${field.type}, which batches do not hold yet.`, {
        asked: field.type,
      })
  }
}

function boundsForm(type: string): BoundsForm {
  if (!isTextForm(type)) return 'text'
  return type.startsWith('decimal(') ? 'decimal' : 'none'
}

/** The batch with its columns in the table's order. @throws `lake/batch-differs` when a column is missing, is of another kind, or is not the table's */
export function alignedTo(fields: readonly TableField[], batch: Batch): Batch {
  if (batch.fields.length !== fields.length) throw differs(fields, batch)
  const columns: Column[] = fields.map((field, place) => {
    const at = batch.fields[place].name === field.name ? place : batch.fields.findIndex(({ name }) => name === field.name)
    const column = batch.columns[at]
    if (column === undefined || column.kind !== columnKind(field.type)) throw differs(fields, batch)
    return column
  })
  return { rows: batch.rows, fields, columns }
}

function differs(fields: readonly TableField[], batch: Batch): Error {
  const shown = (list: readonly { name: string; type: string }[]) => list.map(({ name, type }) => `${name} ${type}`).join(', ')
  return bugError(
    'lake/batch-differs',
    `A batch of columns (${shown(batch.fields)}) was appended to a table of columns (${shown(fields)}).`,
    {
      asked: shown(batch.fields),
      found: shown(fields),
    },
  )
}

function nullIn(name: string): Error {
  return bugError('lake/null-in-required', `Column \`${name}\` of a batch holds a null, but the table's column may not.`, { asked: name })
}
