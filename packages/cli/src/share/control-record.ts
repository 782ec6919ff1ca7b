import type { EventLog } from '@millrace/core'
import type { ProcessMark } from '@millrace/engine-stream'
import { isGone, ownMark } from './process-mark.ts'

/** The process that takes records in and does all but the views, as it stands in the log of the scope. */
export interface ControlRecord {
  readonly process: ProcessMark
  readonly since: string
  /** It is being brought to its end: what was read is to be committed soon. */
  readonly isDraining: boolean
}

const CONTROL_KEY = 'control'

/** The process in control, while it lives. */
export function livingControl(log: Pick<EventLog, 'get'>): ControlRecord | undefined {
  const bytes = log.get(CONTROL_KEY)
  if (bytes === undefined) return undefined
  const record = JSON.parse(Buffer.from(bytes).toString('utf8')) as ControlRecord
  return isGone(record.process) ? undefined : record
}

/** Says in a scope's log that this process is in control, until `end`. */
export class Control {
  readonly #log: EventLog
  readonly #since = new Date().toISOString()

  private constructor(log: EventLog) {
    this.#log = log
  }

  static async begin(log: EventLog): Promise<Control> {
    const control = new Control(log)
    await control.#say(false)
    return control
  }

  async drain(): Promise<void> {
    await this.#say(true)
  }

  /** A record that cannot be removed, on a full disk, names a process that will have ended. */
  async end(): Promise<void> {
    await this.#log.transact((transaction) => transaction.remove(CONTROL_KEY)).catch(() => {})
  }

  async #say(isDraining: boolean): Promise<void> {
    const record: ControlRecord = { process: ownMark(), since: this.#since, isDraining }
    await this.#log.transact((transaction) => transaction.put(CONTROL_KEY, Buffer.from(JSON.stringify(record))))
  }
}
