import { describe, expect, test } from 'vitest'
import { loginForm, passwordOf, userName } from './account.ts'
import { Chance } from './chance.ts'
import { scannedTarget } from './scanned-target.ts'
import { shopFront } from './shop-front.ts'

const ask = shopFront(new Chance(1))

describe('the shop', () => {
  test.each([
    ['/', 200],
    ['/product/12', 200],
    ['/product/0', 404],
    ['/product/99999', 404],
    ['/product/1e2', 404],
    ['/search?q=lamp', 200],
    ['/c/lamps?page=2', 200],
    ['/c/cars', 404],
    ['/images/p/12-1.jpg', 200],
    ['/images/p/12-9.jpg', 404],
    ['/login', 200],
    ['/.env', 404],
  ])('answers %s with %d', (target, status) => {
    expect(ask({ method: 'GET', target }).status).toBe(status)
  })

  test('lets in who knows the password, and nobody else', () => {
    const post = (form: string) => ask({ method: 'POST', target: '/login', form })
    expect(post(loginForm('customer5', passwordOf('customer5')))).toMatchObject({ status: 303, location: '/account' })
    expect(post(loginForm('customer5', passwordOf('customer6'))).status).toBe(401)
    expect(post(loginForm('nobody', passwordOf('nobody'))).status).toBe(401)
    expect(post('').status).toBe(401)
  })

  test('sends an image again only to who has no copy', () => {
    const image = ask({ method: 'GET', target: '/images/p/3-1.jpg' })
    expect(image.bytes).toBeGreaterThan(2_000)
    expect(ask({ method: 'GET', target: '/images/p/3-1.jpg', cached: true })).toMatchObject({ status: 304, bytes: 0 })
  })

  test('refuses methods it does not know', () => {
    expect(ask({ method: 'PROPFIND', target: '/' }).status).toBe(405)
  })

  test('fails on many pages while it is broken, never on images', () => {
    const broken = shopFront(new Chance(2), () => 'shop')
    const statuses = Array.from({ length: 400 }, () => broken({ method: 'GET', target: '/' }).status)
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(80)
    expect(broken({ method: 'GET', target: '/images/p/3-1.jpg' }).status).toBe(200)
  })

  test('refuses every login while only that fails', () => {
    const answers = shopFront(new Chance(2), () => 'login')
    const form = loginForm(userName(7), passwordOf(userName(7)))
    expect(ask({ method: 'POST', target: '/login', form }).status).toBe(303)
    expect(answers({ method: 'POST', target: '/login', form }).status).toBe(401)
    expect(answers({ method: 'GET', target: '/login' }).status).toBe(200)
  })

  test('has little of what scanners look for', () => {
    const chance = new Chance(3)
    const found = Array.from({ length: 1_000 }, () => ask({ method: 'GET', target: scannedTarget(chance) })).filter(
      ({ status }) => status === 200,
    )
    expect(found.length).toBeLessThan(100)
  })
})
