import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { writing } from '../process/claim.ts'
import { type Account, impassable } from './account.ts'
import { runningServer } from './postmaster.ts'
import { signalServer, stopServer } from './server.ts'

/**
 * Where the parts of an embedded server lie. `control` is always `<state>/postgres`: password, claims, the `keep` mark.
 * `home` holds the cluster (`data`), its log and port. It is `control` too, unless the account that must run the server
 * cannot reach the state folder (as under /root): then it is a folder outside, which `control/home.json` names.
 */
export interface Home {
  readonly control: string
  readonly home: string
  readonly data: string
}

interface Relocation {
  readonly path: string
  readonly id: string
}
interface HomeOwner {
  readonly stateDir: string
  readonly id: string
}

const outsidePlaces = ['/var/lib', '/var/tmp', tmpdir()]
const outsideName = 'millrace'
/** A home outside whose state folder is gone keeps its data so long after its last start, lest a folder was only moved away. */
const abandonedDaysMax = 7

/** The home as it stands, without making anything. */
export function findHome(stateDir: string): Home {
  const control = join(existsSync(stateDir) ? realpathSync(stateDir) : stateDir, 'postgres')
  return homeAt(control, readJson<Relocation>(join(control, 'home.json'))?.path ?? control)
}

/** Makes the home for a server run by `account`, reachable by it. The caller holds the start lock. */
export async function prepareHome(stateDir: string, account: Account | undefined): Promise<Home> {
  const found = findHome(stateDir)
  const state = realpathSync(stateDir)
  writing(found.control, () => mkdirSync(found.control, { recursive: true }))
  if (account === undefined) return found
  if (found.home === found.control) openPath(state, found.control)
  if (existsSync(join(found.control, 'home.json'))) return adoptOutside(state, found)
  if (existsSync(found.data) || impassable(found.control, account) === undefined) return found
  return relocate(state, found.control, account)
}

/** Lets others pass (not read) the two folders that are ours. */
function openPath(...folders: readonly string[]): void {
  for (const folder of folders) {
    const { mode, uid } = statSync(folder)
    if (uid === process.getuid?.() && (mode & 0o001) === 0) chmodSync(folder, (mode & 0o7777) | 0o011)
  }
}

async function relocate(state: string, control: string, account: Account): Promise<Home> {
  const place = outsidePlaces.find((folder) => existsSync(folder) && impassable(folder, account) === undefined && canWrite(folder))
  if (place === undefined)
    throw operatingError(
      'store/no-place',
      `User ${account.name}, who must run PostgreSQL, cannot reach ${state} nor ${outsidePlaces.join(', ')}.`,
      {
        asked: state,
        found: impassable(state, account),
        do: 'Choose a state folder that every user can pass through, or give a server with --database URL.',
      },
    )
  const root = join(place, outsideName)
  mkdirSync(root, { recursive: true, mode: 0o711 })
  checkOwnership(root)
  await sweepAbandoned(root)
  const home = homeAt(control, join(root, createHash('sha256').update(state).digest('hex').slice(0, 16)))
  // A folder of that name belongs to a state folder that was at this path and has been reset.
  await removeHome(home)
  const id = randomUUID()
  mkdirSync(home.home, { mode: 0o711 })
  chmodSync(home.home, 0o711)
  writeFileSync(join(home.home, 'owner.json'), JSON.stringify({ stateDir: state, id } satisfies HomeOwner))
  writeFileSync(join(control, 'home.json'), JSON.stringify({ path: home.home, id } satisfies Relocation))
  return home
}

/** The home named by `home.json`: kept when it is this state folder's, followed when the state folder was moved. */
function adoptOutside(state: string, found: Home): Home {
  const mine = readJson<Relocation>(join(found.control, 'home.json'))
  const file = join(found.home, 'owner.json')
  const owner = readJson<HomeOwner>(file)
  if (owner === undefined || owner.id !== mine?.id)
    throw operatingError('store/home-lost', `The database of ${state} was kept in ${found.home} and is not there any more.`, {
      asked: mine?.path,
      found: owner === undefined ? 'no such folder' : `the database of ${owner.stateDir}`,
      do: `Restore that folder, or reset by deleting ${state}.`,
    })
  if (owner.stateDir === state) {
    utimesSync(file, new Date(), new Date())
    return found
  }
  const original = readJson<Relocation>(join(owner.stateDir, 'postgres', 'home.json'))
  if (original?.id === mine.id)
    throw operatingError(
      'store/copied-state',
      `${state} is a copy of ${owner.stateDir}, and the database in ${found.home} belongs to the original.`,
      {
        asked: state,
        found: owner.stateDir,
        do: 'Use the original, or a new state folder.',
      },
    )
  writeFileSync(file, JSON.stringify({ stateDir: state, id: owner.id } satisfies HomeOwner))
  return found
}

async function sweepAbandoned(root: string): Promise<void> {
  for (const name of readdirSync(root)) {
    const home = homeAt('', join(root, name))
    const file = join(home.home, 'owner.json')
    const owner = readJson<HomeOwner>(file)
    if (owner === undefined || existsSync(join(owner.stateDir, 'postgres', 'home.json'))) continue
    const server = runningServer(home.data)
    if (server !== undefined) signalServer(server, 'SIGINT')
    const days = (Date.now() - statSync(file).mtimeMs) / 86_400_000
    if (days > abandonedDaysMax) await removeHome(home)
  }
}

async function removeHome(home: Home): Promise<void> {
  await stopServer(home.data)
  rmSync(home.home, { recursive: true, force: true })
}

/** In a folder where anyone may write, someone else may have made ours first. */
function checkOwnership(folder: string): void {
  const { uid, mode } = statSync(folder)
  if (uid === 0 && (mode & 0o022) === 0) return
  throw operatingError('store/no-place', `${folder} belongs to somebody else or is writable by others, so no database is put there.`, {
    asked: folder,
    found: { uid, mode: mode.toString(8) },
    do: 'Remove it, or choose a state folder that every user can pass through.',
  })
}

function homeAt(control: string, home: string): Home {
  return { control, home, data: join(home, 'data') }
}

function canWrite(folder: string): boolean {
  try {
    mkdirSync(join(folder, outsideName), { recursive: true, mode: 0o711 })
    return true
  } catch {
    return false
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
