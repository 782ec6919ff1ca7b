import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFORMANCE_SCENARIOS, linesText, type Scenario } from '@millrace/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { Random, testSeed } from '../harness/random.ts'

// Law 3: a plan that is killed (SIGKILL) after any row and started again, with other workers, gives what was never interrupted. Each kind
// of node stands in a scenario; before odd rows the process dies with records that nobody has worked on, after even ones with their results.

const CASE_MS_MAX = 120_000
const STEPS_MAX = process.env.MILLRACE_LONG_TESTS === '1' ? Number.POSITIVE_INFINITY : 2
const seed = testSeed()
const random = new Random(seed)
const folder = mkdtempSync(join(tmpdir(), 'millrace-plan-restart-'))

beforeAll(() => console.info(`MILLRACE_SEED=${seed}`))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Rows and late rows as the command prints them. */
async function answer(scenario: Scenario, args: readonly string[]): Promise<unknown> {
  const files = { plan: join(folder, 'plan.json'), input: join(folder, 'input.jsonl') }
  writeFileSync(files.plan, JSON.stringify(scenario.plan))
  writeFileSync(files.input, linesText(scenario.lines))
  const common = ['--plan', files.plan, '--input', files.input, '--mode', scenario.mode, '--json']
  const { status, stdout, stderr } = await runCommand(['plan-run', ...common, ...args])
  expect(stderr.includes('Error') ? stderr : status).toBe(0)
  const { rows, late } = JSON.parse(stdout) as { rows: unknown; late: unknown }
  return { rows, late }
}

/** Rows to die after: chosen at random, odd and even in turn. */
function killsOf({ lines }: Scenario): number[] {
  if (lines.length <= STEPS_MAX) return lines.map((_, row) => row + 1)
  return [0, 1].map((odd) => Math.max(1, random.between(0, Math.floor(lines.length / 2) - 1) * 2 + odd + 1))
}

describe('a plan that is killed and started again', () => {
  for (const [about, scenarios] of Object.entries(CONFORMANCE_SCENARIOS)) {
    const longest = scenarios.toSorted((a, b) => b.lines.length - a.lines.length)[0]
    it(
      `${about}: ${longest.name}`,
      async () => {
        const expected = await answer(longest, ['--engine', 'reference'])
        for (const row of killsOf(longest)) {
          const workers = String(random.between(1, 4))
          const got = await answer(longest, ['--engine', 'stream', '--kill-at', String(row), '--batch', '2', '--workers', workers])
          expect(got, `killed after row ${row}, ${workers} workers`).toEqual(expected)
        }
      },
      CASE_MS_MAX,
    )
  }
})
