import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { simulateTraffic, type TrafficOptions } from './traffic.ts'
import { visitLine } from './visit.ts'

/** Writes `access.log` and `labels.jsonl` into a folder; returns the number of lines. */
export function writeTraffic(folder: string, options: TrafficOptions): number {
  const { visits, labels } = simulateTraffic(options)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'access.log'), visits.map((visit) => `${visitLine(visit)}\n`).join(''))
  writeFileSync(join(folder, 'labels.jsonl'), labels.map((label) => `${JSON.stringify(label)}\n`).join(''))
  return visits.length
}
