import type { Chance } from './chance.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Hours in which far more visitors come than usual. */
export interface Peak {
  readonly from: number
  readonly to: number
  /** How many times as many. */
  readonly factor: number
  /** Time until it is full, and until it is over. */
  readonly rampMs: number
}

/** Share of the mean load at each hour of the day, UTC. */
const RHYTHM = [
  0.35, 0.22, 0.15, 0.12, 0.12, 0.18, 0.35, 0.6, 0.85, 1.05, 1.2, 1.3, 1.35, 1.3, 1.3, 1.4, 1.5, 1.55, 1.65, 1.75, 1.8, 1.6, 1.2, 0.7,
]
const WEEKEND = 1.15

/** Visitors relative to the mean, at a time: the hour's, the weekday's and the peaks' share. */
export function loadAt(at: number, peaks: readonly Peak[]): number {
  const hours = (at / HOUR_MS) % 24
  const hour = Math.floor(hours)
  const share = hours - hour
  const rhythm = RHYTHM[hour] * (1 - share) + RHYTHM[(hour + 1) % 24] * share
  const day = new Date(at).getUTCDay()
  const week = day === 0 || day === 6 ? WEEKEND : 1
  let load = rhythm * week
  for (const peak of peaks) load *= peakFactor(peak, at)
  return load
}

function peakFactor({ from, to, factor, rampMs }: Peak, at: number): number {
  if (at <= from || at >= to) return 1
  const full = Math.min(1, (at - from) / rampMs, (to - at) / (2 * rampMs))
  return 1 + (factor - 1) * full
}

/** Sales, about three a week: announced by mail, so they begin within minutes. */
export function salePeaks(chance: Chance, start: number, end: number): Peak[] {
  const peaks: Peak[] = []
  for (let day = start; day < end; day += DAY_MS) {
    if (!chance.happens(0.43)) continue
    const from = day + chance.between(8, 19) * HOUR_MS
    peaks.push({
      from,
      to: from + chance.between(1, 2.6) * HOUR_MS,
      factor: chance.between(4, 17),
      rampMs: chance.between(4, 15) * MINUTE_MS,
    })
  }
  return peaks
}
