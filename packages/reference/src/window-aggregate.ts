import type { CalendarWindow, FixedWindow, LateEntry, SessionWindow, WindowAggregateNode } from '@millrace/core'
import { aggregate } from './aggregate.ts'
import { calendarWindows } from './calendar-window.ts'
import type { Datum } from './datum.ts'
import { type Bounds, windowsOf } from './fixed-window.ts'
import { byKey, keyOf } from './group.ts'
import { judged, lateEntries } from './late.ts'
import { NO_TIE, type Row } from './row.ts'
import { sessionsOf } from './session-window.ts'

export interface WindowAggregateOptions {
  /** Whether the late predicate applies. */
  readonly mode: 'as_served' | 'exact'
  readonly types: ReadonlyMap<string, string>
}

/** Accepted rows of one key in one window; no window where there is none. */
interface Group {
  readonly window: Bounds | undefined
  readonly rows: readonly Row[]
}

/**
 * Window-aggregate: one row per key and window in which at least one accepted row lies: window_start, window_end, keys,
 * aggregates. Null keys are one group. The event time of a window's row is the last millisecond of the window.
 */
export function windowAggregate(
  node: WindowAggregateNode,
  rows: readonly Row[],
  options: WindowAggregateOptions,
): { rows: Row[]; late: LateEntry[] } {
  const { groups, late } = groupsOf(node, rows, options.mode)
  return { rows: groups.map((group) => resultRow(node, group, options.types)), late }
}

function groupsOf(
  node: WindowAggregateNode,
  rows: readonly Row[],
  mode: 'as_served' | 'exact',
): { readonly groups: readonly Group[]; readonly late: LateEntry[] } {
  const { window } = node
  switch (window.kind) {
    case 'all':
      return { groups: byKey(rows, node.keys).map((group) => ({ window: undefined, rows: group })), late: [] }
    case 'session':
      return sessions({ ...node, window }, rows, mode)
    default:
      return memberships(node, { rows, mode, windows: windowing(window) })
  }
}

function sessions(node: WindowAggregateNode & { window: SessionWindow }, rows: readonly Row[], mode: 'as_served' | 'exact') {
  const { accepted, refused } = judged(rows, mode)
  const groups = byKey(accepted, node.keys).flatMap((group) => sessionsOf(node.window, group))
  return { groups, late: lateEntries(node.id, refused) }
}

/** The windows that hold an instant. */
type Windowing = (time: number) => readonly Bounds[]

function windowing(window: FixedWindow | CalendarWindow): Windowing {
  if (window.kind !== 'calendar') return (time) => windowsOf(window, time)
  const windowAt = calendarWindows(window)
  return (time) => [windowAt(time)]
}

/** A row with a stamp is late for a window iff the window's end is at or before the stamp's watermark; it counts in its other windows. */
function memberships(
  node: WindowAggregateNode,
  input: { readonly rows: readonly Row[]; readonly mode: 'as_served' | 'exact'; readonly windows: Windowing },
): { readonly groups: readonly Group[]; readonly late: LateEntry[] } {
  const late: LateEntry[] = []
  const members = new Map<number, { readonly window: Bounds; readonly rows: Row[] }>()
  for (const row of input.rows) {
    const windows = input.windows(row.eventTime as number)
    const accepted = windows.filter(({ end }) => input.mode === 'exact' || row.stamp === undefined || end > row.stamp.watermark)
    const missed = windows.length - accepted.length
    if (missed > 0 && row.stamp !== undefined) {
      const { source, arrival } = row.stamp
      late.push({ source, arrival, late: accepted.length === 0 ? 'all' : 'some', windows_missed: missed, node: node.id })
    }
    for (const window of accepted) {
      const member = members.get(window.start) ?? { window, rows: [] }
      members.set(window.start, member)
      member.rows.push(row)
    }
  }
  const groups = [...members.values()].flatMap(({ window, rows }) => byKey(rows, node.keys).map((group) => ({ window, rows: group })))
  return { groups, late }
}

function resultRow(node: WindowAggregateNode, { window, rows }: Group, types: ReadonlyMap<string, string>): Row {
  const columns = new Map<string, Datum>()
  if (window !== undefined) columns.set('window_start', window.start).set('window_end', window.end)
  for (const [i, key] of keyOf(rows[0], node.keys).entries()) columns.set(node.keys[i], key)
  for (const spec of node.aggregates) columns.set(spec.name, aggregate(spec, rows, types))
  return { columns, eventTime: window === undefined ? undefined : window.end - 1, stamp: undefined, tie: NO_TIE }
}
