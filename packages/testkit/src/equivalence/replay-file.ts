import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withModules } from '../case/map-functions.ts'
import { linesText } from '../case/plan-case.ts'
import type { Difference } from './find-difference.ts'

/** Writes a failing case as `plan.json` and `rows.jsonl` into a new temporary folder; the command that replays it on the engine. */
export function writeReplay(engine: string, difference: Difference): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-replay-'))
  const plan = join(folder, 'plan.json')
  const rows = join(folder, 'rows.jsonl')
  writeFileSync(plan, `${JSON.stringify(withModules(difference.planCase.plan), null, 2)}\n`)
  writeFileSync(rows, linesText(difference.planCase.lines))
  const { mode, batchRows, workers } = difference.options
  return `npx millrace plan-run --plan ${plan} --input ${rows} --engine ${engine} --mode ${mode} --batch ${batchRows ?? 512} --workers ${workers ?? 1} --json`
}
