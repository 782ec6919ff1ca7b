import { describe, expect, it } from 'vitest'
import type { Label } from './label.ts'
import { keyText, type ScoredRow } from './scored-view.ts'
import { touchKey } from './site-touch.ts'
import { AttackIndex, type JudgedAlert, judgeAttacks, judgeQuiet } from './verdict.ts'

const MINUTE = 60_000
const label = (id: string, kind: string, addresses: readonly string[], minutes: readonly [number, number]): Label => ({
  id,
  kind,
  addresses,
  from: minutes[0] * MINUTE,
  to: minutes[1] * MINUTE,
})
const ipAlert = (ip: string, start: number, minutes = 5): JudgedAlert => ({
  view: 'ip',
  key: keyText(ip),
  start: start * MINUTE,
  end: (start + minutes) * MINUTE,
})
const siteAlert = (segment: string | null, start: number): JudgedAlert => ({
  ...ipAlert('', start, 1),
  view: 'site',
  key: keyText(segment),
})
const row = ({ key, start, end }: JudgedAlert, decision = false): ScoredRow => ({ key, start, end, decision, byModel: true })
const many = Array.from({ length: 12 }, (_, n) => `10.0.0.${n}`)

function judge(
  labels: readonly Label[],
  alerts: readonly JudgedAlert[],
  touched: readonly (readonly [string | null, number, string])[] = [],
) {
  const touches = new Map<string, Map<string, number>>()
  for (const [segment, minute, id] of touched) {
    const key = touchKey(keyText(segment), minute * MINUTE)
    const known = touches.get(key) ?? new Map<string, number>()
    touches.set(key, known.set(id, (known.get(id) ?? 0) + 1))
  }
  const index = new AttackIndex({ labels, touches })
  return { index, attacks: judgeAttacks({ labels, alerts, touches }, index) }
}

describe('an attack by few addresses', () => {
  const scrape = label('s', 'slow-scrape', ['a', 'b', 'c', 'd', 'e'], [10, 20])

  it('is detected when at least 80 % of its addresses have an alert that overlaps it', () => {
    const four = ['a', 'b', 'c', 'd'].map((ip) => ipAlert(ip, 12))
    expect(judge([scrape], four).attacks).toMatchObject([{ detected: true, addresses_detected: 4, addresses: 5 }])
    expect(judge([scrape], four.slice(1)).attacks).toMatchObject([{ detected: false, addresses_detected: 3 }])
  })

  it.each([
    ['that ends as it begins', 5, false],
    ['that ends a minute after its beginning', 6, true],
    ['that begins with its last request', 20, true],
    ['that begins a minute after its end', 21, false],
  ])('counts an alert of a window %s: %s → %s', (_, start, counts) => {
    const one = label('f', 'flood', ['a'], [10, 20])
    expect(judge([one], [ipAlert('a', start)]).attacks[0].detected).toBe(counts)
  })

  it('is not detected by alerts of the site, of other addresses or by several of one address', () => {
    const alerts = [siteAlert('login', 12), ipAlert('z', 12), ipAlert('a', 10), ipAlert('a', 15)]
    expect(judge([scrape], alerts, [['login', 12, 's']]).attacks[0]).toMatchObject({
      detected: false,
      addresses_detected: 1,
      site_alerts: 1,
    })
  })

  it('tells the end of the first window with an alert', () => {
    const one = label('f', 'flood', ['a'], [10, 20])
    expect(judge([one], [ipAlert('a', 15), ipAlert('a', 7)]).attacks[0].first_alert).toBe(new Date(12 * MINUTE).toISOString())
  })
})

describe('an attack by many addresses', () => {
  const flood = label('d', 'distributed-flood', many, [10, 20])

  it('is detected by one alert of the site on what its addresses asked for in that minute', () => {
    expect(judge([flood], [siteAlert('search', 12)], [['search', 12, 'd']]).attacks[0].detected).toBe(true)
    expect(judge([flood], [siteAlert(null, 12)], [[null, 12, 'd']]).attacks[0].detected).toBe(true)
  })

  it.each([
    ['another part of the site', 'login', 12],
    ['another minute', 'search', 13],
  ])('is not detected by an alert on %s', (_, segment, minute) => {
    expect(judge([flood], [siteAlert(segment, minute)], [['search', 12, 'd']]).attacks[0].detected).toBe(false)
  })

  it('is not detected by alerts of all its addresses alone', () => {
    expect(
      judge(
        [flood],
        many.map((ip) => ipAlert(ip, 12)),
      ).attacks[0],
    ).toMatchObject({ detected: false, addresses_detected: 12 })
  })
})

describe('quiet rows', () => {
  it('are those that no attack on their key overlaps, and alerts on them are false', () => {
    const labels = [label('f', 'flood', ['a'], [10, 20])]
    const touched = [['login', 12, 'f']] as const
    const alerts = [ipAlert('a', 12), ipAlert('a', 30), ipAlert('b', 12), siteAlert('login', 12), siteAlert('login', 13)]
    const { index } = judge(labels, alerts, touched)
    const rows = { ip: [...alerts.slice(0, 3), ipAlert('c', 1)].map((one) => row(one)), site: alerts.slice(3).map((one) => row(one)) }
    expect(judgeQuiet(alerts, rows, index)).toEqual({ total: 5, on_attacks: 2, on_quiet: 3, quiet_rows: 4, false_rate: 0.75 })
  })

  it('are all rows of an address that is in no attack at that time', () => {
    const labels = [label('1', 'flood', ['a'], [10, 20]), label('2', 'path-scan', ['a'], [40, 50])]
    const { index } = judge(labels, [])
    expect([5, 6, 20, 21, 35, 36, 50, 51].map((start) => index.attacksOn('ip', ipAlert('a', start)))).toEqual([
      [],
      ['1'],
      ['1'],
      [],
      [],
      ['2'],
      ['2'],
      [],
    ])
  })
})

it('tells which attacks hold how much of a part of the site', () => {
  const labels = [label('1', 'flood', ['a'], [10, 20]), label('2', 'distributed-flood', many, [10, 20])]
  const { index } = judge(labels, [], [['search', 12, '1'], ...Array.from({ length: 3 }, () => ['search', 12, '2'] as const)])
  expect(index.attacksIn(siteAlert('search', 12), 1)).toEqual(['1', '2'])
  expect(index.attacksIn(siteAlert('search', 12), 2)).toEqual(['2'])
  expect(index.attacksIn(siteAlert('search', 13), 0)).toEqual([])
})
