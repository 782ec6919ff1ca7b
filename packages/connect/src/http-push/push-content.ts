import { gunzipSync } from 'node:zlib'
import { type MillraceError, userError } from '@millrace/core'

/** What a body holds, by its content type. */
export type PushKind = 'json' | 'json-lines' | 'csv'

const KINDS: Readonly<Record<string, PushKind>> = {
  'application/json': 'json',
  'application/x-ndjson': 'json-lines',
  'application/ndjson': 'json-lines',
  'application/jsonl': 'json-lines',
  'application/jsonlines': 'json-lines',
  'text/csv': 'csv',
}

/** What is in a body of this content type; refuses others with `ingest/content-type`. */
export function pushKind(contentType: string | undefined): PushKind {
  const name = (contentType ?? '').split(';')[0].trim().toLowerCase()
  if (Object.hasOwn(KINDS, name)) return KINDS[name]
  throw userError('ingest/content-type', `A body of type \`${name}\` cannot be taken in.`, {
    asked: contentType ?? null,
    found: Object.keys(KINDS),
    do: 'Send JSON, JSON lines or CSV, and say which with the header content-type.',
  })
}

/**
 * The body as it was before it was compressed.
 *
 * @throws user `ingest/content-encoding`, `ingest/bad-gzip`, `ingest/too-large`
 */
export function pushContent(body: Uint8Array, encoding: string | undefined, bytesMax: number): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const name = (encoding ?? 'identity').trim().toLowerCase()
  if (name === 'identity' || name === '') return bytes.length > bytesMax ? refuse(tooLarge(bytes.length, bytesMax)) : bytes
  if (name !== 'gzip' && name !== 'x-gzip') {
    throw userError('ingest/content-encoding', `A body encoded as \`${name}\` cannot be taken in.`, {
      asked: name,
      found: ['identity', 'gzip'],
      do: 'Send it as it is, or compressed with gzip.',
    })
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax })
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(undefined, bytesMax) : badGzip(cause)
  }
}

/** The refusal of a body that is larger than a stream takes. */
export function tooLarge(bytes: number | undefined, bytesMax: number): MillraceError {
  return userError('ingest/too-large', `The body is larger than the ${bytesMax} bytes that the stream takes at a time.`, {
    asked: bytes ?? `more than ${bytesMax} bytes once it is decompressed`,
    found: bytesMax,
    do: 'Split the records over several requests.',
  })
}

function refuse(error: MillraceError): never {
  throw error
}

function badGzip(cause: unknown): MillraceError {
  const found = cause instanceof Error ? cause.message : String(cause)
  return userError('ingest/bad-gzip', `The body is said to be gzip and cannot be decompressed: ${found}.`, {
    asked: 'content-encoding: gzip',
    found,
    do: 'Send the whole body; nothing of it was taken in.',
    cause,
  })
}
