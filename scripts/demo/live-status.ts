import { counted } from './history.ts'
import type { LiveAlert, LiveFeed } from './live-feed.ts'

/** Alerts that are shown below the figures. */
const ALERTS_SHOWN = 6

/** How the live part goes, in one line. */
function statusLine(feed: LiveFeed): string {
  const { status, rowsScored, alerts } = feed
  if (status === undefined) return '  no line has come yet'
  const watermark = Object.values(status.watermark)[0]
  const lag = status.lag_ms === null ? '' : ` · lag ${status.lag_ms} ms`
  const rate = `${counted(status.lines_per_second)} lines/s`
  return `  ${counted(status.lines)} lines · ${rate}${lag} · watermark ${watermark?.slice(11, 19) ?? 'none yet'} · ${counted(rowsScored)} rows scored · ${counted(alerts.length)} alerts`
}

/** The same with the latest alerts. */
export function statusLines(feed: LiveFeed): string[] {
  return [statusLine(feed), ...feed.alerts.slice(-ALERTS_SHOWN).reverse().map(alertLine)]
}

function alertLine({ asset, key, window_start, window_end, score }: LiveAlert): string {
  const what = Object.entries(key).map(([name, value]) => `${name} ${value === '' ? '(root)' : value}`)
  const decided = score === null ? 'the fallback rule' : `score ${score.toFixed(4)}`
  return `    ▲ ${asset}  ${what.join(', ')}  ${window_start.slice(11, 16)}–${window_end.slice(11, 16)}  ${decided}`
}
