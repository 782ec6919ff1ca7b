import { createHash } from 'node:crypto'
import type { AlertContent, Digest, Totals, WholeInput } from '../document.ts'
import { type PlacedRow, type ReadLog, readLog } from './read-log.ts'
import { type Activity, activityOf, exactNumber, figuresOf, type WindowRow } from './window-rows.ts'

const TOP_ROWS = 20
const COOLDOWN_MS = 600_000

/** What the product has to say about a log: the document and the digests of all tables. */
export interface Expectation {
  readonly log: ReadLog
  readonly activity: Activity
  readonly document: WholeInput
  readonly tables: Readonly<Record<string, Digest>>
}

/** Works out the example's results over a log, naively and without any of the product's code. */
export function expectationOf(bytes: Uint8Array): Expectation {
  const log = readLog(bytes)
  const activity = activityOf(log.rows)
  return { log, activity, document: documentOf(bytes, log, activity), tables: tablesOf(log, activity) }
}

function documentOf(bytes: Uint8Array, log: ReadLog, activity: Activity): WholeInput {
  const { windows, late } = activity
  const all = late.filter((one) => one.late === 'all').length
  const times = log.rows.map((row) => row.event_time)
  return {
    input: {
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      lines: log.lines,
      blank: log.blank,
      decoded: log.rows.length,
      dead_letters: log.refused.length,
      reasons: countsOf(log.refused.map((one) => one.reason)),
      first_event: times.length === 0 ? null : iso(times.reduce((a, b) => Math.min(a, b))),
      last_event: times.length === 0 ? null : iso(times.reduce((a, b) => Math.max(a, b))),
    },
    assets: {
      ip_activity: {
        rows_in: log.rows.length,
        rows_counted: log.rows.length - all,
        late: all,
        late_memberships: late.reduce((sum, one) => sum + one.missed, 0),
        rows: windows.length,
        keys: new Set(windows.map((row) => row.ip)).size,
      },
    },
    top: topOf(log.rows),
    alerts: alertsOf(windows),
  }
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function topOf(rows: readonly PlacedRow[]): Totals[] {
  const byAddress = Map.groupBy(rows, (row) => row.ip)
  const ranked = [...byAddress].sort(
    ([a, mine], [b, theirs]) => theirs.length - mine.length || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )
  return ranked.slice(0, TOP_ROWS).map(([ip, own]) => ({ ip, ...figuresOf(own) }))
}

function alertsOf(windows: readonly WindowRow[]): AlertContent[] {
  const raised = windows.filter((row) => row.hits > 600 || row.failed_logins > 20 || row.distinct_paths > 300)
  const last = new Map<string, number>()
  const alerts: AlertContent[] = []
  for (const { start, end, ip, ...evidence } of raised.sort(
    (a, b) => a.end - b.end || (JSON.stringify([a.ip]) < JSON.stringify([b.ip]) ? -1 : 1),
  )) {
    const before = last.get(ip)
    if (before !== undefined && end - before < COOLDOWN_MS) continue
    last.set(ip, end)
    alerts.push({ asset: 'attacks', key: { ip }, window_start: iso(start), window_end: iso(end), evidence, score: null, model: null })
  }
  return alerts
}

function tablesOf(log: ReadLog, { windows, late }: Activity): Record<string, Digest> {
  return {
    requests: digestOf(log.rows.map(requestCells)),
    requests__dead_letters: digestOf(
      log.refused.map((one) => [one.reason, one.column, one.raw.toString('base64'), one.length, one.offset, one.line]),
    ),
    ip_activity: digestOf(windows.map(windowCells)),
    ip_activity__late: digestOf(late.map((one) => requestCells(one.row))),
  }
}

/** A row of the stream's table, as JSON values in contract order. */
export function requestCells(row: PlacedRow): (string | number | null)[] {
  return [
    iso(row.event_time),
    row.ip,
    row.ident,
    row.remote_user,
    row.request,
    row.http_method,
    row.path,
    row.query,
    row.protocol,
    row.status,
    row.response_bytes === null ? null : exactNumber(row.response_bytes),
    row.referer,
    row.user_agent,
  ]
}

export function windowCells(row: WindowRow): (string | number | null)[] {
  return [iso(row.start), iso(row.end), row.ip, row.hits, row.errors, row.failed_logins, row.distinct_paths, row.response_bytes]
}

/** Row count, and SHA-256 of the rows as compact JSON arrays, sorted by their bytes, joined by newlines. */
export function digestOf(rows: readonly (readonly unknown[])[]): Digest {
  const lines = rows.map((row) => Buffer.from(JSON.stringify(row))).sort(Buffer.compare)
  const hash = createHash('sha256')
  for (const [i, line] of lines.entries()) hash.update(i === 0 ? line : Buffer.concat([Buffer.from('\n'), line]))
  return { rows: rows.length, sha256: hash.digest('hex') }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
