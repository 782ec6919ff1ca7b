const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

export function whole(value: number): string {
  return WHOLE.format(value)
}

/** `1.2M`; small numbers in full. */
export function short(value: number): string {
  return Math.abs(value) < 10_000 ? plain(value) : SHORT.format(value)
}

/** Three significant digits, whole numbers in full. */
export function plain(value: number): string {
  if (Number.isInteger(value)) return WHOLE.format(value)
  return Math.abs(value) >= 1000 ? WHOLE.format(value) : String(Number(value.toPrecision(3)))
}

/** A value of a key or a feature. */
export function scalar(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '–'
  return typeof value === 'number' ? plain(value) : String(value)
}

export function milliseconds(value: number | null): string {
  if (value === null) return '–'
  return value < 1000 ? `${plain(Math.round(value * 10) / 10)} ms` : `${plain(Math.round(value / 100) / 10)} s`
}

export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${plain(Math.abs(value))}`
}

export function keyText(key: Readonly<Record<string, string | number | boolean | null>>): string {
  return Object.values(key).map(scalar).join(' · ')
}
