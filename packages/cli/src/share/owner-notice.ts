import type { DevOutput } from '../dev/dev-event.ts'
import type { StreamShares } from './sharers.ts'

/** Time without anybody computing a stream's views after which it is said: on a busy machine threads take some seconds to start. */
const NOBODY_MS = 15_000

/** Tells of those who compute the views, where others than this process do or nobody does. */
export class OwnerNotice {
  readonly #output: DevOutput
  readonly #alone: boolean
  readonly #waiting = new Map<string, NodeJS.Timeout>()
  /** Streams of which other processes were told. */
  readonly #shared = new Set<string>()

  /** `alone`: also tells of this process where it is the only one. */
  constructor(output: DevOutput, options: { readonly alone: boolean } = { alone: false }) {
    this.#output = output
    this.#alone = options.alone
  }

  take({ stream, sharers, free }: StreamShares): void {
    clearTimeout(this.#waiting.get(stream))
    if (sharers.length === 0) this.#waiting.set(stream, setTimeout(() => this.#tellOfNobody(stream), NOBODY_MS).unref())
    if (sharers.some(({ pid }) => pid !== process.pid)) this.#shared.add(stream)
    if (this.#alone || this.#shared.has(stream)) void this.#output.show({ kind: 'owners', stream, owners: sharers, free })
  }

  #tellOfNobody(stream: string): void {
    void this.#output.show({
      kind: 'problem',
      stream,
      code: 'up/nobody-computes',
      message: `Nobody computes the views of \`${stream}\`; its records wait in the log.`,
      do: 'Start `millrace up --role stream` on the same project, state folder and environment.',
    })
  }
}
