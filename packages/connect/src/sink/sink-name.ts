import { randomUUID } from 'node:crypto'
import type { EventLog } from '@millrace/core'

const LOG_ID_KEY = 'sink-log-id'

/** The consumer under which a sink's progress stands in the log. */
export function sinkConsumer(name: string): string {
  return `sink:${name}`
}

/** The identity of a log, given to it when a sink first asks. */
export async function sinkLogId(log: EventLog): Promise<string> {
  const known = log.get(LOG_ID_KEY)
  if (known !== undefined) return Buffer.from(known).toString('utf8')
  return log.transact((transaction) => {
    const other = transaction.get(LOG_ID_KEY)
    if (other !== undefined) return Buffer.from(other).toString('utf8')
    const id = randomUUID()
    transaction.put(LOG_ID_KEY, Buffer.from(id))
    return id
  })
}
