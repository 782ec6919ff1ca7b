import type { CodedColumn } from '@millrace/columnar'
import { ByteInterner } from './byte-interner.ts'
import type { ByteSlice } from './byte-slice.ts'

const HASH_SIGN = 0x23
const SLASH = 0x2f
const COLON = 0x3a
const QUESTION_MARK = 0x3f
const NULL_CODE = -1

/**
 * Method, path, query and protocol of the distinct requests of a block. Each distinct request is cut once;
 * `partsOf` turns request codes into the four columns.
 */
export class RequestParts {
  readonly #method = new PartColumn()
  readonly #path = new PartColumn()
  readonly #query = new PartColumn()
  readonly #protocol = new PartColumn()

  reset(): void {
    for (const part of this.#parts()) part.reset()
  }

  /** Cuts the request `[from, to)`, whose code is `code`: codes come as 0, 1, 2, … */
  add(code: number, slice: ByteSlice, from: number, to: number): void {
    const methodTo = slice.scanToken(from, to)
    const methodHash = slice.hash
    const targetTo = slice.scanToken(methodTo + 1, to)
    const targetHash = slice.hash
    const three = methodTo > from && targetTo > methodTo + 1 && targetTo + 1 < to && slice.scanToken(targetTo + 1, to) === to
    if (!three) {
      for (const part of this.#parts()) part.setNull(code)
      return
    }
    this.#protocol.set(code, slice, targetTo + 1, to, slice.hash)
    this.#method.set(code, slice, from, methodTo, methodHash)
    this.#addTarget(code, slice, { from: methodTo + 1, to: targetTo, hash: targetHash })
  }

  columns(requests: Int32Array): { method: CodedColumn; path: CodedColumn; query: CodedColumn; protocol: CodedColumn } {
    const [method, path, query, protocol] = this.#parts().map((part) => part.column(requests))
    return { method, path, query, protocol }
  }

  #addTarget(code: number, slice: ByteSlice, target: { from: number; to: number; hash: number }): void {
    const { bytes } = slice
    const { to } = target
    const from = pathStart(bytes, target.from, to)
    let pathTo = from
    while (pathTo < to && bytes[pathTo] !== QUESTION_MARK && bytes[pathTo] !== HASH_SIGN) pathTo += 1
    const whole = from === target.from && pathTo === to
    this.#path.set(code, slice, from, pathTo, whole ? target.hash : slice.hashOf(from, pathTo))
    let question = pathTo
    while (question < to && bytes[question] !== QUESTION_MARK) question += 1
    if (question < to) this.#query.set(code, slice, question + 1, to, slice.hashOf(question + 1, to))
    else this.#query.setNull(code)
  }

  #parts(): PartColumn[] {
    return [this.#method, this.#path, this.#query, this.#protocol]
  }
}

/** The codes of one part, by request code. */
class PartColumn {
  readonly #interner = new ByteInterner()
  #codes = new Int32Array(1024)
  #anyNull = false

  reset(): void {
    this.#interner.reset()
    this.#anyNull = false
  }

  set(request: number, slice: ByteSlice, from: number, to: number, hash: number): void {
    this.#put(request, this.#interner.intern(slice, from, to, hash))
  }

  setNull(request: number): void {
    this.#anyNull = true
    this.#put(request, NULL_CODE)
  }

  column(requests: Int32Array): CodedColumn {
    const rows = requests.length
    const codes = new Int32Array(rows)
    const dictionary = this.#interner.toDictionary()
    const partCodes = this.#codes
    if (!this.#anyNull) {
      for (let row = 0; row < rows; row++) codes[row] = partCodes[requests[row]]
      return { kind: 'string', codes, dictionary, nulls: null }
    }
    const nulls = new Uint8Array(rows)
    for (let row = 0; row < rows; row++) {
      const code = partCodes[requests[row]]
      if (code === NULL_CODE) nulls[row] = 1
      else codes[row] = code
    }
    return { kind: 'string', codes, dictionary, nulls }
  }

  #put(request: number, code: number): void {
    if (request >= this.#codes.length) {
      const grown = new Int32Array(Math.max(request + 1, this.#codes.length * 2))
      grown.set(this.#codes)
      this.#codes = grown
    }
    this.#codes[request] = code
  }
}

/** Where the path of a target begins: after `scheme://authority` of an absolute target (RFC 9112 section 3.2.2), else at its start. */
function pathStart(bytes: Uint8Array, from: number, to: number): number {
  if (!isLetter(bytes[from])) return from
  let at = from + 1
  while (at < to && isSchemeByte(bytes[at])) at += 1
  if (at + 2 >= to || bytes[at] !== COLON || bytes[at + 1] !== SLASH || bytes[at + 2] !== SLASH) return from
  at += 3
  while (at < to && bytes[at] !== SLASH && bytes[at] !== QUESTION_MARK && bytes[at] !== HASH_SIGN) at += 1
  return at
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

/** Letters, digits, `+`, `-`, `.` (RFC 3986 section 3.1). */
function isSchemeByte(byte: number): boolean {
  return isLetter(byte) || (byte >= 48 && byte <= 57) || byte === 0x2b || byte === 0x2d || byte === 0x2e
}
