import type { DeadLetterReason } from '../dead-letter.ts'
import { STATUS_MAX, STATUS_MIN } from './access-log-fields.ts'
import type { ByteSlice } from './byte-slice.ts'
import { IntegerText } from './integer-text.ts'
import { LOG_TIME_BYTES, LogTime } from './log-time.ts'

const SPACE = 0x20
const QUOTE = 0x22
const DASH = 0x2d
const OPENING_BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d

/** Where the parts of one line lie: positions in the block's bytes, `To` exclusive, and the hashes of the texts. */
export class AccessLogLine {
  time = 0
  ipFrom = 0
  ipTo = 0
  ipHash = 0
  identFrom = 0
  identTo = 0
  identHash = 0
  userFrom = 0
  userTo = 0
  requestFrom = 0
  requestTo = 0
  requestHash = 0
  status = 0
  /** NaN is null. */
  responseBytes = 0
  /** The exact value where `responseBytes` is not a safe integer. */
  wideResponseBytes: bigint | undefined
  /** The line has a referer and an agent. */
  combined = false
  refererFrom = 0
  refererTo = 0
  refererHash = 0
  agentFrom = 0
  agentTo = 0
  agentHash = 0
  /** The column that the latest refusal is about. */
  columnAtFault: string | undefined
  readonly #time = new LogTime()
  readonly #integer = new IntegerText()
  #overflow: string | undefined

  /** Parses the line `[from, end)`; returns why it is refused, or undefined. */
  parse(slice: ByteSlice, from: number, end: number): DeadLetterReason | undefined {
    this.columnAtFault = undefined
    this.#overflow = undefined
    const afterNames = this.#parseNames(slice, from, end)
    if (afterNames < 0) return 'decode/not-this-format'
    const afterNumbers = this.#parseRequest(slice, afterNames, end)
    if (afterNumbers < 0 || !this.#parseAgents(slice, afterNumbers, end)) return 'decode/not-this-format'
    return this.#checkValues()
  }

  /** `host SP ident SP user SP [time] SP "`: position after the request's opening quote, or -1. */
  #parseNames(slice: ByteSlice, from: number, end: number): number {
    const ipTo = slice.scanToken(from, end)
    this.ipFrom = from
    this.ipTo = ipTo
    this.ipHash = slice.hash
    const identTo = slice.scanToken(ipTo + 1, end)
    this.identFrom = ipTo + 1
    this.identTo = identTo
    this.identHash = slice.hash
    if (ipTo === from || identTo <= ipTo + 1) return -1
    this.userFrom = identTo + 1
    return this.#parseTime(slice, identTo + 1, end)
  }

  /** The user ends at the first ` [` that opens a time of the right form, followed by `] "`. */
  #parseTime(slice: ByteSlice, from: number, end: number): number {
    const bytes = slice.bytes
    const lastStart = end - LOG_TIME_BYTES - 5
    for (let at = from; at <= lastStart; at++) {
      if (bytes[at] !== SPACE || bytes[at + 1] !== OPENING_BRACKET) continue
      const close = at + 2 + LOG_TIME_BYTES
      if (bytes[close] !== CLOSING_BRACKET || bytes[close + 1] !== SPACE || bytes[close + 2] !== QUOTE) continue
      const time = this.#time.read(slice, at + 2)
      if (time === undefined) continue
      this.time = time
      this.userTo = at
      return close + 3
    }
    return -1
  }

  /** `request" SP status SP bytes`: position after the bytes, or -1. */
  #parseRequest(slice: ByteSlice, from: number, end: number): number {
    const bytes = slice.bytes
    const requestTo = slice.scanQuoted(from, end)
    if (requestTo < 0 || requestTo + 2 >= end || bytes[requestTo + 1] !== SPACE) return -1
    this.requestFrom = from
    this.requestTo = requestTo
    this.requestHash = slice.hash
    const statusTo = this.#integer.read(bytes, requestTo + 2, end)
    if (statusTo < 0 || statusTo + 1 >= end) return -1
    this.status = this.#integer.wide === undefined ? this.#integer.value : Number.NaN
    if (this.#integer.overflows) this.#overflow = 'status'
    return this.#parseBytes(bytes, statusTo + 1, end)
  }

  #parseBytes(bytes: Uint8Array, from: number, end: number): number {
    this.wideResponseBytes = undefined
    if (bytes[from] === DASH && (from + 1 === end || bytes[from + 1] === SPACE)) {
      this.responseBytes = Number.NaN
      return from + 1
    }
    const to = this.#integer.read(bytes, from, end)
    this.responseBytes = this.#integer.value
    this.wideResponseBytes = this.#integer.wide
    if (to >= 0 && this.#integer.overflows) this.#overflow ??= 'response_bytes'
    return to
  }

  /** Nothing more (Common), or `SP "referer" SP "agent"` (Combined). */
  #parseAgents(slice: ByteSlice, from: number, end: number): boolean {
    this.combined = from < end
    if (!this.combined) return true
    const bytes = slice.bytes
    if (bytes[from] !== SPACE || bytes[from + 1] !== QUOTE || from + 2 >= end) return false
    const refererTo = slice.scanQuoted(from + 2, end)
    this.refererFrom = from + 2
    this.refererTo = refererTo
    this.refererHash = slice.hash
    if (refererTo < 0 || refererTo + 3 >= end || bytes[refererTo + 1] !== SPACE || bytes[refererTo + 2] !== QUOTE) return false
    const agentTo = slice.scanQuoted(refererTo + 3, end)
    this.agentFrom = refererTo + 3
    this.agentTo = agentTo
    this.agentHash = slice.hash
    return agentTo === end - 1
  }

  #checkValues(): DeadLetterReason | undefined {
    if (Number.isNaN(this.time)) return this.#fault('decode/impossible-time', 'event_time')
    if (this.#overflow !== undefined) return this.#fault('decode/int64', this.#overflow)
    if (!(this.status >= STATUS_MIN && this.status <= STATUS_MAX)) return this.#fault('contract/out-of-range', 'status')
    if (this.responseBytes < 0) return this.#fault('contract/out-of-range', 'response_bytes')
    return undefined
  }

  #fault(reason: DeadLetterReason, column: string): DeadLetterReason {
    this.columnAtFault = column
    return reason
  }
}
