import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sharedOut } from './share-out.ts'

const MEMBERS = ['a', 'b', 'c', 'd', 'e']
const someMembers = fc.subarray(MEMBERS, { minLength: 1 })
const someOwners = fc.array(fc.constantFrom(...MEMBERS, null), { minLength: 0, maxLength: 20 })

function counts(shares: readonly (string | null)[], members: readonly string[]): number[] {
  return members.map((member) => shares.filter((share) => share === member).length)
}

test('every partition has one owner among the members, and these own as many as each other, give or take one', () => {
  fc.assert(
    fc.property(someOwners, someMembers, (owners, members) => {
      const shares = sharedOut(owners, members)
      expect(shares.every((share) => share !== null && members.includes(share))).toBe(true)
      const all = counts(shares, members)
      expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1)
    }),
  )
})

test('what is shared out stays as it is, in whatever order the members are told', () => {
  fc.assert(
    fc.property(someOwners, someMembers, (owners, members) => {
      const shares = sharedOut(owners, members)
      expect(sharedOut(shares, members.toReversed())).toEqual(shares)
      expect(sharedOut(owners, members.toReversed())).toEqual(shares)
    }),
  )
})

test('no partition changes hands between two members that are both short of what they should have', () => {
  fc.assert(
    fc.property(someOwners, someMembers, (owners, members) => {
      const shares = sharedOut(owners, members)
      const before = counts(owners, members)
      const after = counts(shares, members)
      for (const [partition, owner] of owners.entries()) {
        if (owner === null || !members.includes(owner) || shares[partition] === owner) continue
        expect(after[members.indexOf(owner)]).toBeLessThan(before[members.indexOf(owner)])
      }
    }),
  )
})

test('a member that comes is given what makes it even, and one that goes leaves to the others', () => {
  expect(sharedOut(['a', 'a', 'a', 'a'], ['a', 'b'])).toEqual(['a', 'a', 'b', 'b'])
  expect(sharedOut(['a', 'a', 'b', 'b'], ['a', 'b', 'c'])).toEqual(['a', 'a', 'b', 'c'])
  expect(sharedOut(['a', 'a', null, 'c'], ['a', 'c'])).toEqual(['a', 'a', 'c', 'c'])
  expect(sharedOut(['a', null], [])).toEqual([null, null])
})
