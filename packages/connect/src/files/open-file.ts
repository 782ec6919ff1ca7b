import { type BigIntStats, closeSync, fstatSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { userError } from '@millrace/core'
import { isFolder } from './file-error.ts'
import { type FileIdentity, type FilePosition, type FingerprintBytes, readFingerprint } from './file-position.ts'

/** Names looked at beside a file that was renamed. */
const SIBLINGS_MAX = 10_000

/** An open descriptor and the file it leads to. */
export interface OpenFile {
  readonly fd: number
  readonly identity: FileIdentity
  readonly size: number
}

/** Opens a regular file for reading; anything else is refused. */
export function openFile(path: string): OpenFile {
  const before = statSync(path)
  if (before.isDirectory()) throw isFolder(path)
  if (!before.isFile()) {
    throw userError('source/not-a-file', `\`${path}\` is not a regular file and cannot be followed.`, {
      asked: path,
      found: 'a pipe, socket or device',
      do: 'Follow regular files; read a pipe with `run --input -`.',
    })
  }
  const fd = openSync(path, 'r')
  const stat = fstatSync(fd, { bigint: true })
  return { fd, identity: identityOf(stat), size: Number(stat.size) }
}

/** The file that a path leads to now, or undefined. */
export function identityAt(path: string): FileIdentity | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stat === undefined ? undefined : identityOf(stat)
  } catch {
    return undefined
  }
}

export function sameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode === other.inode && one.device === other.device
}

/** The path in `folder` that leads to the file now, whatever its name was. */
export function siblingOf(identity: FileIdentity, folder: string): string | undefined {
  return namesIn(folder)
    .map((name) => join(folder, name))
    .find((path) => {
      const found = identityAt(path)
      return found !== undefined && sameFile(found, identity)
    })
}

/** The bytes under the position's fingerprint when the file still begins with what was consumed, else undefined. */
export function consumedBytes(opened: OpenFile, position: FilePosition): FingerprintBytes | undefined {
  return opened.size >= position.offset ? readFingerprint(opened.fd, position) : undefined
}

/** Whether the file at `path` begins with what was consumed. */
export function holdsConsumed(path: string, position: FilePosition): boolean {
  if (identityAt(path) === undefined) return false
  const opened = openFile(path)
  try {
    return consumedBytes(opened, position) !== undefined
  } finally {
    closeSync(opened.fd)
  }
}

function identityOf(stat: BigIntStats): FileIdentity {
  return { device: String(stat.dev), inode: String(stat.ino) }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, SIBLINGS_MAX)
  } catch {
    return []
  }
}
