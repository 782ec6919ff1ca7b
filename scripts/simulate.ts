import { parseArgs } from 'node:util'
import { writeTraffic } from './simulate/write-traffic.ts'

/** `npm run simulate -- --seed N --days D --intensity F --out DIR`: a shop's access log and the labels of the attacks in it. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '1' },
    intensity: { type: 'string', default: '1' },
    out: { type: 'string', default: 'simulated' },
  },
})
const numbers = { seed: Number(values.seed), days: Number(values.days), intensity: Number(values.intensity) }
const wrong = Object.entries(numbers).find(([, value]) => !Number.isFinite(value) || value < 0)
if (wrong !== undefined) {
  process.stderr.write(`--${wrong[0]} must be a number of 0 or more.\n`)
  process.exitCode = 1
} else {
  const lines = writeTraffic(values.out, { ...numbers, days: Math.max(1, Math.ceil(numbers.days)), start: Date.UTC(2026, 2, 2) })
  process.stdout.write(`${lines} lines in ${values.out}/access.log, labels in ${values.out}/labels.jsonl\n`)
}
