import { isRightLogin } from './account.ts'
import { ARTICLES, CATEGORIES, IMAGES_PER_PRODUCT, imageBytes, PRODUCTS, pageBytes } from './catalogue.ts'
import type { Chance } from './chance.ts'

/** What the shop is asked, as much of it as decides the answer. */
export interface Question {
  readonly method: string
  readonly target: string
  readonly form?: string
  /** The client holds a copy. */
  readonly cached?: boolean
}

export interface Answer {
  readonly status: number
  /** Length of the body that a GET gets. */
  readonly bytes: number
  readonly type: 'text/html' | 'image/jpeg' | 'text/css' | 'text/plain'
  /** Where a redirect leads. */
  readonly location?: string
}

const HTML = 'text/html'
const NOT_FOUND_BYTES = 1_134
const FAULT_RATE = 0.0008
const ASSETS: Readonly<Record<string, number>> = { '/assets/shop.css': 18_240, '/assets/shop.js': 64_518 }
const TEXTS: Readonly<Record<string, number>> = {
  '/robots.txt': 212,
  '/health': 3,
  '/feed.xml': 14_220,
  '/sitemap.xml': 48_730,
  '/favicon.ico': 4_286,
}
const REFUSED_LOGIN: Answer = { status: 401, bytes: 3_902, type: HTML }
const METHODS = new Set(['GET', 'HEAD', 'POST'])

/** The shop's answers. A small share of pages fails, more of them while the shop has trouble; while its login has, it refuses everybody. */
export function shopFront(chance: Chance, trouble: () => 'shop' | 'login' | undefined = () => undefined): (question: Question) => Answer {
  return (question) => {
    const fails = trouble()
    if (!METHODS.has(question.method)) return { status: 405, bytes: 148, type: HTML }
    const end = question.target.search(/[?#]/)
    const path = end < 0 ? question.target : question.target.slice(0, end)
    const answer = staticAnswer(path, question) ?? pageAnswer(path, question)
    if (fails === 'login' && path === '/login' && question.method === 'POST') return REFUSED_LOGIN
    const breaks = answer.type === HTML && answer.status < 400 && chance.happens(fails === 'shop' ? 0.35 : FAULT_RATE)
    return breaks ? { status: fails === 'shop' ? 503 : 500, bytes: 586, type: HTML } : answer
  }
}

function staticAnswer(path: string, { cached }: Question): Answer | undefined {
  const type = path.startsWith('/images/') ? 'image/jpeg' : path.startsWith('/assets/') ? 'text/css' : 'text/plain'
  const bytes = ASSETS[path] ?? TEXTS[path] ?? (isImage(path) ? imageBytes(path) : undefined)
  if (bytes === undefined) return undefined
  return cached ? { status: 304, bytes: 0, type } : { status: 200, bytes, type }
}

function isImage(path: string): boolean {
  if (path === '/images/hero.jpg') return true
  const match = /^\/images\/p\/(\d+)-(\d)\.jpg$/.exec(path)
  return match !== null && isIn(match[1], PRODUCTS) && isIn(match[2], IMAGES_PER_PRODUCT)
}

function isIn(digits: string, last: number): boolean {
  return /^\d{1,6}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= last
}

function pageAnswer(path: string, question: Question): Answer {
  const [, room, item = ''] = path.split('/', 3)
  const { target, method, form } = question
  const page: Answer = { status: 200, bytes: pageBytes(target), type: HTML }
  const missing: Answer = { status: 404, bytes: NOT_FOUND_BYTES, type: HTML }
  const only = (holds: boolean): Answer => (holds ? page : missing)
  switch (room) {
    case '':
      return only(path === '/')
    case 'product':
      return only(isIn(item, PRODUCTS))
    case 'articles':
      return only(isIn(item, ARTICLES))
    case 'c':
      return only(CATEGORIES.includes(item))
    case 'login':
      if (item !== '') return missing
      if (method !== 'POST') return { ...page, bytes: 3_861 }
      return isRightLogin(form ?? '') ? { status: 303, bytes: 0, type: HTML, location: '/account' } : REFUSED_LOGIN
    case 'cart':
    case 'checkout':
      return method === 'POST' ? { status: 303, bytes: 0, type: HTML, location: room === 'cart' ? '/cart' : '/account' } : only(item === '')
    case 'search':
    case 'account':
    case 'password-reset':
      return only(item === '')
    default:
      return missing
  }
}
