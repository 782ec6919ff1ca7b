import { createHash } from 'node:crypto'
import { type CsvOptions, type EventLog, type LogTransaction, MillraceError, userError } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import type { IngestSession, IngestStream, PreparedBlock } from '../ingest/ingest-session.ts'
import { joinDecoded } from '../ingest/join-decoded.ts'
import { IdempotencyKeys, type KeyedAnswer } from './idempotency-keys.ts'
import { pushContent, pushKind } from './push-content.ts'
import { PushDecoder } from './push-decoder.ts'
import type { PushAnswer, PushOutcome, PushRequest } from './push-request.ts'

/** Characters of an idempotency key. */
const KEY_LENGTH_MAX = 256
/** The one split of an HTTP listener. */
export const PUSH_SPLIT = 'http'

export interface PushIntakeOptions {
  readonly log: Pick<EventLog, 'get'>
  readonly stream: IngestStream
  readonly session: IngestSession
  readonly csv: CsvOptions
  readonly bodyBytesMax: number
  readonly idempotency: { readonly keysMax: number; readonly ageMs: number }
}

/** Requests that are ready to be committed together. */
export interface PreparedPush {
  /** One for each request, in order; those that are no failures hold once block and keys are durable. */
  readonly outcomes: readonly PushOutcome[]
  /** Undefined when no request brought a record. */
  readonly block: PreparedBlock | undefined
  /** Keeps the answers by their keys. */
  writeKeys(transaction: LogTransaction): void
}

/** Turns requests into stamped records and answers. A failure of one request leaves the others alone. */
export class PushIntake {
  readonly #options: PushIntakeOptions
  readonly #decoder: PushDecoder
  readonly #keys: IdempotencyKeys

  constructor(options: PushIntakeOptions) {
    this.#options = options
    this.#decoder = new PushDecoder(options.stream, options.csv)
    this.#keys = new IdempotencyKeys(options.log, { stream: options.stream.topic, ...options.idempotency })
  }

  /** Decodes and stamps requests; `firstLine` is the number of their first record, from 1. */
  prepare(requests: readonly PushRequest[], at: { readonly firstLine: number; readonly now: number }): PreparedPush {
    const answers: KeyedAnswer[] = []
    const decoded: DecodedLines[] = []
    let { firstLine } = at
    const outcomes = requests.map((request): PushOutcome => {
      try {
        const known = this.#known(request, answers, at.now)
        if (known !== undefined) return { answer: known, repeated: true }
        const lines = this.#decode(request, firstLine)
        const answer = this.#answer(lines)
        if (request.idempotencyKey !== undefined) answers.push({ key: request.idempotencyKey, body: bodyDigest(request.body), answer })
        if (lines.lines > 0) decoded.push(lines)
        firstLine += lines.lines
        return { answer, repeated: false }
      } catch (error) {
        if (!(error instanceof MillraceError) || error.family === 'bug') throw error
        return { error }
      }
    })
    const { session } = this.#options
    const block = decoded.length === 0 ? undefined : session.prepareDecoded(joinDecoded(decoded), { split: PUSH_SPLIT, ingestedAt: at.now })
    const writeKeys = (transaction: LogTransaction): void => this.#keys.write(transaction, answers, at.now)
    return { outcomes, block, writeKeys }
  }

  /** The answer to an earlier request of the same key, also one that is not committed yet. */
  #known({ idempotencyKey: key, body }: PushRequest, answers: readonly KeyedAnswer[], now: number): PushAnswer | undefined {
    if (key === undefined) return undefined
    if (key === '' || key.length > KEY_LENGTH_MAX) throw badKey(key)
    const known = answers.find((answer) => answer.key === key) ?? this.#keys.find(key, now)
    if (known === undefined) return undefined
    if (known.body === bodyDigest(body)) return known.answer
    throw userError('ingest/key-reused', `The Idempotency-Key \`${key}\` was used for another body.`, {
      asked: key,
      found: 'a body of other content',
      do: 'Give each request a key of its own, and repeat a request as it was.',
    })
  }

  #decode({ body, contentType, contentEncoding }: PushRequest, firstLine: number): DecodedLines {
    const kind = pushKind(contentType)
    return this.#decoder.decode(pushContent(body, contentEncoding, this.#options.bodyBytesMax), kind, firstLine)
  }

  #answer({ batch, deadLetters }: DecodedLines): PushAnswer {
    const reasons: Record<string, number> = {}
    for (const { reason } of deadLetters) reasons[reason] = (reasons[reason] ?? 0) + 1
    return { stream: this.#options.stream.topic, accepted: batch.rows, dead_letters: deadLetters.length, reasons }
  }
}

function bodyDigest(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

function badKey(key: string): MillraceError {
  return userError('ingest/bad-key', `An Idempotency-Key has 1 to ${KEY_LENGTH_MAX} characters; this one has ${key.length}.`, {
    asked: key.slice(0, KEY_LENGTH_MAX),
    found: key.length,
    do: 'Use a UUID.',
  })
}
