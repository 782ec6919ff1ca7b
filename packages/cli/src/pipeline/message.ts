import type { MessagePort } from 'node:worker_threads'
import { type ErrorFacts, type ErrorFamily, MillraceError } from '@millrace/core'
import { StreamFault } from '@millrace/engine-stream'

/** A failure as it crosses from a worker thread. */
export interface FailureMessage {
  readonly kind: 'failed'
  readonly family: ErrorFamily
  readonly code: string
  readonly message: string
  readonly facts: ErrorFacts
  readonly stack: string | undefined
}

/** Packs a failure for another thread; what is no MillraceError is our bug. */
export function failureMessage(error: unknown): FailureMessage {
  if (error instanceof MillraceError) {
    const { cause: _, ...facts } = error.facts
    return { kind: 'failed', family: error.family, code: error.code, message: error.message, facts, stack: error.stack }
  }
  if (error instanceof StreamFault)
    return { kind: 'failed', family: 'operating', code: error.code, message: error.message, facts: {}, stack: error.stack }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  return {
    kind: 'failed',
    family: 'bug',
    code: 'bug/unexpected',
    message,
    facts: { do: 'Please report this with the command and its input.' },
    stack,
  }
}

/** Does a thread's work: a failure is told, and ends it. */
export function runThread(port: MessagePort, work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    port.postMessage(failureMessage(error))
    port.close()
  })
}

export function failureOf(message: FailureMessage): MillraceError {
  const error = new MillraceError(message.family, message.code, message.message, message.facts)
  if (message.stack !== undefined) error.stack = message.stack
  return error
}
