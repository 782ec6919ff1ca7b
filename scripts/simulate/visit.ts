/** One request as the web server will log it. */
export interface Visit {
  /** When it was answered, epoch ms. */
  readonly at: number
  readonly ip: string
  readonly request: string
  readonly status: number
  readonly bytes: number | undefined
  readonly referer: string
  readonly agent: string
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The visit as a Combined Log Format line, without line ending. */
export function visitLine(visit: Visit): string {
  const quoted = (text: string): string => text.replace(/["\\]/g, (char) => `\\${char}`)
  return `${visit.ip} - - [${clockText(visit.at)}] "${quoted(visit.request)}" ${visit.status} ${visit.bytes ?? '-'} "${quoted(visit.referer)}" "${quoted(visit.agent)}"`
}

function clockText(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}
