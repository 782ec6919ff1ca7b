import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Spread, wholeSpread } from '../measure/spread.ts'
import { inputFile } from '../weblogs/input-file.ts'
import { Stages } from './stages.ts'

export interface MicroOptions {
  readonly lines: number
  readonly repeats: number
  readonly onStep: (text: string) => void
}

export interface MicroResult {
  readonly repeats: number
  readonly cases: readonly { readonly name: string; readonly unit: string; readonly ours: Spread }[]
}

/** Each part of the way of a line alone, in this process, one after another: where the time goes. */
export async function microBench({ lines, repeats, onStep }: MicroOptions): Promise<MicroResult> {
  const input = inputFile(lines)
  const figures = new Map<string, { unit: string; perSecond: number[] }>()
  for (let repeat = 0; repeat < repeats; repeat++) {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-micro-'))
    const stages = new Stages(folder, (name, count, unit, seconds) => {
      const known = figures.get(name) ?? { unit: `${unit}/s`, perSecond: [] }
      known.perSecond.push(count / seconds)
      figures.set(name, known)
      onStep(`${name}: ${Math.round(count / seconds).toLocaleString('en-US')} ${unit}/s`)
    })
    try {
      await stages.run(input)
    } finally {
      await stages.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return { repeats, cases: [...figures].map(([name, { unit, perSecond }]) => ({ name, unit, ours: wholeSpread(perSecond) })) }
}
