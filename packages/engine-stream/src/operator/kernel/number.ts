import { roundUnits, unitsOfDouble } from './decimal.ts'

/** Doubles have no digits beyond. */
const PLACES_MAX = 400

/** Rounds the double's shortest decimal half away from zero; infinite where the result leaves the doubles. */
export function roundDouble(value: number, places: number | bigint): number {
  const digits = Math.max(Math.min(Number(places), PLACES_MAX), -PLACES_MAX)
  if (digits >= 0 && Number.isInteger(value)) return value
  const quick = digits >= 0 && digits <= 15 ? roundQuickly(value, digits) : undefined
  if (quick !== undefined) return quick
  return Number(`${unitsOfDouble(value, digits)}e${-digits}`)
}

/** With up to 15 digits in all, `toFixed` and the shortest decimal agree unless the cut lies near a half. */
function roundQuickly(value: number, digits: number): number | undefined {
  const scaled = Math.abs(value) * 10 ** digits
  if (scaled > 1e9) return undefined
  const rest = scaled - Math.floor(scaled)
  if (Math.abs(rest - 0.5) < 1e-5) return undefined
  return Number(`${Math.sign(value) * Math.round(scaled)}e${-digits}`) + 0
}

/** An integer to `places` in front of the point where negative; the result may leave int64. */
export function roundInteger(value: number | bigint, places: number | bigint): bigint {
  return roundUnits(BigInt(value), 0, places)
}
