import { type CodedColumn, type Column, grown } from '@millrace/columnar'
import type { AccessLogLine } from './access-log-line.ts'
import { ByteInterner } from './byte-interner.ts'
import type { ByteSlice } from './byte-slice.ts'
import { RequestParts } from './request-parts.ts'

const ROWS_MIN = 4096

/** Collects parsed lines of one block as columns. */
export class AccessLogRows {
  size = 0
  #capacity = 0
  #times = new Float64Array(0)
  #offsets = new Float64Array(0)
  #numbers = new Float64Array(0)
  #statuses = new Int32Array(0)
  #responseBytes = new Float64Array(0)
  #codes = new Int32Array(0)
  readonly #wide = new Map<number, bigint>()
  #nullBytes = false
  #commonLines = false
  readonly #ip = new ByteInterner()
  readonly #ident = new ByteInterner()
  readonly #user = new ByteInterner()
  readonly #request = new ByteInterner()
  readonly #referer = new ByteInterner()
  readonly #agent = new ByteInterner()
  readonly #texts = [this.#ip, this.#ident, this.#user, this.#request, this.#referer, this.#agent]
  readonly #parts = new RequestParts()

  reset(): void {
    this.size = 0
    this.#wide.clear()
    this.#nullBytes = false
    this.#commonLines = false
    for (const text of this.#texts) text.reset()
    this.#parts.reset()
  }

  add(slice: ByteSlice, line: AccessLogLine, offset: number, number: number): void {
    const row = this.size++
    if (row === this.#capacity) this.#grow()
    this.#times[row] = line.time
    this.#offsets[row] = offset
    this.#numbers[row] = number
    this.#statuses[row] = line.status
    this.#responseBytes[row] = line.responseBytes
    if (line.wideResponseBytes !== undefined) this.#wide.set(row, line.wideResponseBytes)
    else if (line.responseBytes !== line.responseBytes) this.#nullBytes = true
    this.#addTexts(slice, line, row)
  }

  /** Byte offset of each row's line. */
  lineOffsets(): Float64Array {
    return this.#offsets.slice(0, this.size)
  }

  /** Line number of each row. */
  lineNumbers(): Float64Array {
    return this.#numbers.slice(0, this.size)
  }

  /** The columns of `ACCESS_LOG_FIELDS`. */
  columns(): Column[] {
    const rows = this.size
    const [ip, ident, user, request, referer, agent] = this.#texts.map((_, text) => this.#textColumn(text))
    const { method, path, query, protocol } = this.#parts.columns(request.codes)
    return [
      { kind: 'timestamp', values: this.#times.slice(0, rows), nulls: null },
      ip,
      ident,
      user,
      request,
      method,
      path,
      query,
      protocol,
      { kind: 'int32', values: this.#statuses.slice(0, rows), nulls: null },
      this.#bytesColumn(),
      referer,
      agent,
    ]
  }

  /** Codes of a row stand together: ip, ident, user, request, referer, agent; -1 is null. */
  #addTexts(slice: ByteSlice, line: AccessLogLine, row: number): void {
    const codes = this.#codes
    const at = row * 6
    codes[at] = this.#ip.intern(slice, line.ipFrom, line.ipTo, line.ipHash)
    codes[at + 1] = this.#ident.intern(slice, line.identFrom, line.identTo, line.identHash)
    codes[at + 2] = this.#user.intern(slice, line.userFrom, line.userTo, slice.hashOf(line.userFrom, line.userTo))
    const known = this.#request.size
    const code = this.#request.intern(slice, line.requestFrom, line.requestTo, line.requestHash)
    if (code === known) this.#parts.add(code, slice, line.requestFrom, line.requestTo)
    codes[at + 3] = code
    if (line.combined) {
      codes[at + 4] = this.#referer.intern(slice, line.refererFrom, line.refererTo, line.refererHash)
      codes[at + 5] = this.#agent.intern(slice, line.agentFrom, line.agentTo, line.agentHash)
    } else {
      this.#commonLines = true
      codes[at + 4] = -1
      codes[at + 5] = -1
    }
  }

  #textColumn(text: number): CodedColumn {
    const rows = this.size
    const codes = new Int32Array(rows)
    const dictionary = this.#texts[text].toDictionary()
    for (let row = 0, at = text; row < rows; row++, at += 6) codes[row] = this.#codes[at]
    if (text < 4 || !this.#commonLines) return { kind: 'string', codes, dictionary, nulls: null }
    const nulls = new Uint8Array(rows)
    for (let row = 0; row < rows; row++) {
      if (codes[row] >= 0) continue
      codes[row] = 0
      nulls[row] = 1
    }
    return { kind: 'string', codes, dictionary, nulls }
  }

  #bytesColumn(): Column {
    const rows = this.size
    const values = this.#responseBytes.slice(0, rows)
    const nulls = this.#nullBytes ? new Uint8Array(rows) : null
    for (let row = 0; nulls !== null && row < rows; row++) {
      if (!Number.isNaN(values[row])) continue
      nulls[row] = 1
      values[row] = 0
    }
    if (this.#wide.size === 0) return { kind: 'int64', safe: true, values, nulls }
    const wide = new BigInt64Array(rows)
    for (let row = 0; row < rows; row++) wide[row] = this.#wide.get(row) ?? BigInt(values[row])
    return { kind: 'int64', safe: false, values: wide, nulls }
  }

  #grow(): void {
    this.#capacity = Math.max(ROWS_MIN, this.#capacity * 2)
    this.#times = grown(this.#times, this.#capacity)
    this.#offsets = grown(this.#offsets, this.#capacity)
    this.#numbers = grown(this.#numbers, this.#capacity)
    this.#statuses = grown(this.#statuses, this.#capacity)
    this.#responseBytes = grown(this.#responseBytes, this.#capacity)
    this.#codes = grown(this.#codes, this.#capacity * 6)
  }
}
