import { userError } from '../error/index.ts'

/** A length of time: `250ms`, `30s`, `5m`, `1h`, `1d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration; refuses other text with `bad-duration` of the given area. */
export function durationMs(text: string, what: string, area = 'project'): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(text))
  const ms = match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2]]
  if (Number.isSafeInteger(ms)) return ms
  throw userError(`${area}/bad-duration`, `The ${what} is \`${text}\`, which is no length of time.`, {
    asked: text,
    found: Object.keys(UNIT_MS),
    do: 'Write a number and a unit, e.g. `30s` or `5m`.',
  })
}
