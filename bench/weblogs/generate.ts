import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs'
import { seededRandom, zipf } from '../../scripts/random.ts'

export interface AccessLogShape {
  readonly seed: number
  readonly lines: number
  readonly hours: number
  readonly addresses: number
  readonly paths: number
  /** A line's time lies up to this much before the time it is written. */
  readonly disorderMs: number
}

export const WEBLOGS_SHAPE: Omit<AccessLogShape, 'lines'> = { seed: 1, hours: 24, addresses: 20_000, paths: 5_000, disorderMs: 20_000 }

const START = Date.UTC(2026, 2, 2)
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  'curl/8.7.1',
]
const LINES_PER_WRITE = 20_000

/** Writes a Combined Log Format file of the given shape, unless it is there already. */
export function generateAccessLog(file: string, shape: AccessLogShape): void {
  if (existsSync(file)) return
  const random = seededRandom(shape.seed)
  const address = zipf(shape.addresses, 1.1, random)
  const path = zipf(shape.paths, 1.05, random)
  const ips = Array.from({ length: shape.addresses }, (_, i) => `${10 + (i % 200)}.${(i >> 8) & 255}.${i & 255}.${1 + ((i * 7919) % 250)}`)
  const targets = Array.from({ length: shape.paths }, (_, i) =>
    i === 3 ? '/login' : i % 5 === 0 ? `/product/${i}?ref=${i % 17}` : `/section-${i % 40}/article-${i}`,
  )
  const step = (shape.hours * 3_600_000) / shape.lines
  const partial = `${file}.partial`
  const out = openSync(partial, 'w')
  let lines: string[] = []
  for (let i = 0; i < shape.lines; i++) {
    const time = START + Math.floor(i * step - random() * shape.disorderMs)
    const target = targets[path()]
    const login = target === '/login'
    const draw = random()
    const status = login ? (draw < 0.4 ? 401 : 200) : draw < 0.93 ? 200 : draw < 0.97 ? 404 : draw < 0.99 ? 304 : 500
    const bytes = status === 304 ? '-' : String(Math.floor(200 + random() * 40_000))
    const request = `${login ? 'POST' : 'GET'} ${target} HTTP/1.1`
    lines.push(
      `${ips[address()]} - - [${clf(time)}] "${request}" ${status} ${bytes} "-" "${AGENTS[Math.floor(random() * AGENTS.length)]}"\n`,
    )
    if (lines.length === LINES_PER_WRITE) {
      writeSync(out, lines.join(''))
      lines = []
    }
  }
  writeSync(out, lines.join(''))
  closeSync(out)
  renameSync(partial, file)
}

let lastSecond = -1
let lastText = ''

function clf(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second === lastSecond) return lastText
  const date = new Date(second * 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  lastSecond = second
  lastText = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
  return lastText
}
