/** A table for people: numbers to the right, text to the left. */
export function textTable(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = rows.map((row) => row.map(cellText))
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => row[i].length)))
  const numeric = columns.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === 'number' || typeof row[i] === 'bigint'),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)].join('\n')
}

/** Widest cell. */
const CELL_MAX = 80
/** Digits of a number that is not whole. */
const DIGITS = 6

/** A value as people read it. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en-US') : String(Number(value.toPrecision(DIGITS)))
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')
  return plain.length > CELL_MAX ? `${plain.slice(0, CELL_MAX - 1)}…` : plain
}
