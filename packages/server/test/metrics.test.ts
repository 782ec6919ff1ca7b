import { type LiveState, startServer } from '@millrace/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FedSession } from './fed-session.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface Family {
  readonly type: string
  readonly samples: readonly Sample[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

/** The text exposition format (version 0.0.4), strictly: every sample under its TYPE and HELP, no sample twice, values that are numbers. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, { type: string; samples: Sample[] }>()
  const helped = new Set<string>()
  const seen = new Set<string>()
  let current = ''
  expect(text.endsWith('\n')).toBe(true)
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (comment) {
      const [, what, name, rest] = comment
      expect(name).toMatch(NAME)
      if (what === 'HELP') expect(helped.has(name)).toBe(false)
      if (what === 'HELP') helped.add(name)
      else {
        expect(['counter', 'gauge', 'histogram']).toContain(rest)
        families.set(name, { type: rest, samples: [] })
        current = name
      }
      continue
    }
    const [, name, labelText = '', value] = LINE.exec(line) ?? expect.fail(`no sample: ${line}`)
    expect(name.replace(/_(bucket|sum|count)$/, '') === current || name === current, line).toBe(true)
    expect(seen.has(`${name}{${labelText}}`), `twice: ${line}`).toBe(false)
    seen.add(`${name}{${labelText}}`)
    expect(Number.isFinite(Number(value)), line).toBe(true)
    families.get(current)!.samples.push({ name, labels: parseLabels(labelText), value: Number(value) })
  }
  expect([...families.keys()].every((name) => helped.has(name))).toBe(true)
  return families
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text) ?? expect.fail(`labels: ${text}`)
    expect(match[1] in labels).toBe(false)
    labels[match[1]] = match[2]
  }
  return labels
}

const session = new FedSession()
let state: LiveState
let text: string
let families: Map<string, Family>

beforeAll(async () => {
  session.advance(60)
  session.raise('10.0.0.1')
  state = session.snapshot()
  const strange = { ...state.sources[0], name: 'a "quoted" \\ name', reasons: { 'line\nbreak': 3 } }
  const live = { ...session.views.live, snapshot: () => ({ ...state, sources: [...state.sources, strange] }) }
  const server = await startServer({ port: 0, ...session.views, live })
  await fetch(`${server.url}/api/score/suspicious_ip`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: { ip: '10.7.3.19' } }),
  })
  await (await fetch(`${server.url}/metrics`)).text()
  const answer = await fetch(`${server.url}/metrics`)
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  text = await answer.text()
  families = parse(text)
  await server.close()
})

afterAll(() => expect(text).toContain('millrace_'))

function value(name: string, labels: Record<string, string> = {}): number | undefined {
  const family = families.get(name) ?? expect.fail(`no ${name}`)
  return family.samples.find((one) => one.name === name && Object.entries(labels).every(([label, text]) => one.labels[label] === text))
    ?.value
}

describe('/metrics', () => {
  it('names every figure millrace_ with its unit, counters _total', () => {
    for (const [name, { type }] of families) {
      expect(name).toMatch(/^millrace_[a-z_]+$/)
      expect(name.endsWith('_total'), name).toBe(type === 'counter')
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
    }
  })

  it('shows what the live state holds', () => {
    const [source] = state.sources
    expect(value('millrace_lines_total', { source: 'requests' })).toBe(source.lines)
    expect(value('millrace_dead_letters_total', { source: 'requests', reason: 'decode/not-this-format' })).toBe(
      source.reasons['decode/not-this-format'],
    )
    expect(value('millrace_lag_seconds', { source: 'requests' })).toBe(source.lag_ms! / 1000)
    expect(value('millrace_watermark_timestamp_seconds', { source: 'requests' })).toBe(Date.parse(source.watermark!) / 1000)
    expect(value('millrace_late_rows_total', { asset: 'ip_signals' })).toBe(60)
    const [model] = state.models
    expect(value('millrace_decisions_total', { model: model.model, decision: 'true' })).toBe(model.positive)
    expect(value('millrace_decided_rows_total', { model: model.model, decided_by: 'fallback' })).toBe(model.by_fallback)
    expect(value('millrace_alerts_total', { asset: 'attacks' })).toBe(state.alerts.length)
    expect(value('millrace_outbox_pending')).toBe(1)
  })

  it('counts what it shows again and again only once', () => {
    expect(value('millrace_http_answers_total', { route: '/metrics', status: '200' })).toBe(1)
    expect(value('millrace_lines_total', { source: 'requests' })).toBe(state.sources[0].lines)
  })

  it('keeps histograms cumulative and closed', () => {
    for (const [name, { type, samples }] of families) {
      if (type !== 'histogram') continue
      const models = [...new Set(samples.map(({ labels }) => labels.model))]
      expect(models.length, name).toBeGreaterThan(0)
      for (const model of models) {
        const own = samples.filter(({ labels }) => labels.model === model)
        const buckets = own.filter((one) => one.name === `${name}_bucket`)
        expect(buckets.map(({ labels }) => Number(labels.le.replace('+Inf', 'Infinity')))).toEqual(
          buckets.map(({ labels }) => Number(labels.le.replace('+Inf', 'Infinity'))).sort((a, b) => a - b),
        )
        for (let i = 1; i < buckets.length; i++) expect(buckets[i].value).toBeGreaterThanOrEqual(buckets[i - 1].value)
        expect(buckets.at(-1)!.labels.le).toBe('+Inf')
        expect(buckets.at(-1)!.value).toBe(own.find((one) => one.name === `${name}_count`)!.value)
        expect(buckets.at(-1)!.value).toBeGreaterThan(0)
      }
    }
  })

  it('escapes quotes, backslashes and line breaks in names', () => {
    expect(text).toContain('source="a \\"quoted\\" \\\\ name",reason="line\\nbreak"')
  })
})
