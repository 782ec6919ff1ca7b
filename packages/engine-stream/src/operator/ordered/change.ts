import type { Column, Int32Column } from '@millrace/columnar'
import type { Frame } from '../frame.ts'

/** What a row of corrected results says, as numbers of the column `_op`. */
export const CHANGE = { insert: 0, before: 1, after: 2, remove: 3 } as const

/** The changes by number, as they are printed. */
export const CHANGE_NAMES = ['+I', '-U', '+U', '-D'] as const

/** Whether a change takes a row back. */
export function takesBack(change: number): boolean {
  return change === CHANGE.before || change === CHANGE.remove
}

export function changeColumn(changes: readonly number[] | Int32Array): Column {
  return { kind: 'int32', values: Int32Array.from(changes), nulls: null }
}

/** The changes of a frame's rows; without a register every row is new. */
export function changesOf(frame: Frame, register: number | null): Int32Array {
  if (register === null) return new Int32Array(frame.count)
  const { values } = frame.column(register) as Int32Column
  return frame.selection === null ? values : frame.selectedRows().map((row) => values[row])
}
