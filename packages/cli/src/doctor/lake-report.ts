import { stat } from 'node:fs/promises'
import type { Positions, TableName } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import { type DoctorFinding, failureFinding } from './finding.ts'
import type { LogReport } from './log-report.ts'

/** Missing or damaged files that are named; more are counted. */
const NAMED_FILES_MAX = 5
/** Data files of this mean size or smaller make scans slow when there are many. */
const SMALL_FILE_BYTES = 1024 ** 2
const SMALL_FILES_MAX = 1_000

export interface TableReport {
  readonly table: string
  readonly snapshots: number
  readonly rows: number
  readonly files: number
  readonly bytes: number
  /** When the current snapshot was committed; null for a table that holds none. */
  readonly committed_at: string | null
  readonly missing_files: number
}

export interface LakeReportOptions {
  readonly log: LogReport | undefined
  readonly findings: DoctorFinding[]
  /** Whether the small files of a table are put together without being asked. */
  readonly compacts: (table: string) => boolean
}

/** Looks at the tables of one scope: every data file of a current snapshot is there with its size, and none is ahead of the log. */
export async function lakeReport(lake: Lake, namespace: string, options: LakeReportOptions): Promise<readonly TableReport[]> {
  const reports: TableReport[] = []
  for (const table of await lake.tables(namespace)) {
    try {
      reports.push(await tableReport(lake, { namespace, table }, options))
    } catch (error) {
      options.findings.push(failureFinding(error, 'Restore the lake folder from a backup.'))
    }
  }
  return reports
}

async function tableReport(lake: Lake, name: TableName, { log, findings, compacts }: LakeReportOptions): Promise<TableReport> {
  const [snapshots, { snapshot, files }] = await Promise.all([lake.snapshots(name), lake.scan(name)])
  const wrong = await wrongFiles(files)
  if (wrong.length > 0) {
    findings.push({
      level: 'operating',
      code: 'lake/file-missing',
      message: `Table \`${name.namespace}.${name.table}\` lacks ${wrong.length} of ${files.length} data files: ${wrong.slice(0, NAMED_FILES_MAX).join(', ')}${wrong.length > NAMED_FILES_MAX ? ' …' : ''}.`,
      do: 'Restore them from a backup of the lake folder; with the log files still there, `--replace` or `dev --reset` computes the table anew.',
    })
  }
  if (snapshot !== undefined && log !== undefined) noteAhead(name, snapshot.positions, log, findings)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (!compacts(name.table) && files.length > SMALL_FILES_MAX && bytes / files.length < SMALL_FILE_BYTES) {
    findings.push({
      level: 'warning',
      code: 'lake/small-files',
      message: `Table \`${name.namespace}.${name.table}\` consists of ${files.length} small data files.`,
      do: `Nothing breaks, but scans take longer than over fewer files: \`millrace tables compact ${name.table}\` puts them together.`,
    })
  }
  return {
    table: name.table,
    snapshots: snapshots.length,
    rows: snapshot?.rows ?? 0,
    files: files.length,
    bytes,
    committed_at: snapshot === undefined ? null : new Date(snapshot.at).toISOString(),
    missing_files: wrong.length,
  }
}

async function wrongFiles(files: readonly { readonly path: string; readonly bytes: number }[]): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const { path, bytes } of files) {
    const size = await stat(path).then(
      (found) => found.size,
      () => undefined,
    )
    if (size === undefined) wrong.push(path)
    else if (size !== bytes) wrong.push(`${path} (${size} bytes, not ${bytes})`)
  }
  return wrong
}

/** A snapshot that holds more of a topic than the log ever had belongs to another log. */
function noteAhead(name: TableName, positions: Positions, log: LogReport, findings: DoctorFinding[]): void {
  for (const [topic, partitions] of Object.entries(positions)) {
    const ranges = log.topics.find((one) => one.topic === topic)?.ranges ?? []
    const ahead = Object.entries(partitions).find(([partition, next]) => next > (ranges[Number(partition)]?.[1] ?? 0))
    if (ahead === undefined) continue
    findings.push({
      level: 'operating',
      code: 'lake/ahead-of-log',
      message: `Table \`${name.namespace}.${name.table}\` holds \`${topic}\`/${ahead[0]} up to ${ahead[1]}, the log only up to ${ranges[Number(ahead[0])]?.[1] ?? 0}.`,
      do: 'Restore log and lake from one backup.',
    })
  }
}
