import { expect, test } from 'vitest'
import { ChangedGroups, PAGE_GROUPS_MAX } from './changed-groups.ts'

const PAGES = 10
const SIZE = PAGES * PAGE_GROUPS_MAX - 100

/** Writes what changed, as the pages of a tile do. */
function write(changed: ChangedGroups): { readonly pages: readonly number[]; readonly groups: readonly number[] } {
  const { pages, groups } = changed.take(SIZE)
  if (groups.length > 0) changed.next++
  for (const page of pages) changed.since[page] = changed.next
  changed.takeObsolete()
  return { pages, groups: [...groups] }
}

function touch(changed: ChangedGroups, groups: readonly number[]): void {
  changed.touch(Int32Array.from(groups), groups.length, SIZE)
}

function written(): ChangedGroups {
  const changed = new ChangedGroups()
  touch(
    changed,
    Array.from({ length: SIZE }, (_, group) => group),
  )
  write(changed)
  return changed
}

test('writes new pages and pages of which much changed whole, other groups alone', () => {
  const changed = new ChangedGroups()
  touch(changed, [5, SIZE - 1])
  expect(write(changed)).toEqual({ pages: [0, PAGES - 1], groups: [] })
  touch(changed, [9, 5, 9])
  touch(
    changed,
    Array.from({ length: PAGE_GROUPS_MAX / 4 }, (_, i) => PAGE_GROUPS_MAX * 3 + 2 * i),
  )
  expect(write(changed)).toEqual({ pages: [3], groups: [5, 9] })
  expect(changed.any).toBe(false)
})

test('keeps few change pages however little each commit brings', () => {
  const changed = written()
  let most = 0
  for (let commit = 0; commit < 5000; commit++) {
    touch(changed, [commit % SIZE])
    write(changed)
    most = Math.max(most, changed.next - changed.first)
  }
  expect(changed.next).toBeGreaterThan(4000)
  expect(most).toBeGreaterThan(PAGES)
  expect(most).toBeLessThanOrEqual((PAGES + 1) * 16)
})

test('writes old pages anew also where each run is short', () => {
  let changed = written()
  let groups = 0
  for (let run = 0; run < 300; run++) {
    const restored = new ChangedGroups()
    restored.since.push(...changed.since)
    groups = (changed.next - changed.first) * 50
    restored.restore({ first: changed.first, next: changed.next, groups })
    touch(
      restored,
      Array.from({ length: 50 }, (_, i) => (run * 997 + i * 601) % SIZE),
    )
    write(restored)
    changed = restored
  }
  expect(groups).toBeLessThan(SIZE / 2)
})
