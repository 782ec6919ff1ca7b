import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { fastClock } from './clock.ts'
import { simulateLive } from './live.ts'

/**
 * `node traffic.ts --url http://127.0.0.1:4610 --start ISO --real-start EPOCH_MS [--speed 60] [--minutes 75] [--seed N] [--intensity F]
 * [--labels FILE]`: a busy hour of visitors and attacks, sent to a shop that was started with the same clock.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4610' },
    start: { type: 'string' },
    'real-start': { type: 'string' },
    speed: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '75' },
    seed: { type: 'string', default: '1' },
    intensity: { type: 'string', default: '1' },
    labels: { type: 'string' },
  },
})
const start = values.start === undefined ? Date.now() : Date.parse(values.start)
const realStart = values['real-start'] === undefined ? undefined : Number(values['real-start'])
const clock = fastClock({ start, speed: Number(values.speed), realStart })
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
const { labels, ...sent } = await simulateLive({
  baseUrl: values.url,
  clock,
  seed: Number(values.seed),
  intensity: Number(values.intensity),
  minutes: Number(values.minutes),
  start,
  signal: stop.signal,
  onJump: (at) => fetch(`${values.url}/-/clock`, { method: 'POST', body: String(at) }).then((response) => response.arrayBuffer()),
  onProgress: (progress) => process.stderr.write(`${JSON.stringify(progress)}\n`),
})
if (values.labels !== undefined) {
  mkdirSync(dirname(values.labels), { recursive: true })
  writeFileSync(values.labels, labels.map((label) => `${JSON.stringify(label)}\n`).join(''))
}
process.stdout.write(`${JSON.stringify({ ...sent, attacks: labels.length })}\n`)
