import { seededRandom, zipf } from '../random.ts'
import { shopSite } from './shop-site.ts'
import type { Visit } from './visit.ts'

export interface TrafficOptions {
  readonly seed: number
  readonly days: number
  /** Strength of the attacks; 1 is plain to see. */
  readonly intensity: number
  /** First moment, epoch ms. */
  readonly start: number
}

/** An attack that is in the traffic. */
export interface Label {
  readonly id: string
  readonly kind: string
  readonly addresses: readonly string[]
  readonly from: string
  readonly to: string
}

export interface Traffic {
  /** In order of time. */
  readonly visits: readonly Visit[]
  readonly labels: readonly Label[]
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const VISITORS = 1_500
/** Sessions begun in a day. */
const SESSIONS_PER_DAY = 2_400
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
]
const SCANNED = [
  '/.env',
  '/wp-login.php',
  '/.git/config',
  '/phpmyadmin/',
  '/server-status',
  '/backup.zip',
  '/config.json',
  '/actuator/health',
]

/** Visitors of a shop over some days, with a flood, a path scan and guessed passwords among them. The same seed gives the same traffic. */
export function simulateTraffic(options: TrafficOptions): Traffic {
  const random = seededRandom(options.seed)
  const address = (): string =>
    `${81 + Math.floor(random() * 90)}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.${1 + Math.floor(random() * 254)}`
  const scene: Scene = { options, random, site: shopSite(random), ips: Array.from({ length: VISITORS }, address), visits: [] }
  const person = zipf(VISITORS, 0.8, random)
  for (let i = 0; i < SESSIONS_PER_DAY * options.days; i++) session(scene, { ip: scene.ips[person()], at: dayTime(scene) })
  crawler(scene, address())
  const labels = [flood(scene, address()), pathScan(scene, address()), guessedPasswords(scene, address())]
  return { visits: scene.visits.sort((a, b) => a.at - b.at), labels }
}

interface Scene {
  readonly options: TrafficOptions
  readonly random: () => number
  readonly site: ReturnType<typeof shopSite>
  readonly ips: readonly string[]
  readonly visits: Visit[]
}

/** A moment of a day with a rhythm: few at four in the morning, most in the evening. */
function dayTime(scene: Scene): number {
  for (;;) {
    const share = scene.random()
    const busy = 0.55 - 0.45 * Math.cos((share - 0.17) * 2 * Math.PI)
    if (scene.random() < busy) return scene.options.start + (Math.floor(scene.random() * scene.options.days) + share) * DAY_MS
  }
}

function visit(
  scene: Scene,
  what: { ip: string; at: number; path: string; method?: string; status?: number; agent?: string; referer?: string },
): void {
  const status = what.status ?? (scene.random() < 0.01 ? 404 : 200)
  const bytes = status === 304 ? undefined : status >= 400 ? 512 : Math.floor(800 + 30_000 * scene.random() ** 3)
  const agent = what.agent ?? AGENTS[hash(what.ip) % AGENTS.length]
  scene.visits.push({
    at: Math.floor(what.at),
    ip: what.ip,
    request: `${what.method ?? 'GET'} ${what.path} HTTP/1.1`,
    status,
    bytes,
    referer: what.referer ?? '-',
    agent,
  })
}

function hash(text: string): number {
  let sum = 0
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0
  return sum
}

function session(scene: Scene, who: { ip: string; at: number }): void {
  let { at } = who
  const pages = 1 + Math.floor(-Math.log(1 - scene.random()) * 6)
  for (let i = 0; i < pages; i++) {
    if (scene.random() < 0.04) {
      visit(scene, { ip: who.ip, at, path: '/login', method: 'POST', status: scene.random() < 0.12 ? 401 : 302 })
    } else if (scene.random() < 0.12) {
      visit(scene, { ip: who.ip, at, path: scene.site.search() })
    } else {
      const { path, images } = scene.site.page()
      visit(scene, { ip: who.ip, at, path })
      for (const [n, image] of images.entries())
        visit(scene, {
          ip: who.ip,
          at: at + 150 * (n + 1),
          path: image,
          status: scene.random() < 0.3 ? 304 : 200,
          referer: `https://shop.example${path}`,
        })
    }
    at += 2_000 - Math.log(1 - scene.random()) * 25_000
  }
}

/** A search engine that reads the shop politely. */
function crawler(scene: Scene, ip: string): void {
  const agent = 'Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/about)'
  for (let at = scene.options.start; at < scene.options.start + scene.options.days * DAY_MS; at += 20_000 + scene.random() * 20_000) {
    visit(scene, { ip, at, path: scene.site.page().path, agent })
  }
}

interface Raid {
  readonly kind: string
  readonly minutes: number
  readonly perMinute: number
  readonly share: number
}

function raid(scene: Scene, plan: Raid & { readonly ip: string }, shoot: (at: number, i: number) => void): Label {
  const { options, random } = scene
  const from = options.start + options.days * DAY_MS * plan.share
  const to = from + plan.minutes * MINUTE_MS
  const shots = Math.ceil(plan.minutes * plan.perMinute * options.intensity)
  for (let i = 0; i < shots; i++) shoot(from + ((i + random()) / shots) * (to - from), i)
  for (const at of [from - 40 * MINUTE_MS, to + 30 * MINUTE_MS]) session(scene, { ip: plan.ip, at })
  return {
    id: `${plan.kind}-${options.seed}`,
    kind: plan.kind,
    addresses: [plan.ip],
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  }
}

function flood(scene: Scene, ip: string): Label {
  return raid(scene, { kind: 'flood', minutes: 12, perMinute: 400, share: 0.55, ip }, (at) =>
    visit(scene, { ip, at, path: '/search?q=a', agent: 'python-requests/2.32' }),
  )
}

function pathScan(scene: Scene, ip: string): Label {
  return raid(scene, { kind: 'path-scan', minutes: 10, perMinute: 110, share: 0.72, ip }, (at, i) => {
    visit(scene, { ip, at, path: i < SCANNED.length ? SCANNED[i] : `/old/${i}/index.php`, status: 404, agent: 'Mozilla/5.0 zgrab/0.x' })
  })
}

function guessedPasswords(scene: Scene, ip: string): Label {
  return raid(scene, { kind: 'credential-stuffing', minutes: 20, perMinute: 14, share: 0.86, ip }, (at) => {
    visit(scene, { ip, at, path: '/login', method: 'POST', status: scene.random() < 0.02 ? 302 : 401 })
  })
}
