import { type CodedColumn, type Column, decimalText, divideRounded, int64Column } from '@millrace/columnar'
import { Frame } from '../frame.ts'
import type { ExprInput, ExprSource } from '../physical-plan.ts'
import { StreamFault } from '../stream-fault.ts'
import * as cast from './cast.ts'
import { CodeBuilder, entryText } from './code-builder.ts'
import * as decimal from './decimal.ts'
import { md5, sha256 } from './hash.ts'
import { like } from './like.ts'
import { fieldOf, jsonPath, listGet } from './nested.ts'
import { roundDouble, roundInteger } from './number.ts'
import { RegexMatcher } from './regex.ts'
import { codePoints, compareText, lowerAscii, splitPart, substring, trimSpaces, upperAscii } from './text.ts'
import { addTime, diffTime, extractTime, truncateTime } from './time.ts'

/** What generated kernels may call. */
const LIBRARY = {
  ...cast,
  ...decimal,
  addTime,
  CodeBuilder,
  codePoints,
  compareText,
  decimalText,
  diffTime,
  divideRounded,
  entryText,
  extractTime,
  fieldOf,
  int64Column,
  jsonPath,
  like,
  listGet,
  lowerAscii,
  md5,
  RegexMatcher,
  roundDouble,
  roundInteger,
  sha256,
  splitPart,
  substring,
  trimSpaces,
  truncateTime,
  upperAscii,
}

interface KernelInput {
  readonly column: Column
  /** The coded column whose codes index `column`, when that is a table. */
  readonly base: CodedColumn | null
}

type KernelBody = (
  inputs: readonly KernelInput[],
  selection: Int32Array | null,
  count: number,
  rows: number,
  library: typeof LIBRARY,
) => Column | null

/** A compiled expression: fills a column for the selected rows of a frame; the others hold nothing of meaning. */
export class ExprKernel {
  readonly #inputs: readonly { readonly source: ExprInput; readonly table: ExprKernel | null }[]
  readonly #body: KernelBody | null
  readonly #wideBody: KernelBody | null

  constructor(source: ExprSource) {
    this.#inputs = source.inputs.map((input) => ({ source: input, table: input.table === null ? null : new ExprKernel(input.table) }))
    this.#body = compileBody(source.code)
    this.#wideBody = compileBody(source.wideCode)
  }

  evaluate(frame: Frame): Column {
    const inputs = this.#inputs.map(({ source, table }) => inputOf(frame.column(source.register), table))
    const { selection, count, rows } = frame
    if (this.#body !== null && inputs.every((input) => isNarrow(input.column))) {
      const column = this.#body(inputs, selection, count, rows, LIBRARY)
      if (column !== null) return column
    }
    const column = this.#wideBody?.(inputs.map(widenInput), selection, count, rows, LIBRARY) ?? null
    if (column === null) throw new StreamFault('stream/no-wide-kernel', 'An expression without int64 asked for 64-bit arithmetic.')
    return column
  }
}

function compileBody(code: string | null): KernelBody | null {
  return code === null ? null : (new Function('inputs', 'selection', 'count', 'rows', 'library', code) as KernelBody)
}

function inputOf(column: Column, table: ExprKernel | null): KernelInput {
  if (table === null) return { column, base: null }
  const base = column as CodedColumn
  return { column: table.evaluate(entriesFrame(base)), base }
}

/** One row per dictionary entry and, at the end, one null. */
function entriesFrame(column: CodedColumn): Frame {
  const { kind, dictionary } = column
  const codes = new Int32Array(dictionary.size + 1)
  for (let code = 0; code < dictionary.size; code++) codes[code] = code
  const nulls = new Uint8Array(dictionary.size + 1)
  nulls[dictionary.size] = 1
  const frame = new Frame(codes.length, 1)
  frame.registers[0] = { kind, codes, dictionary, nulls }
  return frame
}

function isNarrow(column: Column): boolean {
  return column.kind !== 'int64' || column.safe
}

function widenInput(input: KernelInput): KernelInput {
  const { column } = input
  if (column.kind !== 'int64' || !column.safe) return input
  const values = new BigInt64Array(column.values.length)
  for (let row = 0; row < values.length; row++) values[row] = BigInt(column.values[row])
  return { base: input.base, column: { kind: 'int64', safe: false, values, nulls: column.nulls } }
}
