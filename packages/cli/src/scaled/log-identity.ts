import { randomUUID } from 'node:crypto'
import type { EventLog } from '@millrace/core'

const KEY = 'log-identity'

/** What tells this log from every other one, also from another in the same folder: given to it when it is first asked for. */
export function logIdentity(log: Pick<EventLog, 'transact'>): Promise<string> {
  return log.transact((transaction) => {
    const known = transaction.get(KEY)
    if (known !== undefined) return Buffer.from(known).toString('utf8')
    const identity = randomUUID()
    transaction.put(KEY, Buffer.from(identity))
    return identity
  })
}
