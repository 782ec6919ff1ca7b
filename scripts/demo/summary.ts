import { isDistributed, type Label, overlaps } from './judge/label.ts'
import type { LiveAlert, LiveFeed } from './live-feed.ts'

const MINUTE_MS = 60_000

/** For each attack, whether and when it was seen, by the alerts as they came. */
export function attackLines(labels: readonly Label[], { alerts, rowsScored }: LiveFeed): string[] {
  const lines = labels.map((label) => {
    const during = alerts.filter((alert) => overlaps(label, { start: Date.parse(alert.window_start), end: Date.parse(alert.window_end) }))
    const own = new Set<unknown>(label.addresses)
    const addresses = new Set(during.flatMap(({ key }) => (own.has(key.ip) ? [key.ip] : []))).size
    const counting = during.filter(({ key }) => (isDistributed(label) ? 'segment' in key : own.has(key.ip)))
    return `  ${label.kind.padEnd(32)} ${seen(counting, label)}, ${addresses} of ${label.addresses.length} addresses`
  })
  return [
    `Found, of what was hidden in the traffic (${rowsScored.toLocaleString('en-US')} rows scored, ${alerts.length} alerts):`,
    ...lines,
  ]
}

function seen(alerts: readonly LiveAlert[], { from }: Label): string {
  if (alerts.length === 0) return 'not seen'
  const first = Math.min(...alerts.map(({ window_end }) => Date.parse(window_end)))
  return `seen after ${Math.max(0, Math.round((first - from) / MINUTE_MS))} min`
}

/** What a user can try next: beside the page while it is up, else on what the demo left. */
export function nextSteps(url: string | undefined, env: string): string {
  const where = `--project examples/weblogs --state examples/weblogs/.millrace/demo/state --env ${env}`
  const page = url === undefined ? 'Done.' : `The page stays up at ${url} until Ctrl-C.`
  return `${page} Try:
  npx millrace alerts ${where}
  npx millrace sql ${where} "select ip, max(score) as score, count(*) as windows from suspicious_ip where decision group by ip order by score desc limit 10"
  npx millrace models ${where}
  npx millrace parity ip_signals ${where}
The attacks stand in examples/weblogs/.millrace/demo/live-labels.jsonl.`
}
