import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { writing } from '../process/claim.ts'
import { type Account, asAccount } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Home } from './home.ts'
import { readLines } from './postmaster.ts'
import { serverEnvironment } from './server.ts'

/** The role that owns everything in an embedded cluster, and the database it uses. */
export const clusterUser = 'millrace'
export const clusterDatabase = 'postgres'

const majorVersion = '18'
const passwordBytes = 24
/** The password is random, so stretching it protects nothing and would slow every connection. */
const scramIterations = 1

/** Makes the cluster where there is none. It appears whole: a crash leaves only a folder that the next start removes. */
export async function ensureCluster(home: Home, binaries: Binaries, account: Account | undefined): Promise<void> {
  discardUnfinished(home.home)
  const version = readLines(join(home.data, 'PG_VERSION'))?.[0]
  if (version === majorVersion) return
  if (version !== undefined)
    throw operatingError(
      'store/other-version',
      `The database in ${home.data} was made by PostgreSQL ${version}; this Millrace brings ${majorVersion}.`,
      {
        asked: majorVersion,
        found: version,
        do: 'Use the Millrace that made it and `millrace backup`, or start with a new state folder.',
      },
    )
  const password = randomBytes(passwordBytes).toString('hex')
  writing(home.control, () => writeFileSync(passwordPath(home), password, { mode: 0o600 }))
  const work = join(home.home, `init-${randomUUID()}`)
  writing(home.home, () => mkdirSync(work, { mode: 0o700 }))
  const passwordFile = join(work, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account !== undefined) for (const path of [work, passwordFile]) chownSync(path, account.uid, account.gid)
  await initialize({ data: join(work, 'data'), passwordFile, binaries, account, home: home.home })
  renameSync(join(work, 'data'), home.data)
  rmSync(work, { recursive: true, force: true })
}

/** The password of the cluster's role; only the owner of the state folder can read it. */
export function readPassword(home: Home): string {
  const lines = readLines(passwordPath(home))
  if (lines !== undefined) return lines[0]
  throw operatingError('store/password-lost', `The database password ${passwordPath(home)} is missing.`, {
    asked: passwordPath(home),
    found: 'no such file',
    do: 'Restore that file, or reset by deleting the state folder.',
  })
}

function passwordPath(home: Home): string {
  return join(home.control, 'password')
}

function discardUnfinished(home: string): void {
  for (const name of existsSync(home) ? readdirSync(home) : []) {
    if (name.startsWith('init-')) rmSync(join(home, name), { recursive: true, force: true })
  }
}

interface InitializeOptions {
  readonly data: string
  readonly passwordFile: string
  readonly binaries: Binaries
  readonly account: Account | undefined
  readonly home: string
}

function initialize({ data, passwordFile, binaries, account, home }: InitializeOptions): Promise<void> {
  const args = [
    `--pgdata=${data}`,
    `--username=${clusterUser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    '--set=dynamic_shared_memory_type=mmap',
    '--set=huge_pages=off',
    `--set=scram_iterations=${scramIterations}`,
  ]
  return new Promise((resolve, reject) => {
    execFile(binaries.initdb, args, { ...asAccount(account), cwd: home, env: serverEnvironment() }, (error, _stdout, stderr) => {
      if (error === null) return resolve()
      const said = stderr.trim() || error.message
      reject(
        operatingError(
          'store/initdb-failed',
          `PostgreSQL could not make its database in ${home}: ${said.split('\n').slice(-3).join(' ')}`,
          {
            asked: home,
            found: said,
            do: 'Free the cause above, choose another state folder, or give a server with --database URL.',
            cause: error,
          },
        ),
      )
    })
  })
}
