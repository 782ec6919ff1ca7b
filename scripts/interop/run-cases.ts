import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { operatingError } from '@millrace/core'
import { writeTraffic } from '../simulate/write-traffic.ts'
import type { CaseReport } from './case-report.ts'
import { type CatalogAddress, runPyiceberg } from './pyiceberg.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DAY_START = Date.UTC(2026, 2, 2)
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024

interface RunFigures {
  readonly input: { readonly decoded: number }
  readonly assets: Readonly<Record<string, { readonly rows: number; readonly rows_in: number; readonly keys: number }>>
}

interface Services {
  readonly postgres: { readonly url: string }
  readonly catalog: CatalogAddress
}

/** pyiceberg reads the state folder of a real `millrace run` by what `millrace start` prints. */
export function checkRunTables(python: string, report: CaseReport): void {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-run-'))
  const state = join(folder, 'state')
  try {
    writeTraffic(folder, { seed: 7, days: 1, intensity: 1, start: DAY_START })
    const run = millrace<RunFigures>(['run', '--input', join(folder, 'access.log')], state)
    const services = millrace<Services>(['start'], state)
    const tables = millrace<{ rows: [[number]] }>(['sql', 'select sum(hits) from ip_activity'], state)
    const { rows, rows_in: rowsIn, keys } = run.assets.ip_activity
    runPyiceberg(
      python,
      services.catalog,
      'run',
      { decoded: run.input.decoded, rows, rows_in: rowsIn, keys, hits: Number(tables.rows[0][0]) },
      report,
      'run_cases.py',
    )
  } finally {
    millrace(['stop'], state)
    rmSync(folder, { recursive: true, force: true })
  }
}

function millrace<T>([command, ...rest]: readonly string[], state: string): T {
  const args = [
    join(ROOT, 'packages/cli/bin/millrace.js'),
    command,
    '--project',
    join(ROOT, 'test/project/weblogs'),
    '--state',
    state,
    '--json',
    ...rest,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX })
  if (status === 0) return JSON.parse(stdout) as T
  throw operatingError('interop/command-failed', `\`millrace ${command}\` ended with ${status}: ${stdout}${stderr}`, {
    asked: command,
    found: status,
  })
}
