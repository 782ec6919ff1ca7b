import type { EventLog, LogTransaction } from '@millrace/core'
import type { AssetChange } from './definition-change.ts'

/** A change of definitions that a live scope went on with. */
export interface RecordedChange {
  /** ISO 8601. */
  readonly at: string
  readonly assets: Readonly<Record<string, AssetChange>>
}

const PREFIX = 'change/'
/** There while tables may not have their columns yet. */
const UNFITTED_KEY = 'change-tables'

/** Writes a change down, in the transaction that makes it. */
export function noteChange(log: Pick<EventLog, 'entries'>, transaction: LogTransaction, assets: RecordedChange['assets']): RecordedChange {
  const change = { at: new Date().toISOString(), assets }
  const place = String([...log.entries(PREFIX)].length + 1).padStart(6, '0')
  transaction.put(PREFIX + place, Buffer.from(JSON.stringify(change)))
  transaction.put(UNFITTED_KEY, Buffer.of(1))
  return change
}

/** All changes of a scope, the first one first. */
export function recordedChanges(log: Pick<EventLog, 'entries'>): readonly RecordedChange[] {
  return [...log.entries(PREFIX)].map(({ value }) => JSON.parse(Buffer.from(value).toString('utf8')) as RecordedChange)
}

/** Whether tables have to be brought to the columns of a change that was made. */
export function areTablesUnfitted(log: Pick<EventLog, 'get'>): boolean {
  return log.get(UNFITTED_KEY) !== undefined
}

export async function noteTablesFitted(log: EventLog): Promise<void> {
  await log.transact((transaction) => transaction.remove(UNFITTED_KEY))
}
