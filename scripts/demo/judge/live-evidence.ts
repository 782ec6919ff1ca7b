import type { Commands } from '../commands.ts'
import type { LiveAlert } from '../live-feed.ts'
import { alertsWithoutLines, type PointingAlert } from './alert-line.ts'
import type { Label } from './label.ts'
import { keyText, type ScoredView, scoredView } from './scored-view.ts'
import { type SiteTouches, siteTouches } from './site-touch.ts'
import type { JudgedAlert } from './verdict.ts'

/** The two views of the example, by what commands call them. */
export const VIEWS = {
  ip: { model: 'suspicious_ip', view: 'ip_signals', alert: 'attacks', key: 'ip' },
  site: { model: 'suspicious_site', view: 'site_signals', alert: 'site_attacks', key: 'segment' },
} as const

export interface LiveEvidence {
  readonly scored: Readonly<Record<keyof typeof VIEWS, ScoredView>>
  readonly alerts: readonly JudgedAlert[]
  readonly touches: SiteTouches
  /** Lines of the log that the product holds, as rows or as dead letters. */
  readonly linesIngested: number
  /** Alerts on addresses that do not point at lines of theirs. */
  readonly alertsWithoutLines: number
}

/** What was asked for, and the log of it. */
interface Asked {
  readonly labels: readonly Label[]
  readonly log: string
}

const ALERTS_MAX = 1_000_000

/** What the commands say of the live part once it has ended. */
export async function liveEvidence(commands: Commands, { labels, log }: Asked): Promise<LiveEvidence> {
  const readView = async (name: keyof typeof VIEWS): Promise<ScoredView> => {
    const { model, key } = VIEWS[name]
    return scoredView(await commands.rows(`select * from ${model}`), key)
  }
  const lines = commands.rows('select (select count(*) from requests) + (select count(*) from requests__dead_letters)')
  const recorded = commands.document<{ alerts: LiveAlert[] }>(commands.words('alerts', '--limit', String(ALERTS_MAX)))
  const [ip, alerts] = await Promise.all([readView('ip'), recorded])
  const [site, touches, { rows }] = await Promise.all([readView('site'), siteTouches(commands, labels), lines])
  return {
    scored: { ip, site },
    alerts: alerts.alerts.flatMap(judgedAlert),
    touches,
    linesIngested: Number(rows[0][0]),
    alertsWithoutLines: alertsWithoutLines(alerts.alerts.flatMap(pointingAlert), log),
  }
}

function judgedAlert({ asset, key, window_start, window_end }: LiveAlert): JudgedAlert[] {
  const view = (['ip', 'site'] as const).find((name) => VIEWS[name].alert === asset)
  if (view === undefined) return []
  return [{ view, key: keyText(key[VIEWS[view].key]), start: Date.parse(window_start), end: Date.parse(window_end) }]
}

function pointingAlert({ asset, key, sample_offsets }: LiveAlert): PointingAlert[] {
  return asset === VIEWS.ip.alert ? [{ address: String(key[VIEWS.ip.key]), offsets: sample_offsets }] : []
}
