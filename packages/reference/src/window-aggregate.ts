import type { FixedWindow, LateEntry, WindowAggregateNode } from '@millrace/core'
import { userError } from '@millrace/core'
import { aggregate } from './aggregate.ts'
import { type Datum, keyText } from './datum.ts'
import { type FixedWindow as Bounds, windowsOf } from './fixed-window.ts'
import type { Row } from './row.ts'

export interface WindowAggregateOptions {
  /** Whether the late predicate applies. */
  readonly mode: 'as_served' | 'exact'
  readonly types: ReadonlyMap<string, string>
}

interface Group {
  readonly window: Bounds | undefined
  readonly keys: readonly Datum[]
  readonly rows: Row[]
}

/**
 * Window-aggregate: one row per key and window in which at least one accepted row lies: window_start, window_end, keys,
 * aggregates. Served, a row is late for a window iff the window's end is at or before the row's watermark; it counts in its other
 * windows. A row without a stamp is never late, and neither is any row of an aggregate without a window. NULL keys are one group.
 */
export function windowAggregate(
  node: WindowAggregateNode,
  rows: readonly Row[],
  options: WindowAggregateOptions,
): { rows: Row[]; late: LateEntry[] } {
  const groups = new Map<string, Group>()
  const late: LateEntry[] = []
  for (const row of rows) {
    const windows = node.window.kind === 'all' ? [undefined] : windowsOf(node.window as FixedWindow, eventTimeOf(row, node))
    const accepted = windows.filter((window) => options.mode === 'exact' || !isLate(window, row))
    const missed = windows.length - accepted.length
    if (missed > 0 && row.stamp !== undefined) {
      const { source, arrival } = row.stamp
      late.push({ source, arrival, late: accepted.length === 0 ? 'all' : 'some', windows_missed: missed, node: node.id })
    }
    for (const window of accepted) groupOf(groups, node, window, row).rows.push(row)
  }
  return { rows: [...groups.values()].map((group) => resultRow(node, group, options.types)), late }
}

function eventTimeOf(row: Row, node: WindowAggregateNode): number {
  if (row.eventTime !== undefined) return row.eventTime
  throw userError(
    'plan/time-over-upsert',
    `Window-aggregate \`${node.id}\` reads rows of an aggregate without a window, which have no event time.`,
    {
      asked: node.window,
      found: 'rows that are corrected for ever',
      do: 'Give the aggregate before it a window.',
    },
  )
}

function isLate(window: Bounds | undefined, row: Row): boolean {
  return window !== undefined && row.stamp !== undefined && window.end <= row.stamp.watermark
}

function groupOf(groups: Map<string, Group>, node: WindowAggregateNode, window: Bounds | undefined, row: Row): Group {
  const keys = node.keys.map((key) => row.columns.get(key) as Datum)
  const text = keyText([window?.start ?? null, ...keys])
  const group = groups.get(text) ?? { window, keys, rows: [] }
  groups.set(text, group)
  return group
}

/** The event time of a window's row is the last millisecond of the window. */
function resultRow(node: WindowAggregateNode, { window, keys, rows }: Group, types: ReadonlyMap<string, string>): Row {
  const columns = new Map<string, Datum>()
  if (window !== undefined) columns.set('window_start', window.start).set('window_end', window.end)
  for (const [i, key] of node.keys.entries()) columns.set(key, keys[i])
  for (const spec of node.aggregates) columns.set(spec.name, aggregate(spec, rows, types))
  return { columns, eventTime: window === undefined ? undefined : window.end - 1, stamp: undefined }
}
