import { MillraceError } from '@millrace/core'
import type { FastifyError } from 'fastify'
import type { Failure } from '../schema/failure.ts'

const NOT_FOUND = new Set([
  'ingest/unknown-stream',
  'score/unknown-model',
  'score/unknown-key',
  'model/unknown-model',
  'request/unknown-route',
  'alert/no-runbook',
])
const STATUS: Readonly<Record<string, number>> = {
  'request/malformed': 400,
  'request/foreign-host': 403,
  'request/too-large': 413,
  'request/content-type': 415,
  'score/batch-size': 413,
  'ingest/malformed': 400,
  'ingest/bad-gzip': 400,
  'ingest/bad-key': 400,
  'ingest/bad-signature': 401,
  'ingest/stale-signature': 401,
  'ingest/too-large': 413,
  'ingest/content-type': 415,
  'ingest/content-encoding': 415,
  'ingest/too-many-requests': 429,
}

/** Status and document of a failure: 4xx is the caller's to mend, 503 passes by itself, 500 is our bug. */
export function failureAnswer(error: unknown): { readonly status: number; readonly body: Failure; readonly isFault: boolean } {
  if (error instanceof MillraceError) {
    const status = NOT_FOUND.has(error.code) ? 404 : (STATUS[error.code] ?? familyStatus(error))
    return { status, body: error.toDocument() as Failure, isFault: error.family === 'bug' }
  }
  const known = fastifyFailure(error as FastifyError)
  if (known !== undefined) return { ...known, isFault: false }
  const body = {
    error: { code: 'server/bug', message: 'The server failed to answer; the reason stands in its own output.', do: 'Try again.' },
  }
  return { status: 500, body, isFault: true }
}

function familyStatus({ family }: MillraceError): number {
  if (family === 'user') return 422
  return family === 'operating' ? 503 : 500
}

interface ValidationFault {
  readonly instancePath?: string
  readonly message?: string
}

/** What the framework refuses before a route sees it. */
function fastifyFailure(error: FastifyError): { readonly status: number; readonly body: Failure } | undefined {
  const failure = (status: number, code: string, message: string, facts: { found?: unknown; do: string }) => ({
    status,
    body: { error: { code, message, ...facts } },
  })
  if (error.validation !== undefined) {
    const faults = error.validation as unknown as readonly ValidationFault[]
    const found = faults.map(({ instancePath, message }) =>
      `${error.validationContext ?? 'body'}${instancePath ?? ''} ${message ?? ''}`.trim(),
    )
    return failure(422, 'request/invalid', `The request does not have the form of this route: ${found[0]}.`, {
      found,
      do: 'GET /openapi.json describes every route.',
    })
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return failure(413, 'request/too-large', 'The request body is larger than the server takes.', { do: 'Split it over several requests.' })
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return failure(415, 'request/content-type', 'The request body is not JSON.', { do: 'Send it with content-type: application/json.' })
  }
  if (error.statusCode === 400) {
    return failure(400, 'request/malformed', `The request cannot be read: ${error.message}.`, { do: 'Send valid JSON.' })
  }
  return undefined
}
