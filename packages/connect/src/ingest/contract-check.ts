import { type Batch, type CodedColumn, type Column, columnOf, takeRows } from '@millrace/columnar'
import { literalValue } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { DEAD_LETTER_RAW_BYTES_MAX, type DeadLetter, type DeadLetterReason } from '../dead-letter.ts'
import type { LineBlock } from '../files/line-block.ts'
import { type IngestField, type PartsCheck, partsCheck } from './ingest-field.ts'

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

interface Refusal {
  readonly reason: DeadLetterReason
  readonly column: string
}

/** Turns decoded rows that are against the contract's nullability, bounds or kinds of text into dead letters, in their place among the others. */
export function checkContract(decoded: DecodedLines, fields: readonly IngestField[], block: LineBlock): DecodedLines {
  const refusals = new Map<number, Refusal>()
  for (const field of fields) {
    const column = columnOf(decoded.batch, field.name)
    if (column !== undefined) findRefusals(column, field, refusals)
  }
  return refusals.size === 0 ? decoded : withoutRefused(decoded, refusals, block)
}

function findRefusals(column: Column, field: IngestField, refusals: Map<number, Refusal>): void {
  const { nulls } = column
  if (field.nullable !== true && nulls !== null) {
    for (let row = 0; row < nulls.length; row++)
      if (nulls[row] === 1 && !refusals.has(row)) refusals.set(row, { reason: 'contract/null', column: field.name })
  }
  const check = partsCheck(field)
  if (check !== undefined && 'codes' in column) refuseTexts(column, { name: field.name, check }, refusals)
  if ((field.min === undefined && field.max === undefined) || 'codes' in column) return
  const bound = (text: string | undefined, otherwise: number): number =>
    text === undefined ? otherwise : Number(literalValue({ lit: text, type: field.type }) ?? otherwise)
  const min = bound(field.min, Number.NEGATIVE_INFINITY)
  const max = bound(field.max, Number.POSITIVE_INFINITY)
  const { values } = column
  for (let row = 0; row < values.length; row++) {
    if (values[row] >= min && values[row] <= max) continue
    if (nulls?.[row] !== 1 && !refusals.has(row)) refusals.set(row, { reason: 'contract/out-of-range', column: field.name })
  }
}

interface CheckedText {
  readonly name: string
  readonly check: PartsCheck
}

function refuseTexts({ codes, dictionary, nulls }: CodedColumn, { name, check }: CheckedText, refusals: Map<number, Refusal>): void {
  const reasons = Array.from({ length: dictionary.size }, (_, code) => check(dictionary.text(code)))
  if (reasons.every((reason) => reason === undefined)) return
  for (let row = 0; row < codes.length; row++) {
    const reason = reasons[codes[row]]
    if (reason !== undefined && nulls?.[row] !== 1 && !refusals.has(row)) refusals.set(row, { reason, column: name })
  }
}

function withoutRefused(decoded: DecodedLines, refusals: ReadonlyMap<number, Refusal>, block: LineBlock): DecodedLines {
  const kept: number[] = []
  const keptBefore = new Int32Array(decoded.batch.rows + 1)
  const letters: DeadLetter[] = []
  for (let row = 0; row < decoded.batch.rows; row++) {
    keptBefore[row] = kept.length
    const refusal = refusals.get(row)
    if (refusal === undefined) kept.push(row)
    else
      letters.push({
        ...refusal,
        ...rawLine(block, decoded.offsets[row]),
        offset: decoded.offsets[row],
        line: decoded.lineNumbers[row],
        rowsBefore: kept.length,
      })
  }
  keptBefore[decoded.batch.rows] = kept.length
  const others = decoded.deadLetters.map((letter) => ({ ...letter, rowsBefore: keptBefore[letter.rowsBefore] }))
  const rows = Int32Array.from(kept)
  const batch: Batch = takeRows(decoded.batch, rows)
  return {
    ...decoded,
    batch,
    deadLetters: [...others, ...letters].sort((a, b) => a.line - b.line),
    offsets: Float64Array.from(rows, (row) => decoded.offsets[row]),
    lineNumbers: Float64Array.from(rows, (row) => decoded.lineNumbers[row]),
  }
}

function rawLine(block: LineBlock, offset: number): { raw: Uint8Array; length: number } {
  if (block.kind === 'long-line') return { raw: block.head.slice(0, DEAD_LETTER_RAW_BYTES_MAX), length: block.length }
  const from = offset - block.offset + block.from
  const newline = block.bytes.indexOf(NEWLINE, from)
  const ended = newline < 0 || newline > block.to ? block.to : newline
  const to = ended > from && block.bytes[ended - 1] === CARRIAGE_RETURN ? ended - 1 : ended
  return { raw: block.bytes.slice(from, Math.min(to, from + DEAD_LETTER_RAW_BYTES_MAX)), length: to - from }
}
