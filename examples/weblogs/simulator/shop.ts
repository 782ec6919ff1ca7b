import { parseArgs } from 'node:util'
import { fastClock } from './clock.ts'
import { startShop } from './shop-server.ts'

/**
 * `node shop.ts --log logs/access.log [--port 4610] [--start ISO] [--real-start EPOCH_MS] [--speed 60]`: the shop's web server alone.
 * SIGTERM or SIGINT ends it once everything is answered and logged. `POST /-/clock` with a time in epoch ms sets its clock forward.
 */
const { values } = parseArgs({
  options: {
    log: { type: 'string', default: 'logs/access.log' },
    port: { type: 'string', default: '4610' },
    host: { type: 'string', default: '127.0.0.1' },
    start: { type: 'string' },
    'real-start': { type: 'string' },
    speed: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
})
const clock = fastClock({
  start: values.start === undefined ? Date.now() : Date.parse(values.start),
  speed: Number(values.speed),
  realStart: values['real-start'] === undefined ? undefined : Number(values['real-start']),
})
const shop = await startShop({
  port: Number(values.port),
  host: values.host,
  logFile: values.log,
  clock,
  seed: Number(values.seed),
  clockControl: true,
})
process.stdout.write(`${JSON.stringify({ url: `http://${values.host}:${shop.port}`, log: values.log })}\n`)
let closing = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (closing) return
    closing = true
    void shop.close().then(() => process.stdout.write(`${JSON.stringify({ lines: shop.lines() })}\n`))
  })
}
