import { readFileSync } from 'node:fs'

/** An alert and where it says that its lines are. */
export interface PointingAlert {
  readonly address: string
  /** Byte offsets of lines in the log. */
  readonly offsets: readonly number[]
}

const NEWLINE = 10

/** Alerts on an address that point at no line, or at a place where no line of the address begins. */
export function alertsWithoutLines(alerts: readonly PointingAlert[], log: string): number {
  if (alerts.length === 0) return 0
  const bytes = readFileSync(log)
  return alerts.filter(({ address, offsets }) => offsets.length === 0 || !offsets.every((at) => beginsAt(bytes, at, address))).length
}

function beginsAt(bytes: Buffer, at: number, address: string): boolean {
  const start = `${address} `
  return (at === 0 || bytes[at - 1] === NEWLINE) && bytes.toString('latin1', at, at + start.length) === start
}
