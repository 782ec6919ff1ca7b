import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'

const INSTALL_MS_MAX = 10 * 60_000
/** Characters of a failed command's output that are shown, from its end. */
const OUTPUT_MAX = 2000
const requirements = join(import.meta.dirname, 'requirements.txt')

/** Version of the system's Python, or undefined where there is none. */
export function pythonVersion(): string | undefined {
  const found = spawnSync('python3', ['--version'], { encoding: 'utf8' })
  return found.status === 0 ? `${found.stdout}${found.stderr}`.trim() : undefined
}

/** The Python of a virtual environment with pyiceberg. */
export function pythonWithPyiceberg(version: string): string {
  return pythonWith(version, { name: 'interop', packages: readFileSync(requirements, 'utf8').trim().split('\n') })
}

/** The Python of a virtual environment with packages from PyPI, in the user's cache folder; made and filled when it is not there yet. */
export function pythonWith(version: string, wanted: { readonly name: string; readonly packages: readonly string[] }): string {
  const hash = createHash('sha256')
    .update(`${version}\n${wanted.packages.join('\n')}`)
    .digest('hex')
    .slice(0, 16)
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace')
  const folder = join(cache, `${wanted.name}-${hash}`)
  const python = join(folder, 'bin', 'python')
  const complete = join(folder, 'complete')
  if (existsSync(complete)) return python
  mkdirSync(cache, { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  run(
    'python3',
    ['-m', 'venv', folder],
    `make a virtual environment in ${folder}`,
    'Install the venv module (Debian: apt install python3-venv).',
  )
  run(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted.packages],
    `install ${wanted.packages.join(' ')} from PyPI`,
    'See that PyPI can be reached: what needs these packages does not run without it.',
  )
  writeFileSync(complete, version)
  return python
}

function run(command: string, args: string[], action: string, advice: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_MS_MAX })
  if (status === 0) return
  const output = `${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`.trim().slice(-OUTPUT_MAX)
  throw operatingError('interop/not-installed', `The interop tests could not ${action}: ${output}\n${advice}`, {
    asked: action,
    found: output,
    do: advice,
  })
}
