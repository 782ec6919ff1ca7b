import { plain } from '../text/figure.ts'

const BAND_PERCENT_MIN = 4

/** A value against p01, p50 and p99 of what is usual, on a linear scale that holds all of them. */
export function RangeBar({ value, usual }: { readonly value: number | null; readonly usual: readonly number[] | undefined }) {
  if (usual === undefined) return null
  const [low, middle, high] = usual
  const least = Math.min(low, value ?? low)
  const span = Math.max(high, value ?? high) - least || 1
  const at = (one: number): number => (100 * (one - least)) / span
  const width = Math.max(BAND_PERCENT_MIN, at(high) - at(low))
  const isUnusual = value !== null && (value < low || value > high)
  const label = `usual ${plain(low)} to ${plain(high)}, median ${plain(middle)}${isUnusual ? '; this is outside' : ''}`
  return (
    <span className="range" role="img" aria-label={label} title={label}>
      <span className="track" />
      <span className="band" style={{ left: `${Math.min(at(low), 100 - width)}%`, width: `${width}%` }} />
      <span className="median" style={{ left: `${at(middle)}%` }} />
      {value !== null && <span className={`value ${isUnusual ? 'unusual' : ''}`} style={{ left: `${at(value)}%` }} />}
    </span>
  )
}
