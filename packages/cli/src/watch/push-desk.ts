import { checkSignature, type PushAnswer, RequestRate, tooLarge } from '@millrace/connect'
import { type HttpPushDeclaration, type MillraceError, operatingError, type StreamAsset, userError } from '@millrace/core'
import type { IngestRequest, IngestView } from '@millrace/server'
import type { PushLine } from '../dev/push-line.ts'
import { settingValue } from '../outbox/alert-notice.ts'

interface Desk {
  readonly from: HttpPushDeclaration
  readonly line: PushLine
  readonly rate: RequestRate
  /** Undefined where bodies need not be signed. */
  readonly secret: string | undefined
}

/** Looks at requests for streams before they are taken in: whose they are, how many, and how large. */
export class PushDesk implements IngestView {
  readonly bodyBytesMax: number
  readonly #desks: ReadonlyMap<string, Desk>

  constructor(streams: readonly StreamAsset[], lines: ReadonlyMap<string, PushLine>, environment = process.env) {
    const desks = pushStreams(streams).map(({ name, from }) => {
      const secret = from.signature === undefined ? undefined : settingValue(from.signature.secret, environment)
      const rate = new RequestRate(from.limits.requestsPerSecondMax, performance.now())
      return [name, { from, line: lines.get(name) as PushLine, rate, secret }] as const
    })
    this.#desks = new Map(desks)
    this.bodyBytesMax = Math.max(1, ...desks.map(([, { from }]) => from.limits.bodyBytesMax))
  }

  async push(stream: string, { headers, body }: IngestRequest): Promise<PushAnswer> {
    const desk = this.#desks.get(stream)
    if (desk === undefined) throw unknownStream(stream, [...this.#desks.keys()])
    const { signature, limits } = desk.from
    if (body.length > limits.bodyBytesMax) throw tooLarge(body.length, limits.bodyBytesMax)
    if (signature !== undefined) {
      if (desk.secret === undefined) throw secretNotSet(stream)
      checkSignature({ headers, body }, { ...signature, secret: desk.secret }, Date.now())
    }
    // Behind the signature: what others send takes nothing from the sender's share.
    const seconds = desk.rate.take(performance.now())
    if (seconds > 0) throw tooMany(stream, limits.requestsPerSecondMax, seconds)
    const header = (name: string): string | undefined => (typeof headers[name] === 'string' ? headers[name] : undefined)
    return desk.line.push({
      body,
      contentType: header('content-type'),
      contentEncoding: header('content-encoding'),
      idempotencyKey: header('idempotency-key'),
    })
  }
}

type PushStream = StreamAsset & { readonly from: HttpPushDeclaration }

export function pushStreams(streams: readonly StreamAsset[]): readonly PushStream[] {
  return streams.filter((stream): stream is PushStream => stream.from.kind === 'http-push')
}

/** Variables that hold no secret, though a stream's signatures need it. */
export function unsetSecrets(streams: readonly StreamAsset[], environment = process.env): readonly string[] {
  return pushStreams(streams).flatMap(({ from: { signature } }) =>
    signature === undefined || settingValue(signature.secret, environment) !== undefined
      ? []
      : [typeof signature.secret === 'object' ? signature.secret.env : 'an empty text'],
  )
}

function unknownStream(asked: string, found: readonly string[]): MillraceError {
  return userError('ingest/unknown-stream', `No stream \`${asked}\` takes records over HTTP.`, {
    asked,
    found,
    do: found.length === 0 ? 'Declare a stream with `from: httpPush()`.' : 'Name one of the streams found.',
  })
}

function tooMany(stream: string, limit: number, seconds: number): MillraceError {
  return userError('ingest/too-many-requests', `Stream \`${stream}\` takes ${limit} requests a second; this is one more.`, {
    asked: stream,
    found: limit,
    do: 'Send it again after the time in Retry-After; send more records with each request.',
    details: { retry_after_seconds: seconds },
  })
}

function secretNotSet(stream: string): MillraceError {
  return operatingError('ingest/secret-not-set', `Stream \`${stream}\` takes signed requests only, and its secret is not set here.`, {
    asked: stream,
    found: 'no secret',
    do: 'Set the environment variable that the declaration names, and start again.',
  })
}
