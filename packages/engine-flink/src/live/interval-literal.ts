import { unsupported } from '../capabilities.ts'
import { isInterval } from './live-step.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * A length of time as a literal.
 *
 * @throws user `engine/unsupported` beyond 999 days
 */
export function interval(ms: number): string {
  if (!isInterval(ms)) throw unsupported('a length of more than 999 days over a stream without end', `${Math.abs(ms) / DAY_MS} days`)
  const length = Math.abs(ms)
  const part = (of: number, unit: number, digits: number): string => String(Math.floor((length % of) / unit)).padStart(digits, '0')
  const time = `${part(DAY_MS, HOUR_MS, 2)}:${part(HOUR_MS, MINUTE_MS, 2)}:${part(MINUTE_MS, SECOND_MS, 2)}.${part(SECOND_MS, 1, 3)}`
  return `INTERVAL '${ms < 0 ? '-' : ''}${Math.floor(length / DAY_MS)} ${time}' DAY(3) TO SECOND(3)`
}
