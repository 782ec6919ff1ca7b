import { loginForm, passwordOf, userName } from './account.ts'
import { BROWSERS, TOOLS } from './agent.ts'
import type { Ask, Asks } from './ask.ts'
import type { AttackPlan } from './attack-plan.ts'
import { CATEGORIES, categoryOf, PRODUCTS, productPage } from './catalogue.ts'
import { MINUTE_MS } from './load.ts'
import { scannedTarget } from './scanned-target.ts'
import type { Scene } from './visit.ts'

/** One address at work. */
interface Bot {
  readonly ip: string
  readonly from: number
  readonly to: number
  /** Requests per minute. */
  readonly rate: number
}

interface Tune {
  readonly scene: Scene
  readonly plan: AttackPlan
  readonly agents: readonly string[]
}

/** Password lists from elsewhere hold this share of the shop's. */
const RIGHT_PASSWORDS = 0.012

/** Everyone who takes part in an attack, each with its own asks. */
export function attackers(scene: Scene, plan: AttackPlan): Asks[] {
  const { chance } = scene
  const tune: Tune = { scene, plan, agents: disguise(scene) }
  const several = plan.addresses.length > 1
  const rate = (low: number, high: number): number => plan.strength * chance.between(low, high)
  const bots = (low: number, high: number): Bot[] => {
    const common = rate(low, high)
    const late = several ? 0.25 * (plan.to - plan.from) : 0
    return plan.addresses.map((ip) => ({
      ip,
      from: plan.from + chance.next() * late,
      to: plan.to - chance.next() * late,
      rate: several ? common * chance.between(0.6, 1.4) : common,
    }))
  }
  switch (plan.kind) {
    case 'flood': {
      const targets = floodTargets(scene)
      return bots(200, 700).map((bot) => flooder(tune, bot, targets))
    }
    case 'distributed-flood': {
      const targets = floodTargets(scene)
      return bots(5, 12).map((bot) => flooder(tune, bot, targets))
    }
    case 'credential-stuffing':
      return bots(20, 60).map((bot) => guesser(tune, bot))
    case 'distributed-credential-stuffing':
      return bots(0.7, 2.2).map((bot) => guesser(tune, bot))
    case 'path-scan':
      return bots(40, 160).map((bot) => scanner(tune, bot))
    case 'slow-scrape':
      return bots(14, 32).map((bot) => scraper(tune, bot))
  }
}

/** Attackers call themselves tools, or one browser, or many. */
function disguise({ chance }: Scene): readonly string[] {
  const draw = chance.next()
  if (draw < 0.35) return [chance.pick(TOOLS)]
  return draw < 0.7 ? [chance.pick(BROWSERS)] : BROWSERS
}

function bend(tune: Tune, bot: Bot, ask: Partial<Ask> & { readonly at: number; readonly target: string }): Ask {
  return {
    method: 'GET',
    referer: '-',
    ...ask,
    at: Math.floor(ask.at),
    ip: bot.ip,
    agent: ask.agent ?? tune.agents[0],
    attack: tune.plan.id,
  }
}

/** Times of a bot's requests: at random with waves, not like a clock. */
function* times({ scene: { chance } }: Tune, { from, to, rate }: Bot): Generator<number> {
  const wave = chance.between(2, 9) * MINUTE_MS
  const phase = chance.next() * 2 * Math.PI
  let at = from + chance.exponential(MINUTE_MS / rate)
  while (at < to) {
    yield at
    const share = 1 + 0.35 * Math.sin((at / wave) * 2 * Math.PI + phase)
    at += chance.exponential(MINUTE_MS / (rate * share))
  }
}

function floodTargets({ chance, pages }: Scene): () => string {
  const draw = chance.next()
  if (draw < 0.4) return () => pages.search().target
  if (draw < 0.55) return () => `/?${chance.below(1e9).toString(36)}`
  const fixed = draw < 0.8 ? pages.product().target : pages.category().target
  return () => fixed
}

function* flooder(tune: Tune, bot: Bot, target: () => string): Asks {
  const { chance, origin } = tune.scene
  const agent = chance.pick(tune.agents)
  const referer = chance.happens(0.25) ? `${origin}/` : '-'
  for (const at of times(tune, bot)) yield bend(tune, bot, { at, target: target(), agent, referer })
}

/** User names and passwords from a list, one after the other. */
function* guesser(tune: Tune, bot: Bot): Asks {
  const { chance, origin } = tune.scene
  const agent = chance.pick(tune.agents)
  const looksFirst = chance.happens(0.3)
  const referer = chance.happens(0.5) ? `${origin}/login` : '-'
  for (const at of times(tune, bot)) {
    const user = userName(chance.below(1e6))
    const password = chance.happens(RIGHT_PASSWORDS) ? passwordOf(user) : `leaked${chance.below(1e6)}`
    if (looksFirst && chance.happens(0.3)) yield bend(tune, bot, { at, target: '/login', agent })
    yield bend(tune, bot, { at, target: '/login', method: 'POST', form: loginForm(user, password), agent, referer })
  }
}

/** Looks for what should not be there. */
function* scanner(tune: Tune, bot: Bot): Asks {
  const { chance } = tune.scene
  const agent = chance.pick(tune.agents)
  for (const at of times(tune, bot)) {
    const method = chance.happens(0.15) ? 'HEAD' : 'GET'
    yield bend(tune, bot, { at, target: scannedTarget(chance), method, agent })
  }
}

/** Reads product after product, at a person's pace or somewhat faster. */
function* scraper(tune: Tune, bot: Bot): Asks {
  const { chance, origin } = tune.scene
  const agent = chance.pick(tune.agents)
  const loadsImages = chance.happens(0.2)
  const inOrder = chance.happens(0.5)
  const namesReferer = chance.happens(0.4)
  let id = chance.below(PRODUCTS)
  for (const at of times(tune, bot)) {
    id = inOrder ? id + 1 : chance.below(PRODUCTS)
    const page = productPage(1 + (id % PRODUCTS), 1)
    const referer = namesReferer ? `${origin}/c/${categoryOf(1 + (id % PRODUCTS))}` : '-'
    const target = chance.happens(0.06) ? `/c/${chance.pick(CATEGORIES)}?page=${1 + chance.below(6)}` : page.target
    yield bend(tune, bot, { at, target, agent, referer })
    if (loadsImages && chance.happens(0.4)) yield bend(tune, bot, { at, target: page.images[0], agent, referer: origin + page.target })
  }
}
