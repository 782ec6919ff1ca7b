import { describe, expect, test } from 'vitest'
import type { Ask, Label } from './ask.ts'
import { simulateTraffic, type TrafficOptions } from './traffic-model.ts'

const START = Date.UTC(2026, 2, 2)
const KINDS = ['credential-stuffing', 'distributed-credential-stuffing', 'distributed-flood', 'flood', 'path-scan', 'slow-scrape']

function simulated(options: Partial<TrafficOptions> = {}): { asks: Ask[]; labels: Label[] } {
  const traffic = simulateTraffic({ seed: 4, start: START, minutes: 1440, intensity: { min: 0.3, max: 1 }, ...options })
  const asks = [...traffic.asks]
  return { asks, labels: traffic.labels() }
}

const day = simulated()
const hour = simulated({ start: START + 16 * 3_600_000, minutes: 75, intensity: 0.3, busy: true, seed: 9 })

describe('a simulated day', () => {
  test('is the same for the same seed, and another for another', () => {
    const short = { minutes: 90 }
    expect(simulated(short)).toEqual(simulated(short))
    expect(simulated({ ...short, seed: 5 }).asks).not.toEqual(simulated(short).asks)
  })

  test('stands in order of time and stays within the day', () => {
    expect(day.asks.length).toBeGreaterThan(40_000)
    expect(day.asks.every(({ at }, i) => i === 0 || at >= day.asks[i - 1].at)).toBe(true)
    expect(day.asks[0].at).toBeGreaterThanOrEqual(START)
    expect(day.asks[day.asks.length - 1].at).toBeLessThan(START + 86_400_000)
  })

  test('has attacks of every kind, with the times and addresses of their requests', () => {
    expect([...new Set(day.labels.map(({ kind }) => kind))].sort()).toEqual(KINDS)
    for (const { id, addresses, from, to } of day.labels) {
      const asks = day.asks.filter(({ attack }) => attack === id)
      expect([new Date(asks[0].at).toISOString(), new Date(asks[asks.length - 1].at).toISOString()]).toEqual([from, to])
      expect(new Set(asks.map(({ ip }) => ip))).toEqual(new Set(addresses))
    }
  })

  test('lets no address take part in two attacks', () => {
    const addresses = day.labels.flatMap((label) => label.addresses)
    expect(new Set(addresses).size).toBe(addresses.length)
  })

  test('has attackers visit before and after like everybody', () => {
    for (const { addresses, from, to } of day.labels) {
      const visits = day.asks.filter(({ ip, attack }) => ip === addresses[0] && attack === undefined)
      expect(visits.some(({ at }) => at < Date.parse(from))).toBe(true)
      expect(visits.some(({ at }) => at > Date.parse(to))).toBe(true)
    }
  })

  test('is quiet at night and busy in the evening', () => {
    const count = (fromHour: number): number =>
      day.asks.filter(
        ({ at, attack, agent }) => attack === undefined && !/bot/i.test(agent) && Math.floor((at - START) / 3_600_000) === fromHour,
      ).length
    expect(count(3) * 4).toBeLessThan(count(19))
  })
})

describe('a busy hour', () => {
  test('has one attack of each kind, a crawler at five requests a second and people who mistype passwords', () => {
    expect(hour.labels.map(({ kind }) => kind).sort()).toEqual(KINDS)
    const crawler = hour.asks.filter(({ agent }) => agent.includes('SearchExample'))
    const seconds = (crawler[crawler.length - 1].at - crawler[0].at) / 1000
    expect(crawler.length / seconds).toBeGreaterThan(4.5)
    expect(crawler.length / seconds).toBeLessThan(5.5)
    expect(hour.asks.some(({ attack, form }) => attack === undefined && form?.includes('password=guess'))).toBe(true)
  })

  test('has more than 50,000 quiet rows of addresses in five-minute windows', () => {
    const rows = new Set<string>()
    for (const { ip, at } of hour.asks) {
      const minute = Math.floor(at / 60_000)
      for (let end = minute + 1; end <= minute + 5; end++) rows.add(`${ip} ${end}`)
    }
    for (const { addresses, from, to } of hour.labels) {
      for (let end = Math.floor(Date.parse(from) / 60_000) + 1; end <= Math.floor(Date.parse(to) / 60_000) + 5; end++) {
        for (const ip of addresses) rows.delete(`${ip} ${end}`)
      }
    }
    expect(rows.size).toBeGreaterThan(50_000)
  })

  test('is weaker at a lower intensity', () => {
    const strong = simulated({ start: START + 16 * 3_600_000, minutes: 75, intensity: 1, busy: true, seed: 9 })
    const attacks = (asks: readonly Ask[]): number => asks.filter(({ attack }) => attack !== undefined).length
    expect(attacks(hour.asks) / attacks(strong.asks)).toBeGreaterThan(0.25)
    expect(attacks(hour.asks) / attacks(strong.asks)).toBeLessThan(0.35)
  })
})
