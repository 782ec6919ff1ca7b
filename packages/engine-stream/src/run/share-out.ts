/**
 * Who should own each partition, by its number: the members own the same number of them, give or take one, and keep what they own as
 * far as that allows, so that as few as possible change hands. A function of its arguments alone: whoever looks at the same records
 * comes to the same answer.
 */
export function sharedOut(owners: readonly (string | null)[], members: readonly string[]): (string | null)[] {
  if (members.length === 0) return owners.map(() => null)
  const owned = Map.groupBy(owners.keys(), (partition) => owners[partition])
  const countOf = (member: string): number => owned.get(member)?.length ?? 0
  const ranked = members.toSorted((a, b) => countOf(b) - countOf(a) || (a < b ? -1 : 1))
  const least = Math.floor(owners.length / members.length)
  const more = owners.length % members.length
  const shares: (string | null)[] = owners.map(() => null)
  const room = ranked.map((member, rank) => {
    const quota = least + (rank < more ? 1 : 0)
    const kept = (owned.get(member) ?? []).slice(0, quota)
    for (const partition of kept) shares[partition] = member
    return { member, left: quota - kept.length }
  })
  const takers = room.flatMap(({ member, left }) => new Array<string>(left).fill(member))
  for (const [partition, share] of shares.entries()) if (share === null) shares[partition] = takers.shift() ?? null
  return shares
}
