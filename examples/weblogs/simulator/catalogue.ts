import { type Chance, ranks, textHash } from './chance.ts'

/** What the shop has. */
export const PRODUCTS = 900
export const ARTICLES = 150
export const IMAGES_PER_PRODUCT = 3
export const CATEGORIES: readonly string[] = [
  'lamps',
  'chairs',
  'tables',
  'kettles',
  'rugs',
  'shelves',
  'mirrors',
  'clocks',
  'vases',
  'blankets',
  'garden',
  'kitchen',
]
const WORDS = [...CATEGORIES, 'oak', 'linen', 'blue', 'round', 'small', 'sale', 'set', 'outdoor', 'vintage', 'kids']
const LIKES_PER_CATEGORY = PRODUCTS / CATEGORIES.length

/** A page and the images that a browser loads with it. */
export interface Page {
  readonly target: string
  readonly images: readonly string[]
}

/** Pages as people choose them: a few are asked for most. */
export interface PageChoice {
  readonly home: () => Page
  readonly product: () => Page
  readonly article: () => Page
  readonly category: () => Page
  readonly search: () => Page
}

export function pageChoice(chance: Chance): PageChoice {
  const product = ranks(PRODUCTS, 0.9, chance)
  const article = ranks(ARTICLES, 1, chance)
  const thumbs = (count: number): string[] => Array.from({ length: count }, () => imageOf(1 + product(), 1))
  return {
    home: () => ({ target: '/', images: ['/images/hero.jpg', ...thumbs(2)] }),
    product: () => productPage(1 + product(), 1 + chance.below(2)),
    article: () => ({ target: `/articles/${1 + article()}`, images: chance.happens(0.5) ? thumbs(1) : [] }),
    category: () => {
      const page = chance.happens(0.3) ? `?page=${2 + chance.below(5)}` : ''
      return { target: `/c/${chance.pick(CATEGORIES)}${page}`, images: thumbs(2) }
    },
    search: () => {
      const second = chance.happens(0.4) ? `+${chance.pick(WORDS)}` : ''
      return { target: `/search?q=${chance.pick(WORDS)}${second}`, images: thumbs(chance.below(3)) }
    },
  }
}

export function productPage(id: number, images: number): Page {
  return { target: `/product/${id}`, images: Array.from({ length: images }, (_, n) => imageOf(id, n + 1)) }
}

function imageOf(id: number, n: number): string {
  return `/images/p/${id}-${n}.jpg`
}

/** The category a product stands in. */
export function categoryOf(id: number): string {
  return CATEGORIES[Math.floor((id - 1) / LIKES_PER_CATEGORY)]
}

/** Bytes of an image: thumbnails of some kB, a few large ones. */
export function imageBytes(path: string): number {
  if (path === '/images/hero.jpg') return 118_412
  const share = (textHash(path) % 10_000) / 10_000
  return Math.floor(2_400 + 42_000 * share ** 3)
}

/** Bytes of a page: what a template and its content come to. */
export function pageBytes(target: string): number {
  return 5_200 + (textHash(target) % 17_000)
}
