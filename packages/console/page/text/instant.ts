/** `10:32:05` of an ISO instant in UTC. */
export function timeOf(instant: string | null): string {
  return instant === null ? '–' : instant.slice(11, 19)
}

/** `2 Mar` of an ISO instant in UTC. */
export function dayOf(instant: string): string {
  return new Date(instant).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
}

/** `2 Mar 10:32` of an ISO instant in UTC. */
export function dayAndTime(instant: string | null): string {
  return instant === null ? '–' : `${dayOf(instant)} ${instant.slice(11, 16)}`
}

/** `10:27–10:32`; with seconds where they are not zero. */
export function windowText(start: string, end: string): string {
  const short = start.slice(17, 19) === '00' && end.slice(17, 19) === '00' ? 16 : 19
  return `${start.slice(11, short)}–${end.slice(11, short)}`
}
