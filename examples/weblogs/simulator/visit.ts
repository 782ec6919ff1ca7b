import { loginForm, passwordOf, userName } from './account.ts'
import { PREVIEW } from './agent.ts'
import type { Ask, Asks } from './ask.ts'
import { type Page, type PageChoice, PRODUCTS, productPage } from './catalogue.ts'
import { type Chance, textHash } from './chance.ts'
import type { Visitor } from './population.ts'

/** What all who ask draw from. */
export interface Scene {
  readonly chance: Chance
  readonly pages: PageChoice
  /** Name under which the shop is known; browsers name it as referer. */
  readonly origin: string
}

const THINK_MEDIAN_MS = 21_000
const THINK_MS_MAX = 480_000
/** Browsers that send no referer, of a hundred. */
const DISCREET_PERCENT = 8
const ENTRANCES = ['https://www.search.example/', 'https://social.example/', 'https://news.example/deals', 'https://mail.example/']
const STALE_TARGETS = ['/product/0', '/product/99120', '/articles/old-news', '/summer-2019', '/images/p/0-1.jpg', '/apple-touch-icon.png']
const ODD_TARGETS = [
  '/product/12%20',
  "/search?q=it's",
  '//',
  '/search?q=%C3%BC%22x%22',
  '/c/lamps?sort=price&dir=asc&utm_source=mail',
  '/%2e%2e/',
]

interface Session {
  readonly scene: Scene
  readonly who: Visitor
  readonly account: string
  /** Opens page after page in tabs. */
  readonly eager: boolean
  /** Blocks images. */
  readonly plain: boolean
  /** Never says where it comes from. */
  readonly discreet: boolean
  at: number
  referer: string
}

/** A person in the shop: some pages with their images, now and then a search, a login, a purchase, a dead link. `landing`: a link in a mail. */
export function* visit(scene: Scene, who: Visitor, at: number, landing?: Page): Asks {
  const { chance, pages } = scene
  const eager = chance.happens(0.012)
  const session: Session = {
    scene,
    who,
    account: userName(chance.below(1e6)),
    eager,
    plain: chance.happens(0.03),
    discreet: textHash(`${who.ip} discreet`) % 100 < DISCREET_PERCENT,
    at,
    referer: landing !== undefined || chance.happens(0.45) ? '-' : chance.pick(ENTRANCES),
  }
  const count = eager ? 15 + chance.below(45) : chance.happens(0.36) ? 1 : 2 + Math.floor(chance.exponential(1.9))
  const login = chance.happens(0.11) ? chance.below(count) : -1
  yield* open(session, landing ?? entrance(scene))
  if (!who.returning || chance.happens(0.2)) yield* furniture(session)
  for (let page = 0; page < count; page++) {
    if (page === login) yield* logIn(session)
    if (page === 0) continue
    think(session)
    const draw = chance.next()
    if (draw < 0.012) yield ask(session, chance.pick(draw < 0.008 ? STALE_TARGETS : ODD_TARGETS))
    else if (draw < 0.05 && page > 1) yield* purchase(session)
    else
      yield* open(session, draw < 0.17 ? pages.search() : draw < 0.32 ? pages.category() : draw < 0.4 ? pages.article() : pages.product())
  }
}

function entrance({ chance, pages }: Scene): Page {
  const draw = chance.next()
  if (draw < 0.38) return pages.home()
  if (draw < 0.74) return pages.product()
  if (draw < 0.86) return pages.category()
  return draw < 0.95 ? pages.article() : pages.search()
}

function ask(session: Session, target: string, more?: Partial<Ask>): Ask {
  const { who, at, referer, discreet } = session
  return { at: Math.floor(at), ip: who.ip, method: 'GET', target, agent: who.agent, referer: discreet ? '-' : referer, ...more }
}

function think(session: Session): void {
  const { chance } = session.scene
  session.at += session.eager ? 600 + chance.lognormal(3_500, 0.8) : Math.min(THINK_MS_MAX, 1_200 + chance.lognormal(THINK_MEDIAN_MS, 1))
}

function* open(session: Session, page: Page): Asks {
  const { chance, origin } = session.scene
  yield ask(session, page.target)
  session.referer = origin + page.target
  if (session.plain) return
  for (const image of page.images) {
    if (session.who.returning && chance.happens(0.55)) continue
    session.at += chance.between(40, 400)
    yield ask(session, image, { cached: session.who.returning && chance.happens(0.35) })
  }
}

/** What every page needs once. */
function* furniture(session: Session): Asks {
  const { chance } = session.scene
  session.at += chance.between(30, 120)
  yield ask(session, '/assets/shop.css', { cached: session.who.returning })
  if (chance.happens(0.3)) yield ask(session, '/favicon.ico')
}

/** People mistype, some of them again and again. */
function* logIn(session: Session): Asks {
  const { chance, origin } = session.scene
  session.at += chance.between(3_000, 12_000)
  yield ask(session, '/login')
  session.referer = `${origin}/login`
  const tries = chance.happens(0.03) ? 4 + chance.below(7) : chance.happens(0.17) ? 1 + chance.below(2) : 0
  for (let failed = 0; failed < tries; failed++) {
    session.at += 2_500 + chance.lognormal(8_000, 0.6)
    yield ask(session, '/login', { method: 'POST', form: loginForm(session.account, `guess${failed}`) })
  }
  session.at += 2_500 + chance.lognormal(9_000, 0.6)
  if (tries > 2 && chance.happens(0.5)) yield ask(session, '/password-reset')
  else {
    yield ask(session, '/login', { method: 'POST', form: loginForm(session.account, passwordOf(session.account)) })
    session.at += chance.between(100, 500)
    yield ask(session, '/account')
  }
}

function* purchase(session: Session): Asks {
  const { chance, origin } = session.scene
  yield ask(session, '/cart', { method: 'POST', form: `product=${1 + chance.below(PRODUCTS)}` })
  session.at += chance.between(100, 500)
  yield ask(session, '/cart')
  session.referer = `${origin}/cart`
  if (chance.happens(0.5)) return
  think(session)
  yield ask(session, '/checkout')
  session.referer = `${origin}/checkout`
  think(session)
  yield ask(session, '/checkout', { method: 'POST', form: 'pay=invoice' })
}

/** Someone pastes a link into a chat: its server looks at the page. */
export function* linkPreview(scene: Scene, ip: string, at: number): Asks {
  const page = productPage(1 + scene.chance.below(PRODUCTS), 1)
  const preview = { at: Math.floor(at), ip, agent: PREVIEW, referer: '-' }
  yield { ...preview, method: 'HEAD', target: page.target }
  yield { ...preview, at: Math.floor(at + 300), method: 'GET', target: page.target }
}
