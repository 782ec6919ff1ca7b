import type { Readable } from 'node:stream'
import type { ArchiveLimits } from '@millrace/core'
import { extract } from 'tar-stream'
import { corruptArchive } from './archive-error.ts'
import { checkMembers } from './archive-limits.ts'
import { type ArchiveMember, isRead } from './archive-member.ts'

/** Where a tar header says what it is, and what it says. */
const MARK_AT = 257
const MARK = 'ustar'
/** Bytes that tell a tar archive. */
export const TAR_HEAD_BYTES = 512

/** Whether bytes begin a tar archive. */
export function isTar(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(MARK_AT, MARK_AT + MARK.length)).toString('latin1') === MARK
}

/**
 * The files of a tar archive in their order.
 *
 * @throws user `source/corrupt-archive`, `source/too-many-members`; what reading `raw` throws
 */
export async function* tarMembers(path: string, raw: Readable, limits: Required<ArchiveLimits>): AsyncGenerator<ArchiveMember> {
  const entries = extract()
  let failure: unknown
  raw.on('error', (cause) => {
    failure = cause
    entries.destroy(cause instanceof Error ? cause : undefined)
  })
  raw.pipe(entries as unknown as NodeJS.WritableStream)
  const failed = (cause: unknown): unknown => failure ?? corruptArchive(path, cause instanceof Error ? cause.message : String(cause), cause)
  let members = 0
  try {
    for await (const entry of entries) {
      checkMembers(path, ++members, limits)
      const isFile = entry.header.type === 'file' || entry.header.type === 'contiguous-file'
      if (isFile && isRead(entry.header.name)) yield { name: entry.header.name, chunks: chunksOf(entry, failed) }
      entry.resume()
    }
  } catch (cause) {
    throw isOurs(cause) ? cause : failed(cause)
  } finally {
    raw.destroy()
  }
}

async function* chunksOf(entry: AsyncIterable<unknown>, failed: (cause: unknown) => unknown): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of entry) yield chunk as Uint8Array
  } catch (cause) {
    throw failed(cause)
  }
}

function isOurs(cause: unknown): boolean {
  return cause instanceof Error && 'family' in cause
}
