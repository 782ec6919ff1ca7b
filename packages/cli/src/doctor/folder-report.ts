import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DoctorFinding } from './finding.ts'

/** Parts of a state folder that are shown by name; what else lies there is summed as `other`. */
const PARTS: readonly string[] = ['postgres', 'log', 'lake', 'artifacts', 'logs', 'spill', 'lease', 'savepoints']
/** Less free space than this is warned of. */
const FREE_BYTES_MIN = 1024 ** 3

export interface FolderReport {
  readonly path: string
  readonly writable: boolean
  readonly free_bytes: number
  /** Bytes on disk of each part. */
  readonly bytes: Readonly<Record<string, number>>
}

/** Looks at the state folder: whether it can be written, and what lies in it. */
export async function folderReport(path: string, findings: DoctorFinding[]): Promise<FolderReport> {
  const writable = isWritable(path)
  if (!writable)
    findings.push({
      level: 'user',
      code: 'state/not-writable',
      message: `The state folder ${path} cannot be written.`,
      do: 'Give this user write permission there, or choose another folder with --state.',
    })
  const { bavail, bsize } = statfsSync(path)
  const free = bavail * bsize
  if (free < FREE_BYTES_MIN)
    findings.push({
      level: 'warning',
      code: 'state/little-space',
      message: `The disk of ${path} has ${Math.round(free / 1024 ** 2)} MiB left.`,
      do: 'Make room before writers are stopped by a full disk.',
    })
  const bytes: Record<string, number> = {}
  for (const name of readdirSync(path)) {
    const part = PARTS.includes(name) ? name : 'other'
    bytes[part] = (bytes[part] ?? 0) + (await bytesBelow(join(path, name)))
  }
  return { path, writable, free_bytes: free, bytes }
}

/** Bytes that a file or folder takes on disk; a sparse file counts what it holds. What vanishes meanwhile counts nothing. */
async function bytesBelow(path: string): Promise<number> {
  const known = await stat(path).catch(() => undefined)
  if (known === undefined) return 0
  if (!known.isDirectory()) return known.blocks * 512
  let sum = 0
  for (const name of await readdir(path).catch(() => [])) sum += await bytesBelow(join(path, name))
  return sum
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Folders below `path`, by name; none where it is missing. */
export function foldersIn(path: string): readonly string[] {
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => statSync(join(path, name)).isDirectory())
        .sort()
    : []
}
