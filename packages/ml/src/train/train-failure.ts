import { type ErrorFacts, type ErrorFamily, MillraceError } from '@millrace/core'

/** A failure as it crosses from the training thread. */
export interface TrainFailure {
  readonly kind: 'failed'
  readonly family: ErrorFamily
  readonly code: string
  readonly message: string
  readonly facts: ErrorFacts
}

/** Packs a failure for another thread; what is no MillraceError is our bug. */
export function trainFailure(error: unknown): TrainFailure {
  if (error instanceof MillraceError) {
    const { cause: _, ...facts } = error.facts
    return { kind: 'failed', family: error.family, code: error.code, message: error.message, facts }
  }
  const message = error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
  return { kind: 'failed', family: 'bug', code: 'bug/unexpected', message, facts: { do: 'Please report this with the training set.' } }
}

export function errorOf({ family, code, message, facts }: TrainFailure): MillraceError {
  return new MillraceError(family, code, message, facts)
}
