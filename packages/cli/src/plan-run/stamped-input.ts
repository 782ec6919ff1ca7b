import { type ExactJson, RowDecoder, Stamper } from '@millrace/connect'
import { type CheckedPlan, parseTimestamp, type StampedRow, userError, type Value } from '@millrace/core'
import { type InputLine, stampRows } from '@millrace/reference'
import type { RawLine } from './plan-case.ts'
import type { PlanDeadLetter } from './result-document.ts'

/** The input of a plan, decoded and stamped. `arrival` is a line's place among all lines, from 0. */
export interface StampedInput {
  readonly rows: readonly StampedRow[]
  readonly deadLetters: readonly PlanDeadLetter[]
}

interface DecodedLine {
  readonly line: RawLine
  readonly values: readonly Value[] | undefined
  readonly watermark: number | undefined
}

/**
 * Decodes and stamps the lines. The engines get the stamps that ingest makes; the reference makes its own, so that the two
 * are held against each other too.
 */
export function stampedInput(plan: CheckedPlan, lines: readonly RawLine[], stampedBy: 'ingest' | 'reference'): StampedInput {
  const deadLetters: PlanDeadLetter[] = []
  const decoders = new Map([...plan.sources].map(([name, source]) => [name, new RowDecoder(source)]))
  const decoded = lines.map((line, arrival): DecodedLine => {
    if (line.kind === 'end') return { line, values: undefined, watermark: undefined }
    const result = (decoders.get(line.source) as RowDecoder).decode(line.row as ExactJson)
    const watermark = line.watermark === undefined ? undefined : givenWatermark(line.watermark, arrival)
    if ('values' in result) return { line, values: result.values, watermark }
    deadLetters.push({
      source: line.source,
      arrival,
      reason: result.reason,
      ...(result.column === undefined ? {} : { column: result.column }),
    })
    return { line, values: undefined, watermark }
  })
  return { rows: stampedBy === 'reference' ? byReference(plan, decoded) : byIngest(plan, decoded), deadLetters }
}

function givenWatermark(value: unknown, arrival: number): number {
  const time =
    typeof value === 'number' && Number.isSafeInteger(value)
      ? parseTimestamp(String(value))
      : typeof value === 'string'
        ? parseTimestamp(value)
        : undefined
  if (time !== undefined) return time
  throw userError('input/bad-watermark', `Input line ${arrival} has the watermark ${JSON.stringify(value)}, which is no time.`, {
    asked: value,
    found: `line ${arrival}`,
    do: 'Write an ISO 8601 time or epoch milliseconds.',
  })
}

function byReference(plan: CheckedPlan, decoded: readonly DecodedLine[]): readonly StampedRow[] {
  const lines = decoded.map(({ line, values, watermark }): InputLine => {
    const place = { source: line.source, split: String(line.split) }
    if (line.kind === 'end') return { kind: 'end', ...place }
    if (values === undefined) return { kind: 'dead-letter', ...place }
    return { kind: 'row', ...place, values, ...(watermark === undefined ? {} : { watermark }) }
  })
  return stampRows([...plan.sources.values()], lines)
}

function byIngest(plan: CheckedPlan, decoded: readonly DecodedLine[]): readonly StampedRow[] {
  const rows: StampedRow[] = []
  const stampers = new Map(
    [...plan.sources].map(([name, source]) => {
      const stamper = new Stamper({ watermarkDelayMs: source.watermark_delay_ms })
      for (let split = 0; split < (source.splits ?? 1); split++) stamper.openSplit(String(split))
      return [name, { stamper, ended: new Set<number>(), eventTime: source.fields.findIndex((field) => field.name === source.event_time) }]
    }),
  )
  for (const [arrival, { line, values, watermark }] of decoded.entries()) {
    const { stamper, ended, eventTime } = stampers.get(line.source) as NonNullable<ReturnType<typeof stampers.get>>
    if (line.kind === 'end') {
      ended.add(line.split)
      stamper.endSplit(String(line.split))
      continue
    }
    if (ended.has(line.split)) throw rowAfterEnd(line, arrival)
    if (values === undefined) continue
    const stamp = stamper.stampRow(String(line.split), values[eventTime] as number)
    rows.push({ source: line.source, split: String(line.split), arrival, watermark: watermark ?? stamp.watermark, values })
  }
  return rows
}

function rowAfterEnd(line: RawLine, arrival: number): Error {
  return userError('input/row-after-end', `Line ${arrival} brings a row of split ${line.split} of \`${line.source}\`, which has ended.`, {
    asked: { line: arrival, source: line.source, split: line.split },
    found: 'the end of this split in an earlier line',
    do: 'Move the end behind the last row of the split.',
  })
}
