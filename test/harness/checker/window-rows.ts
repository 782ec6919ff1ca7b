import type { Evidence } from '../document.ts'
import type { PlacedRow } from './read-log.ts'

const SIZE_MS = 300_000
const STEP_MS = 60_000
const PATHS_MAX = 10_000
const INT64_MAX = 2n ** 63n - 1n

/** A row of `ip_activity`. */
export interface WindowRow extends Evidence {
  readonly start: number
  readonly end: number
  readonly ip: string
}

/** A row that some of its windows refused. */
export interface LateRow {
  readonly row: PlacedRow
  readonly late: 'all' | 'some'
  readonly missed: number
}

export interface Activity {
  readonly windows: readonly WindowRow[]
  readonly late: readonly LateRow[]
}

/** Puts every row into its five windows, but for those that had ended by its watermark. */
export function activityOf(rows: readonly PlacedRow[]): Activity {
  const groups = new Map<string, { start: number; ip: string; rows: PlacedRow[] }>()
  const late: LateRow[] = []
  for (const row of rows) {
    const starts = windowStarts(row.event_time)
    const open = starts.filter((start) => start + SIZE_MS > row.watermark)
    if (open.length < starts.length) late.push({ row, late: open.length === 0 ? 'all' : 'some', missed: starts.length - open.length })
    for (const start of open) {
      const name = `${start} ${row.ip}`
      const group = groups.get(name)
      if (group === undefined) groups.set(name, { start, ip: row.ip, rows: [row] })
      else group.rows.push(row)
    }
  }
  return {
    windows: [...groups.values()].map((group) => ({
      start: group.start,
      end: group.start + SIZE_MS,
      ip: group.ip,
      ...figuresOf(group.rows),
    })),
    late,
  }
}

/** Starts of the windows that hold a time, on a grid at the epoch. */
export function windowStarts(time: number): number[] {
  const starts: number[] = []
  for (let start = Math.floor(time / STEP_MS) * STEP_MS; start > time - SIZE_MS; start -= STEP_MS) starts.push(start)
  return starts
}

/** The five columns of the example's feature view over some rows. */
export function figuresOf(rows: readonly PlacedRow[]): Evidence {
  const sent = rows.flatMap((row) => (row.response_bytes === null ? [] : [row.response_bytes]))
  const paths = new Set(rows.flatMap((row) => (row.path === null ? [] : [row.path])))
  const sum = sent.reduce((total, one) => total + one, 0n)
  return {
    hits: rows.length,
    errors: rows.filter((row) => row.status >= 400).length,
    failed_logins: rows.filter((row) => row.path === '/login' && row.status === 401).length,
    distinct_paths: Math.min(paths.size, PATHS_MAX),
    response_bytes: sent.length === 0 || sum > INT64_MAX ? null : exactNumber(sum),
  }
}

/** Integers beyond what a double holds exactly are printed as text. */
export function exactNumber(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : String(value)
}
