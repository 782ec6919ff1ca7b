import { type Column, takeColumn, takeParts } from '@millrace/columnar'
import { Frame } from '../../operator/frame.ts'
import { keyHashes } from '../../operator/kernel/key-hash.ts'
import type { SliceInput } from './slice-plan.ts'

/** Slices of an operator's keys. */
export const SLICES = 256
const SLICE_SHIFT = 24

/** The rows of one slice, in their order. */
export interface SlicedRows {
  readonly slice: number
  readonly rows: number
  /** By place among the input's columns. */
  readonly columns: readonly Column[]
}

/** Splits a frame's rows by the hash of their key. */
export function splitRows(frame: Frame, input: SliceInput): SlicedRows[] {
  const rows = frame.selectedRows()
  const whole = frame.selection === null
  const keys = input.keys.map((register) => (whole ? frame.column(register) : takeColumn(frame.column(register), rows)))
  const hashes = keyHashes(keys, rows.length)
  const { order, slices, starts } = orderBySlice(hashes, rows)
  const parts = input.columns.map(({ register }) => takeParts(frame.column(register), order, starts))
  return slices.map((slice, place) => ({
    slice,
    rows: starts[place + 1] - starts[place],
    columns: parts.map((ofColumn) => ofColumn[place]),
  }))
}

/** Row numbers by slice, and where each slice that has rows begins. */
function orderBySlice(
  hashes: Int32Array,
  rows: Int32Array,
): { readonly order: Int32Array; readonly slices: readonly number[]; readonly starts: Int32Array } {
  const counts = new Int32Array(SLICES)
  for (const hash of hashes) counts[hash >>> SLICE_SHIFT]++
  const slices: number[] = []
  const starts: number[] = [0]
  const next = new Int32Array(SLICES)
  let at = 0
  for (let slice = 0; slice < SLICES; slice++) {
    if (counts[slice] === 0) continue
    next[slice] = at
    at += counts[slice]
    slices.push(slice)
    starts.push(at)
  }
  const order = new Int32Array(rows.length)
  for (let k = 0; k < rows.length; k++) order[next[hashes[k] >>> SLICE_SHIFT]++] = rows[k]
  return { order, slices, starts: Int32Array.from(starts) }
}

/** Rows in the registers where their operator looks for them. */
export function frameOfColumns(rows: number, columns: readonly Column[], input: SliceInput): Frame {
  const frame = new Frame(rows, input.registers)
  for (const [place, { register }] of input.columns.entries()) frame.registers[register] = columns[place]
  return frame
}

/** The least progress at which one of the rows is due; minus infinity where all are at once. */
export function dueOfRows(columns: readonly Column[], { due, columns: registers }: SliceInput): number {
  if (due === null) return Number.NEGATIVE_INFINITY
  const { values } = columns[registers.findIndex(({ register }) => register === due.register)] as Column & { readonly kind: 'timestamp' }
  let least = Number.POSITIVE_INFINITY
  for (const time of values) if (time < least) least = time
  return due.at(least)
}
