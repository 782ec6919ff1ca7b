import { type Batch, type Column, columnOf, type Int32Column, takeColumn, takeRows } from '@millrace/columnar'
import { Frame } from '../frame.ts'
import { packedOrder } from '../packed-order.ts'
import type { RegisterColumn, RowsPlan } from '../physical-plan.ts'
import { registerFields } from '../register-field.ts'
import { StreamFault } from '../stream-fault.ts'
import { rowComparer, rowOrder } from './row-order.ts'
import { comparerOf, numberComparer, type RowComparer } from './value-order.ts'

/** Rows of an input, each register a column, in the order of event time and tie. */
export class OrderedRows {
  readonly batch: Batch
  readonly times: Float64Array

  constructor(batch: Batch, time: number) {
    this.batch = batch
    this.times = numbersIn(registerColumn(batch, time))
  }

  get rows(): number {
    return this.batch.rows
  }

  column(register: number): Column {
    return registerColumn(this.batch, register)
  }

  /** The rows as a frame for what reads registers. */
  frame(registers: number): Frame {
    return frameOf(this.batch, registers)
  }
}

/** Kept rows as a frame for what reads registers. */
export function frameOf(batch: Batch, registers: number): Frame {
  const frame = new Frame(batch.rows, registers)
  for (const [place, { name }] of batch.fields.entries()) frame.registers[Number(name.slice(1))] = batch.columns[place]
  return frame
}

/** A frame's rows, as they are kept: the columns are called after their registers. */
export function batchOfFrame(frame: Frame, registers: readonly RegisterColumn[]): Batch {
  const rows = frame.selection === null ? null : frame.selectedRows()
  return {
    rows: frame.count,
    fields: registerFields(registers),
    columns: registers.map(({ register }) => (rows === null ? frame.column(register) : takeColumn(frame.column(register), rows))),
  }
}

/** The rows by event time, then by arrival, null least, then by position, then by the columns that decide. */
export function inOrder(batch: Batch, plan: RowsPlan): OrderedRows {
  const order = orderOfRows(batch, plan)
  return new OrderedRows(order === null ? batch : takeRows(batch, order), plan.time)
}

/** The places of the rows in their order. */
export function placesInOrder(batch: Batch, plan: RowsPlan): Int32Array {
  return orderOfRows(batch, plan) ?? Int32Array.from({ length: batch.rows }, (_, row) => row)
}

/** Compares the rows by their places, in that order. */
export function orderComparer(batch: Batch, plan: RowsPlan): RowComparer {
  return columnsComparer((register) => registerColumn(batch, register), plan)
}

/** Compares rows, in that order, by their places in columns that are asked for only where they decide. */
export function columnsComparer(columnOf: (register: number) => Column, plan: RowsPlan): RowComparer {
  return rowComparer(orderKeys(columnOf, plan))
}

/** Null where the rows stand in their order. */
function orderOfRows(batch: Batch, plan: RowsPlan): Int32Array | null {
  const keys = orderKeys((register) => registerColumn(batch, register), plan)
  const compare = rowComparer(keys)
  if (isOrdered(batch.rows, (row) => row, compare)) return null
  const times = numbersIn(registerColumn(batch, plan.time))
  const order = packedOrder(times)
  if (order === undefined) return rowOrder(batch.rows, keys)
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && times[order[to]] === times[order[from]]) to++
    const ofTime = order.subarray(from, to)
    if (!isOrdered(to - from, (place) => ofTime[place], compare)) ofTime.sort(compare)
  }
  return order
}

function isOrdered(count: number, rowAt: (place: number) => number, compare: RowComparer): boolean {
  for (let place = 1; place < count; place++) if (compare(rowAt(place - 1), rowAt(place)) > 0) return false
  return true
}

function orderKeys(columnOf: (register: number) => Column, plan: RowsPlan): readonly (() => RowComparer)[] {
  const keys = [plan.time, plan.arrival, plan.position].filter((register) => register !== null)
  return [
    ...keys.map((register) => () => numberComparer(numbersIn(columnOf(register)))),
    ...plan.ties.map(
      ({ register, type }) =>
        () =>
          comparerOf(columnOf(register), type),
    ),
  ]
}

/** A register's column in a batch of rows that are kept. */
export function registerColumn(batch: Batch, register: number): Column {
  const column = columnOf(batch, `r${register}`)
  if (column === undefined) throw new StreamFault('stream/empty-register', `Register ${register} is not among the kept ones.`)
  return column
}

/** A column whose values are doubles: a timestamp, or an int64 that ingest or a union gave. */
function numbersIn(column: Column): Float64Array {
  return (column as Exclude<Column, Int32Column> & { readonly values: Float64Array }).values
}
