import type { MillraceError } from '@millrace/core'

/** A request whose sender is known to be who it should be. */
export interface PushRequest {
  readonly body: Uint8Array
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly idempotencyKey: string | undefined
}

/** What became of the records of a request; all of it is durable. */
export interface PushAnswer {
  readonly stream: string
  readonly accepted: number
  readonly dead_letters: number
  /** Dead letters by reason. */
  readonly reasons: Readonly<Record<string, number>>
}

/** `repeated`: the records were taken in with an earlier request of the same key. */
export type PushOutcome = { readonly answer: PushAnswer; readonly repeated: boolean } | { readonly error: MillraceError }
