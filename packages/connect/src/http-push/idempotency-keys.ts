import { createHash } from 'node:crypto'
import type { EventLog, LogTransaction } from '@millrace/core'
import type { PushAnswer } from './push-request.ts'

/** Answers that are forgotten in one transaction at most. */
const FORGOTTEN_MAX = 1_000
const PLACE_DIGITS = 16

interface Kept {
  readonly answer: PushAnswer
  /** SHA-256 of the body that was answered. */
  readonly body: string
  readonly at: number
  readonly place: number
}

interface Range {
  readonly first: number
  readonly next: number
}

/** An answer that is to be kept. */
export interface KeyedAnswer {
  readonly key: string
  readonly body: string
  readonly answer: PushAnswer
}

/** Answers by idempotency key in the log's key-value store, bounded by count and age; written in the transaction of their records. */
export class IdempotencyKeys {
  readonly #log: Pick<EventLog, 'get'>
  readonly #prefix: string
  readonly #keysMax: number
  readonly #ageMs: number

  constructor(log: Pick<EventLog, 'get'>, options: { readonly stream: string; readonly keysMax: number; readonly ageMs: number }) {
    this.#log = log
    this.#prefix = `push/${options.stream}`
    this.#keysMax = options.keysMax
    this.#ageMs = options.ageMs
  }

  /** What was answered under the key, and to which body. */
  find(key: string, now: number): { readonly answer: PushAnswer; readonly body: string } | undefined {
    const kept = read<Kept>(this.#log.get(this.#keyOf(key)))
    return kept === undefined || kept.at < now - this.#ageMs ? undefined : kept
  }

  /** Keeps the answers, and forgets the oldest of those that are too many or too old. */
  write(transaction: LogTransaction, answers: readonly KeyedAnswer[], now: number): void {
    const range = read<Range>(transaction.get(`${this.#prefix}/range`)) ?? { first: 0, next: 0 }
    let { first, next } = range
    for (const { key, body, answer } of answers) {
      transaction.put(this.#keyOf(key), pack({ answer, body, at: now, place: next } satisfies Kept))
      transaction.put(this.#placeOf(next), pack({ key }))
      next += 1
    }
    for (let forgotten = 0; first < next && forgotten < FORGOTTEN_MAX; forgotten++) {
      if (!this.#forget(transaction, { first, next }, now)) break
      first += 1
    }
    if (first !== range.first || next !== range.next) transaction.put(`${this.#prefix}/range`, pack({ first, next } satisfies Range))
  }

  /** Forgets the oldest answer when it should be; a key that was used again since keeps its later one. */
  #forget(transaction: LogTransaction, { first, next }: Range, now: number): boolean {
    const { key } = read<{ key: string }>(transaction.get(this.#placeOf(first))) ?? { key: '' }
    const kept = read<Kept>(transaction.get(this.#keyOf(key)))
    const isLatest = kept?.place === first
    if (next - first <= this.#keysMax && isLatest && kept.at >= now - this.#ageMs) return false
    if (isLatest) transaction.remove(this.#keyOf(key))
    transaction.remove(this.#placeOf(first))
    return true
  }

  #keyOf(key: string): string {
    return `${this.#prefix}/key/${createHash('sha256').update(key).digest('hex')}`
  }

  #placeOf(place: number): string {
    return `${this.#prefix}/place/${String(place).padStart(PLACE_DIGITS, '0')}`
  }
}

function pack(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function read<T>(bytes: Uint8Array | undefined): T | undefined {
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as T)
}
