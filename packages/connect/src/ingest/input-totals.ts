/** What was read of an input, from its beginning. */
export interface InputTotals {
  /** Uncompressed bytes. */
  readonly bytes: number
  readonly sha256: string
  readonly lines: number
  readonly blank: number
  readonly decoded: number
  readonly deadLetters: number
  readonly reasons: Readonly<Record<string, number>>
  /** Epoch ms; undefined before the first decoded line. */
  readonly firstEvent: number | undefined
  readonly lastEvent: number | undefined
}

export const NO_TOTALS: InputTotals = {
  bytes: 0,
  sha256: '',
  lines: 0,
  blank: 0,
  decoded: 0,
  deadLetters: 0,
  reasons: {},
  firstEvent: undefined,
  lastEvent: undefined,
}

/** What one block of lines adds. */
export interface TotalsStep {
  readonly lines: number
  readonly blank: number
  readonly decoded: number
  readonly reasons: readonly string[]
  readonly firstEvent: number | undefined
  readonly lastEvent: number | undefined
}

export function addTotals(totals: InputTotals, step: TotalsStep, at: { readonly bytes: number; readonly sha256: string }): InputTotals {
  const reasons: Record<string, number> = { ...totals.reasons }
  for (const reason of step.reasons) reasons[reason] = (reasons[reason] ?? 0) + 1
  return {
    ...at,
    lines: totals.lines + step.lines,
    blank: totals.blank + step.blank,
    decoded: totals.decoded + step.decoded,
    deadLetters: totals.deadLetters + step.reasons.length,
    reasons,
    firstEvent: least(totals.firstEvent, step.firstEvent),
    lastEvent: greatest(totals.lastEvent, step.lastEvent),
  }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}

function greatest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b)
}
