import { statSync } from 'node:fs'
import type { ArchiveLimits } from '@millrace/core'
import { openByteSource } from './byte-source.ts'

/** Whether an input can be read only once: standard input, a pipe, a socket or a device. */
export function isReadOnce(path: string): boolean {
  if (path === '-') return true
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && !stat.isFile() && !stat.isDirectory()
}

/**
 * Refuses an input that cannot be opened, before anything else is begun. What can be read only once is left untouched.
 *
 * Errors: `source/missing-file`, `source/is-a-folder`, `source/unreadable`, `source/not-gzip`, `source/not-zip`.
 */
export async function checkInput(path: string, limits?: ArchiveLimits): Promise<void> {
  if (isReadOnce(path)) return
  const source = await openByteSource(path, { limits })
  await source.close()
}
