import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFORMANCE_SCENARIOS, linesText, type Scenario, withModules } from '@millrace/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { Random, testSeed } from '../harness/random.ts'

// Law 3: a plan that is killed (SIGKILL) after any row and started again, with other workers, gives what was never interrupted. Each kind
// of node stands in a scenario; before odd rows the process dies with records that nobody has worked on, after even ones with their results,
// and with all state put away that keys divide.

const ALL_STEPS = process.env.MILLRACE_LONG_TESTS === '1'
/** Rows that a scenario may have to be killed after each of them; of a longer one so many are drawn. */
const STEPS_MAX = 60
const CASE_MS_MAX = ALL_STEPS ? 900_000 : 120_000
const seed = testSeed()
const random = new Random(seed)
const folder = mkdtempSync(join(tmpdir(), 'millrace-plan-restart-'))

beforeAll(() => console.info(`MILLRACE_SEED=${seed}`))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Answer {
  readonly rows: unknown
  readonly late: unknown
  readonly dead_letters: readonly Readonly<Record<string, unknown>>[]
}

/** Rows, late rows and dead letters as the command prints them; what a function's refusal says is the engine's own. */
async function answer(scenario: Scenario, args: readonly string[]): Promise<unknown> {
  const own = mkdtempSync(join(folder, 'case-'))
  const files = { plan: join(own, 'plan.json'), input: join(own, 'input.jsonl') }
  writeFileSync(files.plan, JSON.stringify(withModules(scenario.plan)))
  writeFileSync(files.input, linesText(scenario.lines))
  const common = ['--plan', files.plan, '--input', files.input, '--mode', scenario.mode, '--json']
  const { status, stdout, stderr } = await runCommand(['plan-run', ...common, ...args])
  expect(stderr.includes('Error') ? stderr : status).toBe(0)
  const { rows, late, dead_letters } = JSON.parse(stdout) as Answer
  return { rows, late, dead_letters: dead_letters.map(({ message: _, ...letter }) => letter) }
}

/** Rows to die after: one chosen at random, or all. */
function killsOf({ lines }: Scenario): number[] {
  const drawn = (): number => random.between(1, Math.max(1, lines.length))
  if (!ALL_STEPS) return [drawn()]
  return lines.length > STEPS_MAX ? Array.from({ length: STEPS_MAX }, drawn) : lines.map((_, row) => row + 1)
}

/** The longest scenario, and with all steps the longest that is killed after each of its rows. */
function longestOf(scenarios: readonly Scenario[]): readonly Scenario[] {
  const ordered = scenarios.toSorted((a, b) => b.lines.length - a.lines.length)
  const whole = ordered.find(({ lines }) => lines.length <= STEPS_MAX)
  return [...new Set([ordered[0], ...(ALL_STEPS && whole !== undefined ? [whole] : [])])]
}

describe('a plan that is killed and started again', () => {
  for (const [about, scenarios] of Object.entries(CONFORMANCE_SCENARIOS)) {
    for (const scenario of longestOf(scenarios)) {
      const name = `${about}: ${scenario.name}`
      it(name, { timeout: CASE_MS_MAX }, async () => {
        const expected = await answer(scenario, ['--engine', 'reference'])
        for (const row of killsOf(scenario)) {
          const workers = String(random.between(1, 4))
          const budget = row % 2 === 0 ? ['--state-memory', '1B'] : []
          const how = ['--kill-at', String(row), '--batch', '2', '--workers', workers, ...budget]
          const got = await answer(scenario, ['--engine', 'stream', ...how])
          expect(got, `killed after row ${row}, ${workers} workers`).toEqual(expected)
        }
      })
    }
  }
})
