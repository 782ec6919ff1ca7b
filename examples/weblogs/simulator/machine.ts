import { CRAWLER, FEED_READERS, PROBE, SEO_BOT } from './agent.ts'
import type { Asks } from './ask.ts'
import { ARTICLES, CATEGORIES, PRODUCTS, productPage } from './catalogue.ts'
import { MINUTE_MS } from './load.ts'
import type { Scene } from './visit.ts'

interface Span {
  readonly ip: string
  readonly from: number
  readonly to: number
}

const CRAWLER_PER_SECOND = 5

/** A search engine's crawler: steady, many paths, some of them long gone; says who it is. */
export function* crawler({ chance }: Scene, { ip, from, to }: Span): Asks {
  const machine = { ip, agent: CRAWLER, method: 'GET', referer: '-' }
  yield { ...machine, at: Math.floor(from), target: '/robots.txt' }
  for (let at = from + 500; at < to; at += (1000 / CRAWLER_PER_SECOND) * chance.between(0.7, 1.3)) {
    yield { ...machine, at: Math.floor(at), target: crawled({ chance }), cached: chance.happens(0.1) }
  }
}

function crawled({ chance }: Pick<Scene, 'chance'>): string {
  const draw = chance.next()
  if (draw < 0.025) return `/product/${PRODUCTS + 1 + chance.below(4_000)}`
  if (draw < 0.7) return `/product/${1 + chance.below(PRODUCTS)}`
  if (draw < 0.85) return `/articles/${1 + chance.below(ARTICLES)}`
  if (draw < 0.95) return `/c/${chance.pick(CATEGORIES)}?page=${1 + chance.below(8)}`
  return productPage(1 + chance.below(PRODUCTS), 1).images[0]
}

/** A smaller robot that reads a page every few seconds. */
export function* seoBot({ chance }: Scene, { ip, from, to }: Span): Asks {
  const machine = { ip, agent: SEO_BOT, method: 'GET', referer: '-' }
  for (let at = from; at < to; at += 500 + chance.lognormal(7_000, 0.5)) {
    yield { ...machine, at: Math.floor(at), target: crawled({ chance }) }
  }
}

/** Asks every half minute whether the shop is there. */
export function* probe({ chance }: Scene, { ip, from, to }: Span): Asks {
  for (let at = from; at < to; at += MINUTE_MS / 2 + chance.between(-400, 400)) {
    yield { at: Math.floor(at), ip, agent: PROBE, method: chance.happens(0.5) ? 'HEAD' : 'GET', target: '/health', referer: '-' }
  }
}

/** A program that fetches the feed now and then. */
export function* feedReader({ chance }: Scene, { ip, from, to }: Span): Asks {
  const agent = chance.pick(FEED_READERS)
  const every = chance.between(10, 60) * MINUTE_MS
  for (let at = from + chance.next() * every; at < to; at += every * chance.between(0.95, 1.05)) {
    yield { at: Math.floor(at), ip, agent, method: 'GET', target: '/feed.xml', referer: '-', cached: chance.happens(0.7) }
  }
}
