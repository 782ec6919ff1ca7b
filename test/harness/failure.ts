import { expect } from 'vitest'
import type { Outcome } from './command.ts'
import type { ErrorDocument } from './document.ts'
import { oneDocument } from './state-folder.ts'

const STACK_FRAME = /^\s+at .+[:(]\d+:\d+|^\s+at (async |new )?[\w.#<>]+ \(/m

/** How a command must fail. */
export interface Failing {
  readonly code: string
  readonly status?: 1 | 2
  /** Words that its message must hold. */
  readonly says?: readonly string[]
  /** Facts that this failure does not give yet: a listed gap that turns red once it is closed. */
  readonly lacks?: readonly ('asked' | 'found')[]
}

/** Checks that a command with `--json` failed with this code, one document, the three facts and no stack; gives the facts. */
export function expectFailure(outcome: Outcome, failing: Failing): ErrorDocument['error'] {
  const { error } = oneDocument(outcome) as ErrorDocument
  expect({ code: error?.code, status: outcome.status }, `${outcome.stdout}${outcome.stderr}`).toEqual({
    code: failing.code,
    status: failing.status ?? 1,
  })
  expect(error.message).toMatch(/\S \S/)
  for (const words of failing.says ?? []) expect(error.message).toContain(words)
  const missing = (['asked', 'found'] as const).filter((fact) => error[fact] === undefined)
  expect(missing, 'facts that are missing').toEqual(failing.lacks ?? [])
  expect(error.do, 'what to do').toMatch(/\S.*/)
  expect(outcome.stdout).not.toMatch(STACK_FRAME)
  expect(outcome.stderr).not.toMatch(STACK_FRAME)
  return error
}

/** The same of a command without `--json`: nothing on standard output, one text on standard error, no stack. */
export function expectPlainFailure(outcome: Outcome, failing: Failing): void {
  expect(outcome.status, outcome.stderr).toBe(failing.status ?? 1)
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr).toContain(`[${failing.code}]`)
  for (const words of failing.says ?? []) expect(outcome.stderr).toContain(words)
  expect(outcome.stderr).not.toMatch(STACK_FRAME)
}
