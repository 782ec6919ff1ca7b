import type { Batch } from '@millrace/columnar'
import { operatingError } from '@millrace/core'
import { jsonRows } from '../json-rows.ts'
import type { Sink, SinkPartition, SinkSpan } from '../sink.ts'
import { post } from './post.ts'

export interface HttpSinkOptions {
  /** Name of the sink; part of the idempotency keys. */
  readonly name: string
  readonly url: string
  /** Signs the bodies. */
  readonly secret?: string
}

const REQUEST_MS_MAX = 30_000

/**
 * Posts rows as JSON lines (`application/x-ndjson`). A repeat has the same `Idempotency-Key`, made of the sink's name and the offsets, and
 * the same rows, so a receiver that remembers keys has each row once.
 */
export class HttpSink implements Sink {
  readonly stableSpans = true
  readonly #options: HttpSinkOptions
  #leaving = new AbortController()
  readonly #accepted = new Map<string, number>()

  constructor(options: HttpSinkOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#leaving = new AbortController()
  }

  /** @throws operating `sink/not-accepted`; `details.retry_after_ms` when the receiver said when to come again */
  async write(batch: Batch, at: SinkSpan): Promise<void> {
    const { name, url, secret } = this.#options
    const idempotencyKey = [name, at.log, at.topic, at.partition, `${at.from}-${at.next}`].join('/')
    const outcome = await post({
      url,
      secret,
      idempotencyKey,
      body: jsonRows(batch),
      contentType: 'application/x-ndjson',
      timeoutMs: REQUEST_MS_MAX,
      signal: this.#leaving.signal,
    })
    if (outcome.kind === 'accepted') {
      this.#accepted.set(keyOf(at), at.next)
      return
    }
    throw operatingError('sink/not-accepted', `Sink \`${name}\` could not post ${batch.rows} rows to ${hostOf(url)}: ${outcome.error}.`, {
      asked: { rows: batch.rows, idempotency_key: idempotencyKey },
      found: outcome.error,
      do: 'Nothing: it is tried again until the receiver takes it. A receiver that refuses needs mending.',
      details: outcome.kind === 'unavailable' && outcome.afterMs !== undefined ? { retry_after_ms: outcome.afterMs } : {},
    })
  }

  async settle(): Promise<void> {}

  async position(partition: SinkPartition): Promise<number | undefined> {
    return this.#accepted.get(keyOf(partition))
  }

  async close(): Promise<void> {
    this.#leaving.abort()
  }
}

function keyOf({ log, topic, partition }: SinkPartition): string {
  return `${log}/${topic}/${partition}`
}

/** Paths and parameters of such addresses often are secrets. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'an address that is no URL'
}
