import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import type { CaseReport } from './case-report.ts'

const RUN_MS_MAX = 5 * 60_000
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024
const PROGRAM = 'pyiceberg_cases.py'

/** What the Python side needs to find the tables. */
export interface CatalogAddress {
  readonly name: string
  readonly url: string
  readonly warehouse: string
}

/** Runs one group of cases of a Python program and reports each; `facts` are what they compare with. */
export function runPyiceberg(
  python: string,
  catalog: CatalogAddress,
  group: string,
  facts: unknown,
  report: CaseReport,
  program = PROGRAM,
): void {
  const { status, stdout, stderr, error } = spawnSync(python, ['-B', join(import.meta.dirname, program)], {
    input: JSON.stringify({ catalog, group, facts }),
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
  })
  for (const line of (stdout ?? '').split('\n')) {
    if (line === '') continue
    const { name, why } = JSON.parse(line) as { name: string; why: string | null }
    report.add(`pyiceberg ${name}`, why ?? undefined)
  }
  if (status !== 0)
    throw operatingError(
      'interop/python-failed',
      `The Python program of group \`${group}\` ended early: ${error?.message ?? ''}${stderr}`,
      { asked: group, found: status },
    )
}
