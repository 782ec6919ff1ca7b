import type { LateEntry } from '@millrace/core'
import type { Row } from './row.ts'

/** Whether a row is late for every time operator but fixed and calendar windows: its event time lies before its stamp's watermark. */
export function isLate({ eventTime, stamp }: Row): boolean {
  return stamp !== undefined && (eventTime as number) < stamp.watermark
}

/** Rows that an operator takes, and those that it refuses; nothing is late in mode `exact`. */
export function judged(rows: readonly Row[], mode: 'as_served' | 'exact'): { accepted: readonly Row[]; refused: readonly Row[] } {
  if (mode === 'exact') return { accepted: rows, refused: [] }
  return { accepted: rows.filter((row) => !isLate(row)), refused: rows.filter(isLate) }
}

/** What is reported of rows that an operator refused. */
export function lateEntries(node: string, refused: readonly Row[]): LateEntry[] {
  return refused.flatMap(({ stamp }) =>
    stamp === undefined ? [] : [{ source: stamp.source, arrival: stamp.arrival, late: 'all', windows_missed: 1, node }],
  )
}
