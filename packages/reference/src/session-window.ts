import type { SessionWindow } from '@millrace/core'
import type { Bounds } from './fixed-window.ts'
import type { Row } from './row.ts'

/** Rows of one key in sessions: a distance of at most the gap joins. A session starts with its first row and ends a gap after its last. */
export function sessionsOf({ gap_ms }: SessionWindow, rows: readonly Row[]): { readonly window: Bounds; readonly rows: readonly Row[] }[] {
  const times = (session: readonly Row[]): number[] => session.map((row) => row.eventTime as number)
  const sessions: Row[][] = []
  for (const row of rows.toSorted((a, b) => (a.eventTime as number) - (b.eventTime as number))) {
    const current = sessions.at(-1)
    if (current !== undefined && (row.eventTime as number) - Math.max(...times(current)) <= gap_ms) current.push(row)
    else sessions.push([row])
  }
  return sessions.map((session) => ({
    window: { start: Math.min(...times(session)), end: Math.max(...times(session)) + gap_ms },
    rows: session,
  }))
}
