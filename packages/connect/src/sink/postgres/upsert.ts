import { type Batch, type Column, valueAt } from '@millrace/columnar'
import { presentValues } from '../value-text.ts'
import { columnType, parameterOf, storableText } from './column-type.ts'
import { quoted, quotedTable, type TableShape } from './sink-table.ts'

export interface SqlStatement {
  readonly text: string
  /** One array per column. */
  readonly values: unknown[][]
}

const ROWS_PER_STATEMENT_MAX = 2_000

/** Statements that write a batch; of rows with one key the last counts. */
export function* upsertStatements(batch: Batch, shape: TableShape): Generator<SqlStatement> {
  const rows = lastOfEachKey(batch, shape.key)
  const text = statementText(batch, shape)
  const readers = batch.columns.map((column, place) => presentValues(column, parameterOf(batch.fields[place].type)))
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT_MAX) {
    const some = rows.slice(from, from + ROWS_PER_STATEMENT_MAX)
    yield { text, values: readers.map((read) => some.map(read)) }
  }
}

function statementText(batch: Batch, shape: TableShape): string {
  const names = batch.fields.map(({ name }) => quoted(name))
  const arrays = batch.fields.map(({ type }, place) => `$${place + 1}::${columnType(type)}[]`)
  const others = batch.fields
    .filter(({ name }) => !shape.key.includes(name))
    .map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`)
  const insert = `insert into ${quotedTable(shape)} (${names.join(', ')}) select * from unnest(${arrays.join(', ')})`
  if (shape.key.length === 0) return insert
  return `${insert} on conflict (${shape.key.map(quoted).join(', ')}) do ${others.length === 0 ? 'nothing' : `update set ${others.join(', ')}`}`
}

/** One statement may not touch a row twice. Without a key every row is kept. */
function lastOfEachKey(batch: Batch, key: readonly string[]): number[] {
  if (key.length === 0) return Array.from({ length: batch.rows }, (_, row) => row)
  const columns = key.map((name) => batch.columns[batch.fields.findIndex((field) => field.name === name)])
  const last = new Map<string, number>()
  for (let row = 0; row < batch.rows; row++) {
    const text = JSON.stringify(columns.map((column) => keyPart(column, row)))
    // A repeated key moves to the end, so that statements follow the order of the last rows.
    last.delete(text)
    last.set(text, row)
  }
  return [...last.values()]
}

function keyPart(column: Column, row: number): unknown {
  const value = valueAt(column, row)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? String(value) : typeof value === 'string' ? storableText(value) : value
}
