/** A file in an archive: its bytes, which are read before the next member is asked for. */
export interface ArchiveMember {
  readonly name: string
  readonly chunks: AsyncIterable<Uint8Array>
  /** CRC-32 of the bytes, where the archive tells. */
  readonly crc32?: number
}

/** Folders of file systems' own notes, which hold no records. */
const PASSED_OVER = /(?:^|\/)(?:__MACOSX\/|\.DS_Store$)/

/** Whether a member is looked at. */
export function isRead(name: string): boolean {
  return !name.endsWith('/') && !PASSED_OVER.test(name)
}
