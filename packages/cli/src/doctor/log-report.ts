import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type StateView, stateView } from '@millrace/engine-stream'
import { type LogStats, openLog } from '@millrace/log-lmdb'
import { type DoctorFinding, failureFinding } from './finding.ts'
import { type ShareReport, shareReport } from './share-report.ts'

/** A file this large of which less than this share holds something is worth a word. */
const SPARSE_BYTES_MIN = 256 * 1024 ** 2
const USED_SHARE_MIN = 0.25
const STREAM_CONSUMER = 'stream:'

export interface TopicReport {
  readonly topic: string
  readonly bytes: number
  /** First offset kept and next one, by partition. */
  readonly ranges: readonly (readonly [number, number])[]
  /** Records that each consumer has yet to pass, over all partitions. */
  readonly lag: Readonly<Record<string, number>>
}

export interface LogReport {
  readonly path: string
  readonly file_bytes: number
  readonly live_bytes: number
  readonly free_bytes: number
  readonly topics: readonly TopicReport[]
  /** Who computes the views; of what an environment follows. */
  readonly shares?: ShareReport
  /** What operators keep, by view; when asked for. */
  readonly state?: Readonly<Record<string, readonly StateView[]>>
}

/** Looks at the log of one scope beside its writer; undefined where there is none. */
export async function logReport(
  path: string,
  options: { readonly state: boolean; readonly findings: DoctorFinding[] },
): Promise<LogReport | undefined> {
  if (!existsSync(join(path, 'data.mdb'))) return undefined
  try {
    const log = openLog({ path, readOnly: true })
    try {
      const stats = log.stats()
      noteSparse(stats, options.findings)
      const report: LogReport = {
        path,
        file_bytes: stats.fileBytes,
        live_bytes: stats.usedBytes,
        free_bytes: stats.freeBytes,
        topics: stats.topics.map(topicReport).filter(isInUse),
        shares: shareReport(log),
      }
      return options.state ? { ...report, state: stateViews(stats, log) } : report
    } finally {
      await log.close()
    }
  } catch (error) {
    options.findings.push(failureFinding(error, 'Restore the log from a backup, or delete the folder to start over.'))
    return undefined
  }
}

function topicReport({ topic, bytes, partitions, consumers }: LogStats['topics'][number]): TopicReport {
  const behind = (positions: readonly (number | undefined)[]): number =>
    partitions.reduce((sum, { first, next }, i) => sum + next - Math.max(first, positions[i] ?? first), 0)
  return {
    topic,
    bytes,
    ranges: partitions.map(({ first, next }) => [first, next] as const),
    lag: Object.fromEntries(consumers.map(({ consumer, positions }) => [consumer, behind(positions)])),
  }
}

/** Topics that never held anything and that nobody reads are left out. */
function isInUse({ ranges, lag }: TopicReport): boolean {
  return ranges.some(([, next]) => next > 0) || Object.keys(lag).length > 0
}

/** Views are the consumers of a stream's topic that are called after them. */
function stateViews(stats: LogStats, log: Parameters<typeof stateView>[0]): Record<string, readonly StateView[]> {
  const views: Record<string, readonly StateView[]> = {}
  for (const { partitions, consumers } of stats.topics) {
    for (const { consumer } of consumers) {
      if (!consumer.startsWith(STREAM_CONSUMER)) continue
      const view = consumer.slice(STREAM_CONSUMER.length)
      views[view] = stateView(log, view, partitions.length)
    }
  }
  return views
}

function noteSparse(stats: LogStats, findings: DoctorFinding[]): void {
  if (stats.fileBytes < SPARSE_BYTES_MIN || stats.usedBytes > stats.fileBytes * USED_SHARE_MIN) return
  findings.push({
    level: 'warning',
    code: 'log/mostly-free',
    message: `The log in ${stats.path} takes ${mib(stats.fileBytes)} MiB, of which ${mib(stats.usedBytes)} are in use.`,
    do: 'Nothing, unless the disk is needed: free pages are used again, but the file never shrinks.',
  })
}

function mib(bytes: number): number {
  return Math.round(bytes / 1024 ** 2)
}
