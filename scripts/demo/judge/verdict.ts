import { isDistributed, type Label, overlaps, type Span } from './label.ts'
import type { ScoredRow } from './scored-view.ts'
import { type SiteTouches, touchKey } from './site-touch.ts'

/** An alert of one of the two views; `at` is when its window closed. */
export interface JudgedAlert extends Span {
  readonly view: 'ip' | 'site'
  readonly key: string
}

export interface Evidence {
  readonly labels: readonly Label[]
  readonly alerts: readonly JudgedAlert[]
  readonly touches: SiteTouches
}

export interface AttackVerdict {
  readonly id: string
  readonly kind: string
  readonly addresses: number
  readonly from: string
  readonly to: string
  readonly detected: boolean
  readonly addresses_detected: number
  /** End of the window of the first alert that counts. */
  readonly first_alert: string | null
  /** Alerts of the view over all addresses on what the attack asked for. */
  readonly site_alerts: number
}

/** Share of an attack's addresses that must have an alert each. */
export const ADDRESSES_SHARE = 0.8

/** Which attacks are under way in the window of each row: of the key's address, or of those that asked for the part of the site. */
export class AttackIndex {
  readonly #byAddress = new Map<string, Label[]>()
  readonly #evidence: Pick<Evidence, 'labels' | 'touches'>

  constructor(evidence: Pick<Evidence, 'labels' | 'touches'>) {
    this.#evidence = evidence
    for (const label of evidence.labels)
      for (const address of label.addresses) {
        const key = JSON.stringify(address)
        this.#byAddress.set(key, [...(this.#byAddress.get(key) ?? []), label])
      }
  }

  /** Ids of the attacks that overlap a key and its window; empty: it is quiet. */
  attacksOn(view: JudgedAlert['view'], row: Pick<JudgedAlert, 'key' | 'start' | 'end'>): readonly string[] {
    if (view === 'site') return [...(this.#touchesOn(row)?.keys() ?? [])]
    return (this.#byAddress.get(row.key) ?? []).filter((label) => overlaps(label, row)).map(({ id }) => id)
  }

  /** Ids of the attacks that asked at least so often for what a row of the site is about, in its minute. */
  attacksIn(row: Pick<JudgedAlert, 'key' | 'start'>, hitsMin: number): readonly string[] {
    return [...(this.#touchesOn(row) ?? [])].flatMap(([id, hits]) => (hits >= hitsMin ? [id] : []))
  }

  #touchesOn({ key, start }: Pick<JudgedAlert, 'key' | 'start'>): ReadonlyMap<string, number> | undefined {
    return this.#evidence.touches.get(touchKey(key, start))
  }
}

/** Whether each attack was found while it went on, by the view that must find it. */
export function judgeAttacks(evidence: Evidence, index: AttackIndex): AttackVerdict[] {
  const found = evidence.alerts.map((alert) => ({ alert, attacks: index.attacksOn(alert.view, alert) }))
  return evidence.labels.map((label) => {
    const mine = found.filter(({ attacks }) => attacks.includes(label.id)).map(({ alert }) => alert)
    const addressAlerts = mine.filter(({ view }) => view === 'ip')
    const siteAlerts = mine.filter(({ view }) => view === 'site')
    const addresses = new Set(addressAlerts.map(({ key }) => key)).size
    const counting = isDistributed(label) ? siteAlerts : addressAlerts
    const detected = isDistributed(label) ? siteAlerts.length > 0 : addresses >= ADDRESSES_SHARE * label.addresses.length
    const first = counting.reduce((least, { end }) => Math.min(least, end), Number.POSITIVE_INFINITY)
    return {
      id: label.id,
      kind: label.kind,
      addresses: label.addresses.length,
      from: new Date(label.from).toISOString(),
      to: new Date(label.to).toISOString(),
      detected,
      addresses_detected: addresses,
      first_alert: Number.isFinite(first) ? new Date(first).toISOString() : null,
      site_alerts: siteAlerts.length,
    }
  })
}

export interface AlertFigures {
  readonly total: number
  readonly on_attacks: number
  readonly on_quiet: number
  readonly quiet_rows: number
  readonly false_rate: number
}

/** Alerts on keys and windows that no attack overlaps, as a share of all scored rows that none overlaps. */
export function judgeQuiet(
  alerts: readonly JudgedAlert[],
  rows: Readonly<Record<JudgedAlert['view'], readonly ScoredRow[]>>,
  index: AttackIndex,
): AlertFigures {
  const isQuiet = (view: JudgedAlert['view'], row: Pick<JudgedAlert, 'key' | 'start' | 'end'>): boolean =>
    index.attacksOn(view, row).length === 0
  const quietRows = (['ip', 'site'] as const).reduce((sum, view) => sum + rows[view].filter((row) => isQuiet(view, row)).length, 0)
  const onQuiet = alerts.filter((alert) => isQuiet(alert.view, alert)).length
  return {
    total: alerts.length,
    on_attacks: alerts.length - onQuiet,
    on_quiet: onQuiet,
    quiet_rows: quietRows,
    false_rate: quietRows === 0 ? 0 : onQuiet / quietRows,
  }
}
