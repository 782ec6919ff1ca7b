import { type Batch, batchFromRows, type Column, type Field, type Value } from '@millrace/columnar'
import { bugError, MillraceError, operatingError } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'
import type { SetQuery } from '@millrace/ml'

type Connection = Awaited<ReturnType<Duckdb['connect']>>
type Result = Awaited<ReturnType<Connection['stream']>>
type Chunk = NonNullable<Awaited<ReturnType<Result['fetchChunk']>>>
type Vector = ReturnType<Chunk['getColumnVector']>

/** Runs statements whose columns are doubles and texts on DuckDB; a batch per chunk. */
export function setQuery(duckdb: Duckdb): SetQuery {
  return async function* (sql) {
    const connection = await duckdb.connect()
    try {
      const result = await connection.stream(sql)
      const names = result.columnNames()
      for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
        yield batchOf(chunk, names)
    } catch (cause) {
      throw cause instanceof MillraceError ? cause : statementFailed(cause)
    } finally {
      connection.closeSync()
    }
  }
}

function statementFailed(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return operatingError('model/set-failed', `The training set cannot be read: ${reason}`, {
    asked: 'a training set',
    found: reason,
    do: 'Make room in memory and on the disk of the state folder, or train on a shorter history; `millrace doctor` looks at the tables.',
    cause,
  })
}

function batchOf(chunk: Chunk, names: readonly string[]): Batch {
  const rows = chunk.rowCount
  const columns = names.map((name, i) => columnOf(chunk.getColumnVector(i), { name, rows }))
  return { rows, fields: columns.map(({ field }) => field), columns: columns.map(({ column }) => column) }
}

interface NamedColumn {
  readonly field: Field
  readonly column: Column
}

function columnOf(vector: Vector, { name, rows }: { readonly name: string; readonly rows: number }): NamedColumn {
  const type = String(vector.type)
  if (type === 'DOUBLE') {
    const { items, validity } = vector as unknown as DoubleVector
    const column: Column = { kind: 'double', values: items.slice(0, rows), nulls: nullsOf(validity, rows) }
    return { field: { name, type: 'double', nullable: true }, column }
  }
  if (type === 'VARCHAR') {
    const texts = Array.from({ length: rows }, (_, row) => [vector.getItem(row) as Value])
    const { fields, columns } = batchFromRows([{ name, type: 'string', nullable: true }], texts)
    return { field: fields[0], column: columns[0] }
  }
  throw bugError('model/set-column', `Column \`${name}\` of a training set's statement is ${type}.`, { asked: name, found: type })
}

/** The driver's vector of doubles: values in place, and a bit per row that is 0 where the value is null. Its own reader makes bigints of each bit. */
interface DoubleVector {
  readonly items: Float64Array
  readonly validity: { readonly data: BigUint64Array | null; readonly offset: number }
}

function nullsOf({ data, offset }: DoubleVector['validity'], rows: number): Uint8Array | null {
  if (data === null) return null
  const bits = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const nulls = new Uint8Array(rows)
  let any = 0
  for (let row = 0; row < rows; row++) {
    const bit = offset + row
    nulls[row] = 1 - ((bits[bit >> 3] >> (bit & 7)) & 1)
    any |= nulls[row]
  }
  return any === 0 ? null : nulls
}
