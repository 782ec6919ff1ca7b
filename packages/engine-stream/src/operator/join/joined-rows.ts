import { type Column, type ColumnKind, columnKind, Dictionary, takeColumn } from '@millrace/columnar'
import type { RowSource } from '../row-source.ts'
import { StreamFault } from '../stream-fault.ts'
import type { JoinChunk } from './join-chunk.ts'
import type { JoinSide } from './join-side.ts'

/** Rows of one chunk of a side, in the order in which they take part in joined rows. */
export interface SideRows {
  readonly side: JoinSide
  readonly chunk: JoinChunk
  readonly rows: Int32Array
}

/** Pairs of rows of two chunks, or left rows without a partner; columns are gathered when they are asked for. */
export class JoinedRows implements RowSource {
  readonly rows: number
  readonly #left: SideRows
  readonly #right: SideRows | null
  readonly #rightSide: JoinSide
  /** When unmatched rows are there; null: pairs are when both their rows are. */
  readonly #availableAt: number | null
  readonly #columns = new Map<string, Column>()

  constructor(left: SideRows, right: SideRows | { readonly side: JoinSide; readonly availableAt: number }) {
    this.rows = left.rows.length
    this.#left = left
    this.#right = 'rows' in right ? right : null
    this.#rightSide = right.side
    this.#availableAt = 'rows' in right ? null : right.availableAt
  }

  column(name: string): Column {
    let column = this.#columns.get(name)
    if (column === undefined) this.#columns.set(name, (column = this.#gathered(name)))
    return column
  }

  #gathered(name: string): Column {
    if (name === '_event_time') return this.#greater((side) => side.plan.time)
    if (name === '_available_at') {
      if (this.#availableAt === null) return this.#greater((side) => side.plan.availableAt)
      return { kind: 'timestamp', values: new Float64Array(this.rows).fill(this.#availableAt), nulls: null }
    }
    const ofLeft = this.#left.side.plan.columns.find((column) => column.name === name)
    if (ofLeft !== undefined) return taken(this.#left, ofLeft.register)
    const ofRight = this.#rightSide.plan.columns.find((column) => column.name === name)
    if (ofRight === undefined) throw new StreamFault('stream/missing-column', `The join gives no column \`${name}\`.`)
    return this.#right === null ? nullColumn(ofRight.type, this.rows) : taken(this.#right, ofRight.register)
  }

  #greater(registerOf: (side: JoinSide) => number): Column {
    const left = timesOf(this.#left, registerOf(this.#left.side))
    const right = this.#right === null ? left : timesOf(this.#right, registerOf(this.#right.side))
    const values = new Float64Array(this.rows)
    for (let i = 0; i < values.length; i++) values[i] = Math.max(left[i], right[i])
    return { kind: 'timestamp', values, nulls: null }
  }
}

function taken({ side, chunk, rows }: SideRows, register: number): Column {
  return takeColumn(chunk.columns[side.placeOf(register)], rows)
}

function timesOf({ side, chunk, rows }: SideRows, register: number): Float64Array {
  const { values } = chunk.columns[side.placeOf(register)] as Column & { readonly kind: 'timestamp' }
  const times = new Float64Array(rows.length)
  for (let i = 0; i < times.length; i++) times[i] = values[rows[i]]
  return times
}

/** A column of nothing but nulls. */
export function nullColumn(type: string, rows: number): Column {
  const nulls = new Uint8Array(rows).fill(1)
  const kind = columnKind(type) as ColumnKind
  switch (kind) {
    case 'boolean':
      return { kind, values: new Uint8Array(rows), nulls }
    case 'int32':
    case 'date':
      return { kind, values: new Int32Array(rows), nulls }
    case 'double':
    case 'timestamp':
      return { kind, values: new Float64Array(rows), nulls }
    case 'int64':
      return { kind, safe: true, values: new Float64Array(rows), nulls }
    default:
      return { kind, codes: new Int32Array(rows), dictionary: Dictionary.fromTexts(rows === 0 ? [] : ['']), nulls }
  }
}
