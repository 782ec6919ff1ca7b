import type { ArchiveLimits } from '@millrace/core'
import { type Entry, openPromise } from 'yauzl'
import { corruptArchive, encryptedMember } from './archive-error.ts'
import { checkExpansion, checkMembers } from './archive-limits.ts'
import { type ArchiveMember, isRead } from './archive-member.ts'

/**
 * The files of a zip archive in the order of its directory. What the directory says about sizes is checked before anything is read.
 *
 * @throws user `source/corrupt-archive`, `source/expands-too-far`, `source/too-many-members`, `source/encrypted-member`
 */
export async function* zipMembers(path: string, size: number, limits: Required<ArchiveLimits>): AsyncGenerator<ArchiveMember> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: false }).catch((cause: Error) => {
    throw corruptArchive(path, cause.message, cause)
  })
  try {
    checkMembers(path, zip.entryCount, limits)
    const entries: Entry[] = []
    let uncompressed = 0
    for await (const entry of reported(path, zip.eachEntry())) {
      if (!isRead(entry.fileName)) continue
      if (entry.isEncrypted()) throw encryptedMember(path, entry.fileName)
      entries.push(entry)
      uncompressed += entry.uncompressedSize
    }
    checkExpansion(path, { compressed: size, uncompressed }, limits)
    for (const entry of entries) {
      const stream = await zip.openReadStreamPromise(entry).catch((cause: Error) => {
        throw corruptArchive(path, cause.message, cause)
      })
      yield { name: entry.fileName, chunks: reported(path, stream), crc32: entry.crc32 }
    }
  } finally {
    zip.close()
  }
}

/** A damaged archive is the user's to mend, wherever it shows. */
async function* reported<T>(path: string, source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source
  } catch (cause) {
    throw corruptArchive(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}
