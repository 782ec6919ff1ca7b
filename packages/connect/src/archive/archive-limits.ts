import { type ArchiveLimits, type MillraceError, userError } from '@millrace/core'

const MEMBERS_MAX = 10_000
const BYTES_MAX = 64 * 1024 ** 3
const RATIO_MAX = 250
/** Uncompressed bytes from which on the ratio counts: little text may be very regular. */
const RATIO_FREE_BYTES = 64 * 1024 ** 2

/** The limits of a declaration, or the usual ones. */
export function fullLimits(limits: ArchiveLimits = {}): Required<ArchiveLimits> {
  return {
    membersMax: limits.membersMax ?? MEMBERS_MAX,
    bytesMax: limits.bytesMax ?? BYTES_MAX,
    ratioMax: limits.ratioMax ?? RATIO_MAX,
  }
}

/** None, for looking at the beginning of what was read before. */
export const NO_LIMITS: Required<ArchiveLimits> = {
  membersMax: Number.POSITIVE_INFINITY,
  bytesMax: Number.POSITIVE_INFINITY,
  ratioMax: Number.POSITIVE_INFINITY,
}

/** Refuses what comes to more than the limits say with `source/expands-too-far`. */
export function checkExpansion(
  path: string,
  sizes: { readonly compressed: number; readonly uncompressed: number },
  limits: Required<ArchiveLimits>,
): void {
  const { compressed, uncompressed } = sizes
  if (uncompressed > limits.bytesMax) throw expandsTooFar(path, `more than ${limits.bytesMax} bytes`, 'limits.bytesMax')
  if (uncompressed > RATIO_FREE_BYTES && uncompressed > compressed * limits.ratioMax)
    throw expandsTooFar(path, `more than ${limits.ratioMax} times its size`, 'limits.ratioMax')
}

/** Refuses an archive of too many members with `source/too-many-members`. */
export function checkMembers(path: string, members: number, limits: Required<ArchiveLimits>): void {
  if (members <= limits.membersMax) return
  throw userError('source/too-many-members', `\`${path}\` holds more than ${limits.membersMax} files.`, {
    asked: path,
    found: members,
    do: 'Split it, or raise `limits.membersMax` of the declaration.',
  })
}

function expandsTooFar(path: string, found: string, limit: string): MillraceError {
  return userError('source/expands-too-far', `\`${path}\` is refused: uncompressed it comes to ${found}.`, {
    asked: path,
    found,
    do: `If the file is what it should be, raise \`${limit}\` of the declaration.`,
  })
}
