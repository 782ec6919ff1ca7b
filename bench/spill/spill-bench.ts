import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '../measure/child.ts'

const MB = 1_000_000
/** What an operator takes may be so much more than its budget. */
const OVER_BUDGET_MAX = 1.2
/** Budgets below it are taken up by the objects of 256 slices alone. */
const BUDGET_MIN = 16 * MB
const ROUNDS = 2

const CASES: readonly { readonly keys: number; readonly budget: number }[] = [
  { keys: 1_000_000, budget: 0 },
  { keys: 1_000_000, budget: 64 * MB },
  { keys: 1_000_000, budget: 32 * MB },
  { keys: 1_000_000, budget: 16 * MB },
  { keys: 10_000_000, budget: 1 * MB },
]

interface SpillCase {
  readonly name: string
  readonly unit: 'rows/s'
  readonly rows_per_second: number
  /** Bytes in memory at the end of the input, above what there was before. */
  readonly held_bytes: number
  readonly peak_bytes: number
  readonly budget_bytes: number | null
  readonly met: boolean | null
  readonly command: string
}

/** Windows over more keys than the budget holds: how fast, in how much memory, and whether nothing is lost. */
export async function spillBench(
  onStep: (text: string) => void,
): Promise<{ readonly same_result: boolean; readonly cases: readonly SpillCase[] }> {
  const cases: SpillCase[] = []
  let same = true
  for (const { keys, budget } of CASES) {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-spill-'))
    try {
      const args = ['--expose-gc', 'bench/spill-run.ts', folder, String(keys), String(budget)]
      const told = JSON.parse((await runChild(args)).stdout) as Record<'seconds' | 'closed' | 'held' | 'peak' | 'rows' | 'total', number>
      same &&= told.total === keys * ROUNDS
      cases.push({
        name: `${keys / MB} M keys, ${budget === 0 ? 'no budget' : `${budget / MB} MB`}`,
        unit: 'rows/s',
        rows_per_second: Math.round((keys * ROUNDS) / (told.seconds + told.closed)),
        held_bytes: told.held,
        peak_bytes: told.peak,
        budget_bytes: budget === 0 ? null : budget,
        met: budget < BUDGET_MIN ? null : told.held <= budget * OVER_BUDGET_MAX,
        command: `node ${args.join(' ').replace(folder, 'FOLDER')}`,
      })
      onStep(`${cases[cases.length - 1].name}: ${cases[cases.length - 1].rows_per_second} rows/s, ${Math.round(told.held / MB)} MB`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return { same_result: same, cases }
}
