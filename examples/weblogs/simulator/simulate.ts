import { parseArgs } from 'node:util'
import { writeHistory } from './history.ts'

/**
 * `npm run simulate -- [--seed N] [--days D] [--intensity F] [--out DIR]`: a shop's access log and the labels of the attacks in it.
 * Without `--intensity` each attack draws its own strength, from faint to plain.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '1' },
    intensity: { type: 'string' },
    start: { type: 'string', default: '2026-03-02T00:00:00Z' },
    out: { type: 'string', default: 'simulated' },
  },
})
const intensity = values.intensity === undefined ? undefined : Number(values.intensity)
const numbers = { seed: Number(values.seed), days: Number(values.days), intensity: intensity ?? 1, start: Date.parse(values.start) }
const wrong = Object.entries(numbers).find(([name, value]) => !Number.isFinite(value) || value < 0 || (value === 0 && name !== 'seed'))
if (wrong !== undefined) {
  const wanted = wrong[0] === 'start' ? 'an ISO 8601 time' : wrong[0] === 'seed' ? 'a number of 0 or more' : 'a number above 0'
  process.stderr.write(`--${wrong[0]} must be ${wanted}.\n`)
  process.exitCode = 1
} else {
  const { lines, labels } = writeHistory(values.out, { ...numbers, intensity })
  process.stdout.write(`${lines} lines in ${values.out}/access.log, ${labels.length} attacks in ${values.out}/labels.jsonl\n`)
}
