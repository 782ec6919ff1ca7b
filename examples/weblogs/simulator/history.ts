import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Label } from './ask.ts'
import type { Intensity } from './attack-plan.ts'
import { Chance } from './chance.ts'
import { logLine } from './log-line.ts'
import { shopFront } from './shop-front.ts'
import { simulateTraffic, type TrafficOptions } from './traffic-model.ts'

export interface HistoryOptions {
  readonly seed: number
  readonly days: number
  /** Absent: attacks of every strength from faint to plain. */
  readonly intensity?: Intensity
  /** First moment, epoch ms. */
  readonly start: number
}

export interface History {
  readonly lines: number
  readonly labels: readonly Label[]
}

const EVERY_STRENGTH: Intensity = { min: 0.25, max: 1.1 }
const CHARS_PER_WRITE = 1 << 20

/** Days of the shop's log without the shop: `access.log` and `labels.jsonl` in a folder, the lines in order of time. */
export function writeHistory(folder: string, { seed, days, intensity, start }: HistoryOptions): History {
  return writeTraffic(folder, { seed, start, minutes: days * 1440, intensity: intensity ?? EVERY_STRENGTH })
}

/** As `writeHistory`, for any traffic. */
export function writeTraffic(folder: string, options: TrafficOptions): History {
  mkdirSync(folder, { recursive: true })
  const traffic = simulateTraffic(options)
  let now = options.start
  const trouble = () => traffic.outages.find(({ from, to }) => now >= from && now < to)?.of
  const answerTo = shopFront(new Chance(options.seed + 1), trouble)
  const out = openSync(join(folder, 'access.log'), 'w')
  let lines = 0
  let text = ''
  for (const ask of traffic.asks) {
    now = ask.at
    const { status, bytes } = answerTo(ask)
    text += logLine({ ...ask, status, bytes: ask.method === 'HEAD' ? 0 : bytes })
    lines++
    if (text.length > CHARS_PER_WRITE) {
      writeSync(out, text)
      text = ''
    }
  }
  writeSync(out, text)
  closeSync(out)
  const labels = traffic.labels()
  writeFileSync(join(folder, 'labels.jsonl'), labels.map((label) => `${JSON.stringify(label)}\n`).join(''))
  return { lines, labels }
}
