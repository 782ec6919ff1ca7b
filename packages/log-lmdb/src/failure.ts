import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { MillraceError, operatingError } from '@millrace/core'

const MDB_READERS_FULL = -30_790
/** With less free space than this, a write that was cut short was cut by the end of the disk. */
const FULL_BYTES = 1024 * 1024

type Kind = 'disk-full' | 'cut-short' | 'not-found' | 'no-access' | 'not-a-folder' | 'too-many-readers'

/** LMDB gives errno as a number, Node as a name. LMDB reports a write of fewer bytes than asked as EIO. */
const KIND_OF: Readonly<Record<string, Kind>> = {
  2: 'not-found',
  ENOENT: 'not-found',
  5: 'cut-short',
  13: 'no-access',
  EACCES: 'no-access',
  20: 'not-a-folder',
  ENOTDIR: 'not-a-folder',
  EEXIST: 'not-a-folder',
  28: 'disk-full',
  ENOSPC: 'disk-full',
  122: 'disk-full',
  EDQUOT: 'disk-full',
  [MDB_READERS_FULL]: 'too-many-readers',
}

const ADVICE: Readonly<Record<Exclude<Kind, 'disk-full' | 'cut-short'>, { readonly says: string; readonly do: string }>> = {
  'not-found': { says: 'does not exist', do: 'Check the state folder.' },
  'no-access': { says: 'may not be opened by this user', do: 'Check owner and mode of the folder.' },
  'not-a-folder': { says: 'is not a folder', do: 'Give the path of a folder.' },
  'too-many-readers': { says: 'has as many readers as it can have', do: 'Stop some of the processes that read it.' },
}

/** What a failure of LMDB or the file system means for the one who has to act. All other failures pass unchanged. */
export function failureOf(cause: unknown, path: string): unknown {
  if (cause instanceof MillraceError || !(cause instanceof Error) || !('code' in cause)) return cause
  const kind = KIND_OF[String(cause.code)]
  if (kind === 'disk-full' || (kind === 'cut-short' && freeBytes(path) < FULL_BYTES)) return diskFull(cause, path)
  if (kind === undefined || kind === 'cut-short') {
    if (typeof cause.code !== 'number') return cause
    return operatingError('log/failed', `The log in ${path} failed: ${cause.message}`, {
      asked: path,
      found: cause.message,
      do: 'Run `millrace doctor`.',
      cause,
    })
  }
  const advice = ADVICE[kind]
  return operatingError(`log/${kind}`, `The log in ${path} ${advice.says}.`, { asked: path, found: cause.message, do: advice.do, cause })
}

function diskFull(cause: unknown, path: string): MillraceError {
  const free = freeBytes(path)
  return operatingError('log/disk-full', `The disk of ${path} is full: ${free} bytes are free. Nothing of this write was kept.`, {
    asked: path,
    found: `${free} bytes free`,
    do: 'Make space on that disk, then go on: the log stays readable and usable.',
    cause,
    details: { folder: path, free_bytes: free },
  })
}

/** Free bytes of the disk that holds the path, or would hold it. */
function freeBytes(path: string): number {
  let folder = path
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
