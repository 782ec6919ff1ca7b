import type { EventLog, LogTransaction } from '@millrace/core'
import type { ResumePoint } from '@millrace/engine-flink'

const PREFIX = 'flink/resume/'

/** Where a job can be taken up again, as it was last noted. */
export function resumePoint(log: Pick<EventLog, 'get'>, jobName: string): ResumePoint | undefined {
  const bytes = log.get(PREFIX + jobName)
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as ResumePoint)
}

export function noteResumePoint(transaction: LogTransaction, point: ResumePoint): void {
  transaction.put(PREFIX + point.jobName, Buffer.from(JSON.stringify(point)))
}

export function forgetResumePoint(transaction: LogTransaction, jobName: string): void {
  transaction.remove(PREFIX + jobName)
}
