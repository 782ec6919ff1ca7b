import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { operatingError } from '@millrace/core'
import { isRunning, ownIdentity, type ProcessIdentity } from './identity.ts'

/**
 * A claim is a file in a folder whose NAME holds the identity of a process: `<pid>-<start>-<boot>-<unique>.claim`.
 * 1. A claim counts while its process lives. After kill -9 it is stale by itself, and since its name is unique to a
 *    dead process anyone may delete it without ever deleting a live one.
 * 2. To hold a folder alone: look; add a claim; look again; whoever then sees another live claim withdraws and retries.
 *    Of two processes at least one adds its claim before the other's second look, so two never hold.
 * 3. The winner writes `<claim>.held` beside it (who it is, for messages). A live claim without it is a contender.
 */
export interface Claim {
  readonly name: string
  release(): void
}

/** What the holder of a folder says about itself. */
export interface Holder {
  readonly pid: number
  /** Undefined while the claim is still contended. */
  readonly note: HolderNote | undefined
}

export interface HolderNote {
  readonly command: string
  readonly since: string
}

interface LiveClaim {
  readonly name: string
  readonly pid: number
}

const contendMsMax = 5_000
const retryMsMin = 3
const retryMsMax = 25

const held = new Set<Claim>()
let listening = false

/** Adds a claim of this process to `folder`, making the folder; it is withdrawn by `release` or at the end of the process. */
export function addClaim(folder: string): Claim {
  const { pid, startTime, bootId } = ownIdentity()
  const name = `${pid}-${startTime}-${bootId}-${randomUUID().slice(0, 8)}`
  writing(folder, () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(claimPath(folder, name), '', { flag: 'wx' })
  })
  const claim: Claim = {
    name,
    release() {
      held.delete(claim)
      removeClaim(folder, name)
    },
  }
  held.add(claim)
  releaseAtExit()
  return claim
}

/** Claims of living processes; those of dead ones are deleted. A missing folder has none. */
export function liveClaims(folder: string, except?: Claim): LiveClaim[] {
  const live: LiveClaim[] = []
  for (const file of listFolder(folder)) {
    if (!file.endsWith('.claim')) continue
    const name = file.slice(0, -'.claim'.length)
    const identity = parseName(name)
    if (identity === undefined || name === except?.name) continue
    if (isRunning(identity)) live.push({ name, pid: identity.pid })
    else discardDead(folder, name)
  }
  return live
}

/**
 * Holds `folder` alone. Waits up to `waitMs` for a holder to leave (0: do not wait), and then answers with that holder.
 * Contenders of the same moment sort themselves out within 5 s.
 */
export async function claimAlone(
  folder: string,
  options: { command: string; waitMs: number },
): Promise<{ claim: Claim } | { holder: Holder }> {
  const start = performance.now()
  for (;;) {
    const attempt = tryClaimAlone(folder, options.command)
    if ('claim' in attempt) return attempt
    const waited = performance.now() - start
    if (waited >= (attempt.holder.note === undefined ? Math.max(contendMsMax, options.waitMs) : options.waitMs)) return attempt
    await sleep(retryMsMin + Math.random() * (retryMsMax - retryMsMin))
  }
}

/** One try of `claimAlone`, without waiting, so that it also works while the process exits. */
export function tryClaimAlone(folder: string, command: string): { claim: Claim } | { holder: Holder } {
  const before = liveClaims(folder)
  if (before.length > 0) return { holder: readHolder(folder, before) }
  const claim = addClaim(folder)
  const others = liveClaims(folder, claim)
  if (others.length > 0) {
    claim.release()
    return { holder: readHolder(folder, others) }
  }
  const note: HolderNote = { command, since: new Date().toISOString() }
  writing(folder, () => {
    const path = notePath(folder, claim.name)
    writeFileSync(`${path}.new`, JSON.stringify(note))
    renameSync(`${path}.new`, path)
  })
  return { claim }
}

function readHolder(folder: string, claims: readonly LiveClaim[]): Holder {
  for (const { name, pid } of claims) {
    try {
      return { pid, note: JSON.parse(readFileSync(notePath(folder, name), 'utf8')) as HolderNote }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return { pid: claims[0].pid, note: undefined }
}

function parseName(name: string): ProcessIdentity | undefined {
  const parts = name.split('-')
  const pid = Number(parts[0])
  if (parts.length !== 4 || !Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, startTime: parts[1], bootId: parts[2] }
}

function removeClaim(folder: string, name: string): void {
  const path = notePath(folder, name)
  rmSync(`${path}.new`, { force: true })
  rmSync(path, { force: true })
  rmSync(claimPath(folder, name), { force: true })
}

/** A reader without write permission may look too: it leaves the dead claims to others. */
function discardDead(folder: string, name: string): void {
  try {
    removeClaim(folder, name)
  } catch (error) {
    if (!isDenied(error)) throw error
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw operatingError('state/not-readable', `Cannot read the state folder at ${folder}: ${(error as Error).message}.`, {
      asked: folder,
      found: code,
      do: 'Run as the user who made the state folder (or as root), or choose another one with --state.',
      cause: error,
    })
  }
}

function claimPath(folder: string, name: string): string {
  return join(folder, `${name}.claim`)
}

function notePath(folder: string, name: string): string {
  return join(folder, `${name}.held`)
}

function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** Runs a write into the state folder; where the disk or its permissions refuse, the error says so. */
export function writing<T>(folder: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    throw operatingError('state/not-writable', `Cannot write in the state folder at ${folder}: ${(error as Error).message}.`, {
      asked: folder,
      found: code,
      do: 'Give this user write permission and free space there, or choose another folder with --state.',
      cause: error,
    })
  }
}

function releaseAtExit(): void {
  if (listening) return
  listening = true
  process.once('exit', () => {
    for (const claim of held) claim.release()
  })
}
