import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Workbench } from '../dev/dev-process.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 0, 5)
const VISITORS = 120

const ASSETS = `import { atLeast, byTime, count, countDistinct, div, features, gradientBoostedTrees, gt, gte, intervals, model, notWorseThan, split, stable, tumbling } from 'millrace'
import { ipActivity, requests } from './traffic.ts'

export const floods = model('floods', {
  on: ipActivity,
  label: intervals({ column: 'ip', field: 'addresses' }),
  train: gradientBoostedTrees({ rounds: 25 }),
  split: byTime({ train: 0.6, validate: 0.2, test: 0.2 }),
  threshold: { falseRate: 0.002 },
  gates: [atLeast('roc_auc', 0.9), notWorseThan('deployed', 'roc_auc', 0.01), stable('psi', 0.3)],
  serve: { fallback: (f) => gt(f.hits, 600) },
})

export const sections = features('sections', requests, {
  entity: (r) => ({ section: split(r.path, '/', 2) }),
  exchange: { partitions: 2 },
  window: tumbling('1m'),
  columns: (r) => ({ hits: count(), errors: count({ where: gte(r.status, 400) }), distinct_ips: countDistinct(r.ip, { max: 1_000 }) }),
  derive: (v) => ({ error_ratio: div(v.errors, v.hits) }),
})

export const floodedSections = model('flooded_sections', {
  on: sections,
  label: intervals({ column: 'ip', field: 'addresses' }),
  train: gradientBoostedTrees({ rounds: 10 }),
  split: byTime({ train: 0.6, validate: 0.2, test: 0.2 }),
  threshold: { falseRate: 0.01 },
  gates: [atLeast('roc_auc', 0.6)],
  serve: { fallback: (f) => gt(f.hits, 600) },
})
`

const TRAFFIC = `import { contract, count, features, gte, hopping, logFiles, countDistinct, stream, sum, t } from 'millrace'

const AccessLog = contract('web.access', {
  eventTime: 'event_time',
  key: 'ip',
  fields: {
    event_time: t.timestamp(), ip: t.string(), ident: t.string(), remote_user: t.string(), request: t.string(),
    http_method: t.string({ nullable: true }), path: t.string({ nullable: true }), query: t.string({ nullable: true }),
    protocol: t.string({ nullable: true }), status: t.int32(), response_bytes: t.int64({ nullable: true }),
    referer: t.string({ nullable: true }), user_agent: t.string({ nullable: true }),
  },
})
export const requests = stream('requests', {
  contract: AccessLog, from: logFiles('logs/*.log', { format: 'combined' }), watermark: { delay: '30s' }, late: 'keep',
})
export const ipActivity = features('ip_activity', requests, {
  entity: 'ip',
  window: hopping('5m', { every: '1m' }),
  columns: (r) => ({ hits: count(), errors: count({ where: gte(r.status, 400) }), distinct_paths: countDistinct(r.path, { max: 1_000 }), response_bytes: sum(r.response_bytes) }),
})
`

/** A project with two models, a log with a flood in every hour, and its labels. */
export function modelProject(): {
  readonly bench: Workbench
  readonly log: string
  readonly labels: string
  lines(fromHour: number, hours: number): string
} {
  const bench = new Workbench()
  for (const file of ['weblogs.ts', 'simulator']) rmSync(join(bench.project, file), { recursive: true, force: true })
  writeFileSync(
    join(bench.project, 'millrace.config.ts'),
    "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'models', partitions: 2 })\n",
  )
  writeFileSync(join(bench.project, 'traffic.ts'), TRAFFIC)
  writeFileSync(join(bench.project, 'models.ts'), ASSETS)
  mkdirSync(join(bench.folder, 'input'))
  const log = join(bench.folder, 'input', 'access.log')
  const labels = join(bench.folder, 'input', 'labels.jsonl')
  const { text, floods } = traffic(0, 18)
  writeFileSync(log, text)
  writeFileSync(labels, floods.map((flood) => `${JSON.stringify(flood)}\n`).join(''))
  return { bench, log, labels, lines: (fromHour, hours) => traffic(fromHour, hours).text }
}

interface Flood {
  readonly id: string
  readonly addresses: readonly string[]
  readonly from: string
  readonly to: string
}

function traffic(fromHour: number, hours: number): { readonly text: string; readonly floods: readonly Flood[] } {
  let state = 11 + fromHour
  const next = (): number => (state = (1664525 * state + 1013904223) % 2 ** 32) / 2 ** 32
  const visitor = (): string => `10.1.0.${Math.floor(next() * VISITORS)}`
  const lines: { readonly at: number; readonly text: string }[] = []
  const floods: Flood[] = []
  const add = (at: number, ip: string): void => {
    const path = `/${'abc'[Math.floor(next() * 3)]}/${Math.floor(next() * 50)}`
    lines.push({
      at,
      text: `${ip} - - [${logTime(at)}] "GET ${path} HTTP/1.1" ${next() < 0.04 ? 404 : 200} ${Math.floor(next() * 4000)} "-" "x"`,
    })
  }
  for (let hour = fromHour; hour < fromHour + hours; hour++) {
    const begin = START + hour * HOUR
    for (let visit = 0; visit < 60; visit++) {
      const ip = visitor()
      let at = begin + next() * HOUR
      for (let i = Math.ceil(next() * 10); i > 0; i--, at += next() * 20_000) add(at, ip)
    }
    const ip = visitor()
    const from = begin + (0.2 + 0.4 * next()) * HOUR
    let at = from
    for (let i = 0; i < 250; i++, at += next() * 2_500) add(at, ip)
    floods.push({ id: `f${hour}`, addresses: [ip], from: iso(from), to: iso(at) })
  }
  lines.sort((a, b) => a.at - b.at)
  return { text: lines.map((line) => `${line.text}\n`).join(''), floods }
}

/** The log has whole seconds. */
function iso(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString()
}

function logTime(ms: number): string {
  const [day, time] = iso(ms).split('T')
  return `${day.slice(8)}/Jan/${day.slice(0, 4)}:${time.slice(0, 8)} +0000`
}
