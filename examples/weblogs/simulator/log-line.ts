const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** One answered request as the web server logs it. */
export interface LoggedRequest {
  /** Epoch ms. */
  readonly at: number
  readonly ip: string
  readonly method: string
  readonly target: string
  readonly status: number
  /** Bytes of the body that was sent; 0 is logged as `-`. */
  readonly bytes: number
  readonly referer: string
  readonly agent: string
}

let second = Number.NaN
let clock = ''

/** A line of the Combined Log Format, with its line ending. */
export function logLine({ at, ip, method, target, status, bytes, referer, agent }: LoggedRequest): string {
  const whole = Math.floor(at / 1000)
  if (whole !== second) {
    second = whole
    clock = clockText(whole * 1000)
  }
  return `${ip} - - [${clock}] "${escaped(`${method} ${target} HTTP/1.1`)}" ${status} ${bytes === 0 ? '-' : bytes} "${escaped(referer)}" "${escaped(agent)}"\n`
}

function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(/["\\]/g, (char) => `\\${char}`) : text
}

function clockText(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}
