import { parseTimestamp, userError } from '@millrace/core'

/** A time given on the command line, as epoch ms. */
export function instant(text: string, option: string): number {
  const time = /^-?\d+$/.test(text) ? Number(text) : parseTimestamp(text)
  if (time !== undefined && Number.isSafeInteger(time)) return time
  throw userError('cli/usage', `\`${option}\` is \`${text}\`, which is no time.`, {
    asked: text,
    do: 'Give an ISO 8601 time with its zone, e.g. `2026-01-31T00:00:00Z`, or epoch milliseconds.',
  })
}
