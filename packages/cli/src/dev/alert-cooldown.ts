import { createHash } from 'node:crypto'
import type { EventLog, LogTransaction } from '@millrace/core'

/** When each key of an alert was raised last, in one partition of its view: kept in the log, so that a restart raises none twice. */
export class AlertCooldown {
  readonly #prefix: string
  readonly #ms: number
  readonly #last = new Map<string, number>()
  readonly #changed = new Map<string, number | undefined>()
  #latest = Number.NEGATIVE_INFINITY

  constructor(log: Pick<EventLog, 'entries'>, of: { readonly alert: string; readonly partition: number; readonly cooldownMs: number }) {
    this.#prefix = `alert/${of.alert}/${of.partition}/`
    this.#ms = of.cooldownMs
    for (const { key, value } of log.entries(this.#prefix))
      this.#last.set(key.slice(this.#prefix.length), Number(Buffer.from(value).toString('utf8')))
  }

  /** Whether the key may be raised again at this window end; then it is noted as raised. Ends do not fall for a key. */
  admits(key: string, windowEnd: number): boolean {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32)
    const last = this.#last.get(name)
    if (last !== undefined && windowEnd - last < this.#ms) return false
    this.#last.set(name, windowEnd)
    this.#changed.set(name, windowEnd)
    return true
  }

  /** Windows that end before `windowEnd` will not come any more: what has cooled down by then is forgotten. */
  passed(windowEnd: number): void {
    if (windowEnd <= this.#latest) return
    this.#latest = windowEnd
    for (const [name, last] of this.#last) {
      if (windowEnd - last < this.#ms) continue
      this.#last.delete(name)
      this.#changed.set(name, undefined)
    }
  }

  /** What changed since the last call, to be put into a transaction once the alerts of that time were handed on. */
  takeChanges(): (transaction: LogTransaction) => void {
    const changed = [...this.#changed]
    this.#changed.clear()
    return (transaction) => {
      for (const [name, last] of changed) {
        if (last === undefined) transaction.remove(this.#prefix + name)
        else transaction.put(this.#prefix + name, Buffer.from(String(last)))
      }
    }
  }
}
