import type { Random } from './random.ts'

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const AGENTS = ['-', 'curl/8.5.0', 'Mozilla/5.0 (X11; Linux x86_64)', 'a \\"quoted\\" agent \\\\', 'Mozilla/5.0 (日本語; 𝒳)', '']
const REQUESTS_UNUSUAL = [
  '-',
  '',
  'GET',
  'GET  / HTTP/1.1',
  'GET /a b HTTP/1.1',
  '\\x16\\x03\\x01',
  'HELO \\"x\\"',
  'OPTIONS * HTTP/1.0',
  'CONNECT a:443 HTTP/1.1',
]
const TARGETS = [
  '/',
  '/login',
  '/p?id=7',
  '/p?',
  '/a#b?c',
  'http://host',
  'http://host:80/x/y?q=1#z',
  'HTTPS://h?x',
  '/%7Euser/%20',
  '//double',
  'mailto:x',
  '/ü/𝒳',
]

/** What one line says; everything has a usual value. */
export interface LineParts {
  readonly time: number
  readonly ip?: string
  readonly user?: string
  readonly request?: string
  readonly status?: number | string
  readonly bytes?: number | string
  readonly tail?: string
  readonly zoneMinutes?: number
}

/** One line of an access log, without its newline. */
export function accessLine(parts: LineParts): string {
  const { ip = '192.0.2.1', user = '-', request = 'GET / HTTP/1.1', status = 200, bytes = 512, tail = '', zoneMinutes = 0 } = parts
  return `${ip} - ${user} [${logTime(parts.time, zoneMinutes)}] "${request}" ${status} ${bytes}${tail}`
}

/** `dd/Mon/yyyy:HH:MM:SS ±HHMM` */
export function logTime(time: number, zoneMinutes = 0): string {
  const [, year, month, day, clock] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(
    new Date(time + zoneMinutes * 60_000).toISOString(),
  ) as RegExpExecArray
  const zone = Math.abs(zoneMinutes)
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock} ${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(zone / 60))}${two(zone % 60)}`
}

const two = (value: number): string => String(value).padStart(2, '0')

export interface LogPlan {
  readonly lines: number
  /** Event time of the first line, epoch ms. */
  readonly from: number
  /** Event time from line to line, at most. */
  readonly stepMs: number
  /** How far a line may lie behind, beyond which more and more of its windows have closed. */
  readonly disorderMs: number
  readonly addresses: number
  /** Share of lines that are blank, refused or unusual. */
  readonly oddShare: number
}

/** A log of any shape, from one seed. */
export function madeLog(random: Random, plan: LogPlan): Buffer {
  const lines: Buffer[] = []
  let clock = plan.from
  while (lines.length < plan.lines) {
    clock += random.between(0, plan.stepMs)
    const time = clock - (random.chance(0.3) ? random.between(0, plan.disorderMs) : 0)
    const line = Buffer.concat([
      random.chance(plan.oddShare) ? oddLine(random, time) : Buffer.from(usualLine(random, time, plan)),
      Buffer.from(random.chance(0.05) ? '\r\n' : '\n'),
    ])
    for (let copies = random.chance(0.02) ? random.between(2, 40) : 1; copies > 0; copies--) lines.push(line)
  }
  const log = Buffer.concat(lines)
  return random.chance(0.5) ? log : log.subarray(0, log.length - 1)
}

function usualLine(random: Random, time: number, plan: LogPlan): string {
  const ip = random.chance(0.1)
    ? `2001:db8::${random.between(0, 40).toString(16)}`
    : `198.51.100.${Math.floor(plan.addresses * random.next() ** 3)}`
  const target = random.chance(0.4) ? `/page/${random.between(0, 400)}` : random.pick(TARGETS)
  const request = random.chance(0.08) ? random.pick(REQUESTS_UNUSUAL) : `${random.pick(['GET', 'POST', 'HEAD'])} ${target} HTTP/1.1`
  const combined = random.chance(0.7) ? ` "${random.pick(['-', 'https://example.org/', ''])}" "${random.pick(AGENTS)}"` : ''
  return accessLine({
    time: Math.floor(time / 1000) * 1000,
    ip,
    request,
    tail: combined,
    zoneMinutes: random.pick([0, 0, 120, -570, 345]),
    user: random.pick(['-', '-', '-', 'ann', 'ann lee', '[x] "y"', '']),
    status: random.pick([200, 200, 304, 401, 401, 404, 500, 599, 100]),
    bytes: random.pick(['-', 0, 512, 70_000, '0012', random.between(0, 2 ** 31), '9007199254740993', '9223372036854775807']),
  })
}

/** A line that is blank or refused, of every reason but the one that takes a mebibyte. */
export function oddLine(random: Random, time: number): Buffer {
  const usual = accessLine({ time, ip: '203.0.113.9' })
  const odd: readonly (() => string | Buffer)[] = [
    () => '',
    () => '   ',
    () => 'not a log line',
    () => usual.slice(0, random.between(1, usual.length - 5)),
    () => `${usual} extra`,
    () => ` ${usual}`,
    () => usual.replace('GET', 'G\0ET'),
    () => Buffer.from(usual.replace('GET', 'G\xffET'), 'latin1'),
    () => Buffer.from(usual.replace('GET', '\xed\xa0\x80'), 'latin1'),
    () => usual.replace(/\[\d\d\/.../, '[31/Feb'),
    () => usual.replace(/\[\d\d\/.../, '[01/Foo'),
    () => usual.replace(/:\d\d:\d\d:\d\d /, ':24:00:00 '),
    () => usual.replace('+0000', '+2400'),
    () => usual.replace(/:\d\d /, ':60 '),
    () => accessLine({ time, status: 0 }),
    () => accessLine({ time, status: 1000 }),
    () => accessLine({ time, status: '99999999999999999999' }),
    () => accessLine({ time, bytes: -1 }),
    () => accessLine({ time, bytes: String(2n ** 70n) }),
    () => accessLine({ time, bytes: '-9223372036854775809' }),
  ]
  return Buffer.from(random.pick(odd)() as string)
}
