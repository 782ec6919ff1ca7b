import type { PlanSource, StampedRow, Value } from '@millrace/core'
import { userError } from '@millrace/core'

/** One line of input in arrival order. */
export type InputLine =
  | {
      readonly kind: 'row'
      readonly source: string
      readonly split: string
      readonly values: readonly Value[]
      readonly watermark?: number
    }
  | { readonly kind: 'dead-letter'; readonly source: string; readonly split: string }
  | { readonly kind: 'end'; readonly source: string; readonly split: string }

/** The watermark before anything is known: 0001-01-01T00:00:00.000Z. */
const FLOOR = -62_135_596_800_000

interface SourceState {
  /** Greatest event time per split that has spoken and has not ended. */
  readonly greatest: Map<string, number>
  readonly ended: Set<string>
  /** Splits known from the start of which nothing was heard yet. */
  readonly silent: Set<string>
  watermark: number
}

/**
 * Stamps every decoded row with its place among all lines (from 0; dead letters and ends take one too) and with its source's
 * watermark before it: the least, over the active splits, of the greatest event time seen less the delay. It never falls, and is
 * the floor until each of the splits 0 to `splits` − 1 has spoken or ended. A dead letter neither moves it nor makes its split
 * speak. A row's own `watermark` is its stamp in place of the computed one, which goes on as if it were not there.
 * A row after its split's end is refused with `input/row-after-end`.
 */
export function stampRows(sources: readonly PlanSource[], lines: readonly InputLine[]): StampedRow[] {
  const states = new Map(sources.map((source) => [source.name, initialState(source)]))
  const rows: StampedRow[] = []
  for (const [arrival, line] of lines.entries()) {
    const source = sources.find((candidate) => candidate.name === line.source) as PlanSource
    const state = states.get(line.source) as SourceState
    if (line.kind !== 'end' && state.ended.has(line.split)) throw rowAfterEnd(line, arrival)
    if (line.kind === 'end') {
      state.ended.add(line.split)
      state.greatest.delete(line.split)
      state.silent.delete(line.split)
    }
    if (line.kind === 'row') {
      rows.push({ source: line.source, split: line.split, arrival, watermark: line.watermark ?? state.watermark, values: line.values })
      const time = line.values[source.fields.findIndex((field) => field.name === source.event_time)] as number
      state.greatest.set(line.split, Math.max(time, state.greatest.get(line.split) ?? time))
      state.silent.delete(line.split)
    }
    advance(state, source.watermark_delay_ms)
  }
  return rows
}

function initialState(source: PlanSource): SourceState {
  const splits = Array.from({ length: source.splits ?? 1 }, (_, i) => String(i))
  return { greatest: new Map(), ended: new Set(), silent: new Set(splits), watermark: FLOOR }
}

function advance(state: SourceState, delayMs: number): void {
  if (state.silent.size > 0 || state.greatest.size === 0) return
  state.watermark = Math.max(state.watermark, Math.min(...state.greatest.values()) - delayMs)
}

function rowAfterEnd(line: InputLine, arrival: number): Error {
  return userError('input/row-after-end', `Line ${arrival} brings a row of split ${line.split} of \`${line.source}\`, which has ended.`, {
    asked: { line: arrival, source: line.source, split: line.split },
    found: 'the end of this split in an earlier line',
    do: 'Move the end behind the last row of the split.',
  })
}
