import { BROWSERS } from './agent.ts'
import type { Ask, Asks, AttackKind, Birth, Label } from './ask.ts'
import { attackers } from './attack.ts'
import { type AttackPlan, type AttackSpan, attacksIn, type Intensity, planAttacks } from './attack-plan.ts'
import { pageChoice } from './catalogue.ts'
import { Chance } from './chance.ts'
import { DAY_MS, HOUR_MS, loadAt, MINUTE_MS, type Peak, salePeaks } from './load.ts'
import { crawler, feedReader, probe, seoBot } from './machine.ts'
import { merge } from './merge.ts'
import { agentOf, type Population, population } from './population.ts'
import { linkPreview, type Scene, visit } from './visit.ts'

export interface TrafficOptions {
  readonly seed: number
  /** First moment, epoch ms. */
  readonly start: number
  readonly minutes: number
  readonly intensity: Intensity
  /** Sessions begun in a minute of mean load, 4.5 when absent. */
  readonly visitorsPerMinute?: number
  /** A busy hour: in full sale from its first to its last minute, with one attack of each kind. Otherwise days as they come. */
  readonly busy?: boolean
}

export interface Traffic {
  /** In order of time. Reading them fills the labels. */
  readonly asks: Generator<Ask, void, undefined>
  /** Times in which the shop itself has trouble, epoch ms. */
  readonly outages: readonly Outage[]
  readonly plans: readonly AttackPlan[]
  /** The attacks met in the asks that were read so far, by `from`. */
  readonly labels: () => Label[]
}

/** A time in which the shop, or its login alone, fails. */
export interface Outage {
  readonly from: number
  readonly to: number
  readonly of: 'shop' | 'login'
}

const VISITORS_PER_MINUTE = 4.5
const OFFICE_PER_MINUTE = 0.8
const ORIGIN = 'https://shop.example'
const SHOP_OPENED_MS = 9 * MINUTE_MS

/** The traffic of a shop: visitors, an office, robots, and attacks among them. The same options give the same traffic. */
export function simulateTraffic(options: TrafficOptions): Traffic {
  const chance = new Chance(options.seed)
  const scene: Scene = { chance: chance.fork(), pages: pageChoice(chance.fork()), origin: ORIGIN }
  const end = options.start + options.minutes * MINUTE_MS
  const people = population(chance.fork())
  const peaks = options.busy ? busyPeaks(chance, options.start, end) : salePeaks(chance, options.start, end)
  const busy = options.busy === true
  const plans = planAttacks(chance.fork(), people, attackSpan(chance, options, end, peaks))
  const town: Town = { scene, people, peaks, start: options.start, end, perMinute: options.visitorsPerMinute ?? VISITORS_PER_MINUTE }
  const seen = new Map<string, { from: number; to: number; addresses: Set<string> }>()
  const all = merge(
    [visitors(town), office(town), ...machines(town, busy), ...sorted(campaigns(town, busy)), ...sorted(attacks(town, plans))],
    end,
  )
  return {
    asks: watched(all, seen),
    outages: options.busy ? [] : outages(chance, options.start, end),
    plans,
    labels: () => labelsOf(plans, seen),
  }
}

interface Town {
  readonly scene: Scene
  readonly people: Population
  readonly peaks: readonly Peak[]
  readonly start: number
  readonly end: number
  readonly perMinute: number
}

function attackSpan(chance: Chance, options: TrafficOptions, end: number, peaks: readonly Peak[]): AttackSpan {
  const load = (at: number): number => loadAt(at, peaks)
  if (options.busy) {
    const from = options.start + SHOP_OPENED_MS
    return { from, to: end - 4 * MINUTE_MS, intensity: options.intensity, count: () => 1, longestShare: 0.55, load: () => 1 }
  }
  const from = options.start + Math.min(HOUR_MS / 2, (end - options.start) / 10)
  return { from, to: end, intensity: options.intensity, count: attacksIn(chance.fork(), end - options.start), longestShare: 0.3, load }
}

/** A sale that is on before the hour begins, and draws more in the middle of it. */
function busyPeaks(chance: Chance, start: number, end: number): Peak[] {
  const more = start + chance.between(0.2, 0.4) * (end - start)
  return [
    { from: start - HOUR_MS, to: end + 2 * HOUR_MS, factor: 14, rampMs: 10 * MINUTE_MS },
    { from: more, to: end + HOUR_MS, factor: chance.between(1.3, 1.7), rampMs: 8 * MINUTE_MS },
  ]
}

function outages(chance: Chance, start: number, end: number): Outage[] {
  const found: Outage[] = []
  for (let day = start; day < end; day += DAY_MS) {
    for (const part of ['shop', 'login'] as const) {
      if (!chance.happens(0.2)) continue
      const from = day + chance.next() * DAY_MS
      found.push({ from, to: from + chance.between(2, 9) * MINUTE_MS, of: part })
    }
  }
  return found
}

/** Mails to customers: within minutes hundreds follow the link, which leads to one page. */
function campaigns({ scene, people, start, end }: Town, busy: boolean): Birth[] {
  const { chance, pages } = scene
  const births: Birth[] = []
  for (let day = start; day < end; day += DAY_MS) {
    if (!chance.happens(busy ? 0.5 : 0.4)) continue
    const from = day + chance.between(0.1, 0.8) * Math.min(DAY_MS, end - day)
    const landing = chance.happens(0.5) ? pages.product() : pages.category()
    for (let left = 120 + chance.below(400); left > 0; left--) {
      const at = from + chance.exponential(6 * MINUTE_MS)
      births.push({ at, asks: visit(scene, people.visitor(), at, landing) })
    }
  }
  return births
}

function* visitors({ scene, people, peaks, start, end, perMinute }: Town): Asks {
  const { chance } = scene
  for (let at = start; ; ) {
    at += chance.exponential(MINUTE_MS / (perMinute * loadAt(at, peaks)))
    if (at >= end) return
    yield { at, asks: chance.happens(0.006) ? linkPreview(scene, people.address(), at) : visit(scene, people.visitor(), at) }
  }
}

/** Many people behind one address, from eight to half past six on workdays. */
function* office({ scene, people, peaks, start, end, perMinute }: Town): Asks {
  const { chance } = scene
  const ip = people.address()
  const scale = perMinute / VISITORS_PER_MINUTE
  for (let at = start; at < end; ) {
    const open = isOfficeHour(at)
    const rate = OFFICE_PER_MINUTE * scale * Math.sqrt(loadAt(at, peaks))
    at += open ? chance.exponential(MINUTE_MS / rate) : 5 * MINUTE_MS
    if (open) yield { at, asks: visit(scene, { ip, agent: chance.pick(BROWSERS), returning: chance.happens(0.8) }, at) }
  }
}

function isOfficeHour(at: number): boolean {
  const day = new Date(at).getUTCDay()
  const hour = (at / HOUR_MS) % 24
  return day >= 1 && day <= 5 && hour >= 8 && hour < 18.5
}

function machines({ scene, people, start, end }: Town, busy: boolean): Asks[] {
  const { chance } = scene
  const always = { from: start, to: end }
  const feeds = Array.from({ length: 12 }, () => feedReader(scene, { ip: people.address(), ...always }))
  return [probe(scene, { ip: people.address(), ...always }), ...feeds, ...sorted(robotRuns({ chance, people, scene, start, end, busy }))]
}

interface RobotDays extends Pick<Town, 'scene' | 'people' | 'start' | 'end'> {
  readonly chance: Chance
  readonly busy: boolean
}

/** The robots come for a while, about every second day; in a busy hour they are there. */
function robotRuns({ chance, people, scene, start, end, busy }: RobotDays): Birth[] {
  const [crawlerIp, botIp] = [people.address(), people.address()]
  const births: Birth[] = []
  for (let day = start; day < end; day += DAY_MS) {
    const span = Math.min(DAY_MS, end - day)
    const runs: readonly [typeof crawler, string, number][] = [
      [crawler, crawlerIp, chance.between(20, 60)],
      [seoBot, botIp, chance.between(60, 240)],
    ]
    for (const [robot, ip, minutes] of runs) {
      const length = Math.min(minutes * MINUTE_MS, span * 0.7)
      const from = day + chance.next() * (span - length)
      if (busy || chance.happens(0.6)) births.push({ at: from, asks: robot(scene, { ip, from, to: from + length }) })
    }
  }
  return births
}

/** The attacks, and what their addresses do before and after: visit. */
function attacks({ scene, start, end }: Town, plans: readonly AttackPlan[]): Birth[] {
  const { chance } = scene
  return plans.flatMap((plan) => {
    const visits = plan.addresses.flatMap((ip) => {
      const who = { ip, agent: agentOf(ip), returning: true }
      const before = Math.max(start + 1_000, plan.from - chance.between(12, 90) * MINUTE_MS)
      const after = plan.to + chance.between(6, 90) * MINUTE_MS
      return [before, Math.min(after, end - MINUTE_MS)].map((at) => ({ at, asks: visit(scene, who, at) }))
    })
    return [...visits, ...attackers(scene, plan).map((asks) => ({ at: plan.from, asks }))]
  })
}

/** Births as one iterator each would crowd the heap for weeks: one iterator brings them all. */
function sorted(births: readonly Birth[]): Asks[] {
  return [[...births].sort((a, b) => a.at - b.at).values() as Asks]
}

function* watched(
  asks: Iterable<Ask>,
  seen: Map<string, { from: number; to: number; addresses: Set<string> }>,
): Generator<Ask, void, undefined> {
  for (const ask of asks) {
    if (ask.attack !== undefined) {
      const found = seen.get(ask.attack)
      if (found === undefined) seen.set(ask.attack, { from: ask.at, to: ask.at, addresses: new Set([ask.ip]) })
      else {
        found.to = ask.at
        found.addresses.add(ask.ip)
      }
    }
    yield ask
  }
}

function labelsOf(plans: readonly AttackPlan[], seen: ReadonlyMap<string, { from: number; to: number; addresses: Set<string> }>): Label[] {
  const kinds = new Map<string, AttackKind>(plans.map(({ id, kind }) => [id, kind]))
  return [...seen]
    .sort((a, b) => a[1].from - b[1].from)
    .map(([id, { from, to, addresses }]) => ({
      id,
      kind: kinds.get(id) as AttackKind,
      addresses: [...addresses],
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    }))
}
