import type { LateEntry, MapDeadLetter, PlanResult, Value } from '@millrace/core'

/** A result with how far each value of each row may be off: absolute, 0 or absent for exact values. */
export interface ExpectedResult extends PlanResult {
  readonly tolerances?: readonly (readonly number[])[]
}

/** Most rows of one kind that a difference lists. */
const LISTED_ROWS_MAX = 10

/**
 * How `actual` differs from `expected`, as text for people, or undefined where it does not. Rows are multisets, late entries are
 * sets; columns must agree in name, type and order; values are exact but for the tolerances.
 */
export function compareResults(expected: ExpectedResult, actual: PlanResult): string | undefined {
  const columns = difference('columns', expected.columns.map(columnText), actual.columns.map(columnText), true)
  if (columns !== undefined) return columns
  const parts = [
    compareRows(expected, actual),
    difference('late entries', expected.late.map(lateText), actual.late.map(lateText)),
    difference('dead letters', (expected.dead ?? []).map(deadText), (actual.dead ?? []).map(deadText)),
  ]
  const found = parts.filter((part) => part !== undefined)
  return found.length === 0 ? undefined : found.join('\n')
}

/** Takes each actual row off an expected row that it equals or, where none is left, is close to; what stays on either side differs. */
function compareRows(expected: ExpectedResult, actual: PlanResult): string | undefined {
  const isLoose = expected.columns.map((_, column) => expected.tolerances?.some((row) => row[column] > 0) === true)
  const exactText = (row: readonly Value[]) => rowText(row.filter((_, column) => !isLoose[column]))
  const open = Map.groupBy(expected.rows.keys(), (i) => exactText(expected.rows[i]))
  const without = (rows: readonly (readonly Value[])[], stands: (i: number, row: readonly Value[]) => boolean) =>
    rows.filter((row) => {
      const candidates = open.get(exactText(row))
      const place = candidates?.findIndex((i) => stands(i, row)) ?? -1
      if (place >= 0) candidates?.splice(place, 1)
      return place < 0
    })
  const notEqual = without(actual.rows, (i, row) => rowText(expected.rows[i]) === rowText(row))
  const notClose = without(notEqual, (i, row) => row.every((value, column) => isClose(expected, { i, column }, value)))
  const unexpected = notClose.map((row) => namedText(expected, row))
  const missing = [...open.values()].flat().map((i) => namedText(expected, expected.rows[i]))
  return difference('rows', missing, unexpected)
}

function isClose(expected: ExpectedResult, at: { readonly i: number; readonly column: number }, actual: Value): boolean {
  const value = expected.rows[at.i][at.column]
  const tolerance = expected.tolerances?.[at.i]?.[at.column] ?? 0
  if (tolerance === Number.POSITIVE_INFINITY) return true
  if (tolerance > 0 && typeof value === 'number' && typeof actual === 'number') return Math.abs(value - actual) <= tolerance
  return valueText(value) === valueText(actual)
}

/** Compares lists of texts, as multisets unless the order counts. */
function difference(what: string, expected: readonly string[], actual: readonly string[], ordered = false): string | undefined {
  if (ordered) {
    return expected.join(', ') === actual.join(', ')
      ? undefined
      : `${what} differ: expected ${expected.join(', ')}; found ${actual.join(', ')}`
  }
  const missing = [...expected]
  const unexpected = actual.filter((text) => {
    const place = missing.indexOf(text)
    if (place >= 0) missing.splice(place, 1)
    return place < 0
  })
  if (missing.length === 0 && unexpected.length === 0) return undefined
  return [
    `${what} differ: ${missing.length} missing, ${unexpected.length} unexpected`,
    ...listed('-', missing),
    ...listed('+', unexpected),
  ].join('\n')
}

function listed(sign: string, texts: readonly string[]): string[] {
  const shown = texts.slice(0, LISTED_ROWS_MAX).map((text) => `  ${sign} ${text}`)
  return texts.length > shown.length ? [...shown, `  ${sign} … and ${texts.length - shown.length} more`] : shown
}

function columnText(column: { readonly name: string; readonly type: string }): string {
  return `${column.name} ${column.type}`
}

function lateText(entry: LateEntry): string {
  return `${entry.source} arrival ${entry.arrival} is late for ${entry.late}, ${entry.windows_missed} windows missed, at ${entry.node}`
}

function deadText({ source, arrival, node, reason }: Pick<MapDeadLetter, 'node' | 'source' | 'arrival' | 'reason'>): string {
  return `${arrival === null ? 'a row' : `${source} arrival ${arrival}`} is refused at ${node}: ${reason}`
}

function namedText(result: PlanResult, row: readonly Value[]): string {
  return result.columns.map((column, i) => `${column.name}=${valueText(row[i])}`).join(' ')
}

function rowText(row: readonly Value[]): string {
  return row.map(valueText).join('|')
}

/** Tells apart what must not be mixed up: 0 and −0, a number and a bigint, text and bytes. */
export function valueText(value: Value | undefined): string {
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
