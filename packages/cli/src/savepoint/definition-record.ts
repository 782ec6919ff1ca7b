import { compileAsset, type EventLog, type LogTransaction, type Plan, type Project } from '@millrace/core'
import { mainStream } from '../pipeline/view-job.ts'

/** A stream or a view as it was declared when its state began, or was last changed. */
export interface DefinitionRecord {
  readonly plan: Plan
  /** The stream whose workers compute it. */
  readonly stream: string
}

const PREFIX = 'definition/'

/** The definitions beside a scope's state, by asset; a scope that is older than this record has none. */
export function recordedDefinitions(log: Pick<EventLog, 'entries'>): ReadonlyMap<string, DefinitionRecord> {
  return new Map(
    [...log.entries(PREFIX)].map(({ key, value }) => [
      key.slice(PREFIX.length),
      JSON.parse(Buffer.from(value).toString('utf8')) as DefinitionRecord,
    ]),
  )
}

/** Writes the project's definitions down beside the state, in place of those that were there. */
export function recordDefinitions(log: Pick<EventLog, 'entries'>, transaction: LogTransaction, project: Project): void {
  for (const name of recordedDefinitions(log).keys()) transaction.remove(PREFIX + name)
  for (const asset of [...project.streams, ...project.computed]) {
    const record: DefinitionRecord = { plan: compileAsset(asset).plan, stream: mainStream(asset).name }
    transaction.put(PREFIX + asset.name, Buffer.from(JSON.stringify(record)))
  }
}
