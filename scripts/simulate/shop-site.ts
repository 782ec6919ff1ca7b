import { zipf } from '../random.ts'

/** What visitors of a small shop ask for. */
export interface ShopSite {
  /** A page to look at, with the images it loads. */
  readonly page: () => { readonly path: string; readonly images: readonly string[] }
  readonly search: () => string
}

const PRODUCTS = 800
const ARTICLES = 120
const WORDS = ['lamp', 'chair', 'table', 'kettle', 'rug', 'shelf', 'mirror', 'clock', 'vase', 'blanket']

export function shopSite(random: () => number): ShopSite {
  const product = zipf(PRODUCTS, 1.05, random)
  const article = zipf(ARTICLES, 1.1, random)
  return {
    page: () => {
      const draw = random()
      if (draw < 0.15) return { path: '/', images: ['/images/logo.png', '/images/hero.jpg'] }
      if (draw < 0.3) return { path: `/articles/${article()}`, images: [] }
      const id = product()
      return { path: `/product/${id}`, images: [`/images/product/${id}-1.jpg`, `/images/product/${id}-2.jpg`] }
    },
    search: () => `/search?q=${WORDS[Math.floor(random() * WORDS.length)]}${random() < 0.2 ? '+sale' : ''}`,
  }
}
